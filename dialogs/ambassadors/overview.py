"""Coverage overview for admins: network gaps and questions without a helper."""

from collections.abc import Sequence
from typing import Final

from dialogs.availability.registry import registry_of, today
from dialogs.core import card
from dialogs.core.content import Content
from dialogs.core.decision import Audit, do
from dialogs.core.event import Event
from dialogs.core.leaders import leaders_among
from dialogs.core.message import Message
from dialogs.core.names import name_of
from dialogs.core.person import Person, Role
from dialogs.core.query import Asking, Flow, find, find_all
from dialogs.core.speaker import Speaker, answer, speaker_of
from dialogs.core.texts import Texts
from dialogs.handoff.model import Handoff
from dialogs.handoff.refusal import refusal
from dialogs.handoff.transitions import Status
from dialogs.handoff.views import unit_name
from knowledge.organisation.coverage import Gap, GapKind, MunicipalityCoverage, branch_coverage, coverage
from knowledge.organisation.nearest import Network
from knowledge.organisation.organisation import led_units

MAX_UNITS: Final = 12
MAX_PEOPLE: Final = 6
MAX_QUESTIONS: Final = 6


def show_coverage(event: Event, content: Content) -> Flow:
    """Show the coverage of the admin's own municipality, or of the units a leader leads."""
    speaker = yield from speaker_of(event, content)
    person, texts = speaker.person, speaker.texts
    if person.has(Role.LEADER) and not person.has(Role.ADMIN, Role.CONTACT):
        return (yield from _show_branches(event, content, speaker))
    if person.municipality_id is None or not person.has(Role.ADMIN, Role.CONTACT):
        return refusal(event, texts, "not_admin", "coverage")
    municipality_id = person.municipality_id
    registry = yield from registry_of(municipality_id, content)
    here = [p.ambassador for p in registry.profiles.values() if p.ambassador.municipality_id == municipality_id]
    on = today(content, municipality_id, event.at)
    own_coverage = coverage(
        content.organisation,
        Network.from_ambassadors(content.organisation, here),
        on={municipality_id: on},
        workloads={ambassador.person_id: registry.busy(ambassador.person_id, on) for ambassador in here},
    )
    message = yield from _card(content, texts, own_coverage[0] if own_coverage else None, municipality_id)
    audit = do(Audit(act="ambassador.coverage", subject=municipality_id, by=person.id))
    return answer(event, "ambassador/coverage", message, texts) + audit


def _show_branches(event: Event, content: Content, speaker: Speaker) -> Flow:
    """Show numbers and units of what a leader leads. Absence and load of an ambassador are not the leader's to see."""
    leader, texts = speaker.person, speaker.texts
    units = led_units(content.organisation, person_id=leader.id, leaders=leaders_among((leader,), content.organisation))
    if not units or leader.municipality_id is None:
        return refusal(event, texts, "no_unit", "coverage")
    registry = yield from registry_of(leader.municipality_id, content)
    network = Network.from_ambassadors(
        content.organisation, (profile.ambassador for profile in registry.profiles.values())
    )
    title = texts("ambassador.coverage.branch_title")
    body: list[card.Element] = [card.heading(title)]
    lines = [title]
    for unit in units:
        branch = branch_coverage(content.organisation, network, unit.id)
        name = unit_name(content, unit.id, texts)
        facts = [
            (texts("ambassador.coverage.units"), f"{texts.number(branch.covered)} / {texts.number(branch.units)}"),
            (texts("ambassador.coverage.ambassadors"), texts.number(branch.ambassadors)),
        ]
        lines += [name, *(f"{label}: {value}" for label, value in facts)]
        body += [card.paragraph(f"**{name}**"), card.facts(facts)]
        if branch.uncovered:
            heading = texts.plural(f"ambassador.coverage.{GapKind.NO_AMBASSADOR}", len(branch.uncovered))
            names = _unit_list(content, texts, branch.uncovered)
            lines.append(f"{heading}: {names}")
            body += [card.paragraph(heading), card.small(names)]
    refresh = card.press(texts("ambassador.desk.refresh"), "ambassador.coverage")
    message = Message(text="\n".join(lines), card=card.card(body, [refresh]))
    audit = do(Audit(act="ambassador.coverage", subject=units[0].id, by=leader.id))
    return answer(event, "ambassador/coverage", message, texts) + audit


def _unit_list(content: Content, texts: Texts, unit_ids: Sequence[str]) -> str:
    names = [unit_name(content, id_, texts) for id_ in unit_ids[:MAX_UNITS]]
    more = len(unit_ids) - len(names)
    return ", ".join(names) + (f" (+{more})" if more else "")


def _card(
    content: Content, texts: Texts, coverage: MunicipalityCoverage | None, municipality_id: str
) -> Asking[Message]:
    title = texts("ambassador.coverage.title")
    body: list[card.Element] = [card.heading(title)]
    lines = [title]
    if coverage is not None:
        facts = [
            (texts("ambassador.coverage.units"), f"{texts.number(coverage.covered)} / {texts.number(coverage.units)}"),
            (texts("ambassador.coverage.ambassadors"), texts.number(coverage.ambassadors)),
            (texts("ambassador.coverage.free"), texts.number(coverage.free)),
        ]
        body.append(card.facts(facts))
        lines += [f"{name}: {value}" for name, value in facts]
        departments = [
            (unit_name(content, department.department_id, texts), f"{department.covered} / {department.units}")
            for department in coverage.departments
        ]
        body += [card.paragraph(f"**{texts('ambassador.coverage.departments')}**"), card.facts(departments)]
        for kind in GapKind:
            gaps = coverage.of_kind(kind)
            if gaps:
                heading = texts.plural(f"ambassador.coverage.{kind}", len(gaps))
                lines.append(heading)
                body.append(card.paragraph(f"**{heading}**"))
                body += yield from _gaps(content, texts, kind, gaps)
    body += yield from _questions(content, texts, municipality_id, lines)
    refresh = card.press(texts("ambassador.desk.refresh"), "ambassador.coverage")
    questions = card.press(texts("handoff.open.title"), "handoff.open")
    return Message(text="\n".join(lines), card=card.card(body, [refresh, questions]))


def _gaps(content: Content, texts: Texts, kind: GapKind, gaps: tuple[Gap, ...]) -> Asking[list[card.Element]]:
    if kind is GapKind.NO_AMBASSADOR:
        return [card.small(_unit_list(content, texts, [gap.unit_id for gap in gaps]))]
    rows: list[card.Element] = []
    for gap in gaps[:MAX_PEOPLE]:
        who = yield from find(Person, gap.person_id or "")
        about = gap_words(texts, gap)
        change = card.press(texts("ambassador.coverage.change"), "ambassador.settings", person_id=gap.person_id or "")
        line = f"{name_of(who, texts)}, {unit_name(content, gap.unit_id, texts)}: {about}"
        rows.append(card.columns([card.small(line)], [card.buttons(change)]))
    return rows


def gap_words(texts: Texts, gap: Gap) -> str:
    """Return the days without a substitute, or the load; empty for a unit without an ambassador."""
    if gap.until is not None and gap.since == gap.until:
        return texts("ambassador.coverage.one_day", day=texts.day(gap.until))
    if gap.until is not None and gap.since is not None:
        return texts("ambassador.coverage.from_until", first=texts.day(gap.since), last=texts.day(gap.until))
    if gap.until is not None:
        return texts("ambassador.coverage.until", day=texts.day(gap.until))
    if gap.kind is GapKind.OVERLOADED:
        return texts.plural("ambassador.coverage.has", gap.open_count, most=texts.number(gap.capacity))
    return ""


def _questions(content: Content, texts: Texts, municipality_id: str, lines: list[str]) -> Asking[list[card.Element]]:
    """Return unit and state of escalated questions."""
    escalated = yield from find_all(Handoff, f"status:{Status.ESCALATED}@{municipality_id}")
    if not escalated:
        return []
    heading = texts.plural("ambassador.coverage.escalated", len(escalated))
    lines.append(heading)
    # The text of a question stays with its helpers, so only unit and time are shown.
    rows = [
        (
            unit_name(content, handoff.unit_id, texts) or texts("handoff.the_municipality"),
            texts(
                "ambassador.coverage.adrift" if handoff.adrift else "ambassador.coverage.with_contact",
                moment=texts.moment(handoff.created_at),
            ),
        )
        for handoff in sorted(escalated, key=lambda handoff: (not handoff.adrift, handoff.created_at))[:MAX_QUESTIONS]
    ]
    lines += [f"- {unit}: {state}" for unit, state in rows]
    return [card.paragraph(f"**{heading}**"), card.facts(rows)]
