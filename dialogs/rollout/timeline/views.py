"""Pages of the plan: for a municipality, its editors, and the public."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from dialogs.announce.access import announcer_of
from dialogs.announce.model import Announcement, AnnouncementState
from dialogs.core.milestone import Certainty, Milestone, MilestoneState, date_in_words
from dialogs.core.person import Person, Role
from dialogs.core.query import Asking, find, find_all, find_each
from dialogs.core.speaker import Viewer
from dialogs.core.texts import Texts
from dialogs.rollout.timeline.access import PlanEditor, editor_of, is_editor, line_for
from dialogs.rollout.timeline.form import EVERYWHERE, place_shown
from dialogs.rollout.timeline.model import PlanChange
from dialogs.rollout.timeline.picture import NARROW, PlanPicture, plan_picture
from dialogs.rollout.timeline.plan import OPEN, PlanLine, plan_for, plan_of_municipality, today_of, whole_plan
from dialogs.rollout.timeline.words import own_title, scope_of, shown_date, what_of
from knowledge.article.article import Language
from knowledge.organisation.organisation import Organisation

COLOURS: Final[Mapping[MilestoneState, str]] = {
    MilestoneState.PLANNED: "info",
    MilestoneState.LATE: "warning",
    MilestoneState.DONE: "success",
    MilestoneState.WITHDRAWN: "neutral",
}
# Fields that are filled in again for every change.
_BLANK: Final = {"start": "", "until": "", "reason": "", "done": "", "done_on": ""}
SHOWN: Final = ("open", "done", "withdrawn", "file")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRow:
    """One milestone in words. ``colour`` of its state; ``editable``: the reader may change it."""

    id: str
    what: str
    date: str
    was: str
    state: str
    colour: str
    certainty: str
    owner: str
    scope: str
    public: bool
    editable: bool
    file_changed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanPage:
    """The plan of a municipality, or for the provider of all.

    Attributes:
        municipality_id: the one chosen; empty: all.
        calendar_id: the municipality with a public calendar; empty without one.
        choices: pairs of id and name to choose from; empty with a single one.
        narrow_picture: the same for a narrow screen.
        filters: pairs of value and name; ``chosen`` is in force.
    """

    title: str
    municipality_id: str
    calendar_id: str
    as_of: str
    rows: tuple[PlanRow, ...]
    picture: PlanPicture | None
    narrow_picture: PlanPicture | None
    choices: tuple[tuple[str, str], ...]
    filters: tuple[tuple[str, str], ...]
    chosen: str
    may_add: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanChangeRow:
    """One change in the history. ``by`` is empty for people of other municipalities."""

    at: datetime
    act: str
    by: str
    before: str
    after: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MilestonePage:
    """A milestone to change, or with an empty ``id`` a new one.

    Attributes:
        values: of the form, by field as ``timeline.save`` reads it.
        places: pairs of value and name of the municipalities that may be chosen; several it has now are one choice.
        units: value, name and depth of the units that may be chosen.
        in_file: what the file says, once it says something else than the desk.
        may_use_file: the file's text can be used again.
        draft_id: the announcement of the last change, while it is a draft that the reader may open.
    """

    id: str
    number: int
    row: PlanRow | None
    values: Mapping[str, str]
    places: tuple[tuple[str, str], ...]
    units: tuple[tuple[str, str, int], ...]
    certainties: tuple[tuple[str, str], ...]
    is_open: bool
    may_reopen: bool
    in_file: str
    may_use_file: bool
    draft_id: str
    today: date
    history: tuple[PlanChangeRow, ...] = ()


def plan_page(viewer: Viewer, *, municipality: str = "", show: str = "") -> Asking[PlanPage]:
    """Return the plan of the reader's municipality; the provider chooses one, or sees all. Raises EventRefused."""
    viewer.require(*Role)
    texts, content = viewer.texts, viewer.content
    everywhere = viewer.is_provider and not municipality
    place = "" if everywhere else viewer.require_municipality(municipality or None)
    plan = yield from (whole_plan(content) if everywhere else plan_of_municipality(content, place))
    today = today_of(viewer.at)
    editor = editor_of(viewer) if is_editor(viewer) else None
    chosen = show if show in SHOWN else ""
    organisation = content.organisation
    title = (
        texts("timeline.title_of", place=_place_name(organisation, texts, place)) if place else texts("timeline.source")
    )
    return PlanPage(
        title=title,
        municipality_id=place,
        calendar_id=place if content.public_calendar else "",
        as_of=texts("timeline.when.as_of", day=texts.day(today)),
        rows=tuple(
            _plan_row(viewer, editor, line, today) for line in _ordered(plan, today) if _is_shown(line, chosen, today)
        ),
        picture=plan_picture(texts, content, plan, title=title, today=today),
        narrow_picture=plan_picture(texts, content, plan, title=title, today=today, shape=NARROW),
        choices=tuple((id_, _place_name(organisation, texts, id_)) for id_ in viewer.municipality_ids)
        if viewer.is_provider
        else (),
        filters=(
            ("", texts("timeline.filter.current")),
            *((plan_filter, texts(f"timeline.filter.{plan_filter}")) for plan_filter in SHOWN),
        ),
        chosen=chosen,
        may_add=editor is not None,
    )


def _ordered(plan: Sequence[PlanLine], today: date) -> Sequence[PlanLine]:
    """Return milestones ahead first, then past ones, the latest first."""
    ahead = [line for line in plan if line.milestone.state(today) in OPEN]
    return [*ahead, *(line for line in reversed(plan) if line.milestone.state(today) not in OPEN)]


def _is_shown(line: PlanLine, chosen: str, today: date) -> bool:
    state = line.milestone.state(today)
    match chosen:
        case "open":
            return state in OPEN
        case "done":
            return state is MilestoneState.DONE
        case "withdrawn":
            return state is MilestoneState.WITHDRAWN
        case "file":
            return line.file_changed
        case _:
            return state is not MilestoneState.WITHDRAWN


def milestone_page(viewer: Viewer, milestone_id: str) -> Asking[MilestonePage]:
    """Return a milestone to change. Raises EventRefused."""
    editor = editor_of(viewer)
    line = yield from line_for(editor, milestone_id[:100])
    today, milestone, texts = today_of(viewer.at), line.milestone, viewer.texts
    changes = yield from find_all(PlanChange, f"milestone:{line.id}")
    own_text = line.entry is not None and not line.entry.from_file
    return MilestonePage(
        id=line.id,
        number=line.number,
        row=_plan_row(viewer, editor, line, today),
        values=_form_values(milestone, texts),
        places=_place_choices(editor, milestone),
        units=tuple(_unit_choices(editor)),
        certainties=_certainties(texts),
        is_open=milestone.state(today) in OPEN,
        may_reopen=milestone.done or milestone.withdrawn,
        # While the file's new text is in force, the desk's stands beside it.
        in_file=_in_short(texts, line.entry.plan) if line.file_changed and line.entry is not None else "",
        may_use_file=own_text and line.line is not None and editor.may_edit(line.line),
        draft_id=(yield from _draft_id(editor, line)),
        today=today,
        history=(yield from _history_rows(viewer, changes)),
    )


def new_milestone_page(viewer: Viewer) -> Asking[MilestonePage]:
    """Return the empty form of a milestone. Raises EventRefused."""
    yield from ()
    editor = editor_of(viewer)
    return MilestonePage(
        id="",
        number=0,
        row=None,
        values={
            **_BLANK,
            **{f"{field}_{language}": "" for field in ("what", "owner") for language in Language},
            "municipality": editor.municipality_id or EVERYWHERE,
            "units": "",
            "certainty": Certainty.LIKELY,
            "public": "",
        },
        places=_place_choices(editor),
        units=tuple(_unit_choices(editor)),
        certainties=_certainties(viewer.texts),
        is_open=False,
        may_reopen=False,
        in_file="",
        may_use_file=False,
        draft_id="",
        today=today_of(viewer.at),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicPlan:
    """What outsiders may know of a municipality's plan, withdrawn milestones included for calendars."""

    name: str
    lines: tuple[PlanLine, ...]
    picture: PlanPicture | None


def public_plan(viewer: Viewer, municipality_id: str, language: Language) -> Asking[PublicPlan | None]:
    """Return the public plan of a municipality in a language; None without a public calendar or municipality."""
    content, texts = viewer.content, viewer.content.texts[language]
    if not content.public_calendar or municipality_id not in content.organisation.municipalities:
        return None
    plan = yield from plan_of_municipality(content, municipality_id)
    # A milestone that was public and is no longer leaves the calendar without a trace.
    lines = tuple(line for line in plan if line.milestone.public)
    name = texts("timeline.title_of", place=_place_name(content.organisation, texts, municipality_id))
    picture = plan_picture(texts, content, lines, title=name, today=today_of(viewer.at))
    return PublicPlan(name=name, lines=lines, picture=picture)


def own_picture(viewer: Viewer) -> Asking[PlanPicture | None]:
    """Return the narrow picture of what the plan has for the reader; None without a milestone."""
    texts, content = viewer.texts, viewer.content
    lines = yield from plan_for(content, viewer.person)
    title = own_title(texts, content, viewer.person)
    return plan_picture(texts, content, lines, title=title, today=today_of(viewer.at), shape=NARROW)


def _plan_row(viewer: Viewer, editor: PlanEditor | None, line: PlanLine, today: date) -> PlanRow:
    milestone, texts = line.milestone, viewer.texts
    state = milestone.state(today)
    certainty = milestone.certainty if state in OPEN else None
    return PlanRow(
        id=line.id,
        what=what_of(texts, milestone),
        date=shown_date(texts, milestone),
        was=date_in_words(texts, milestone.was) if milestone.was else "",
        state=texts(f"timeline.state.{state}"),
        colour=COLOURS[state],
        certainty=texts(f"timeline.certainty.{certainty}") if certainty is not None else "",
        owner=milestone.owner_in(texts.language),
        scope=scope_of(texts, viewer.content, milestone),
        public=milestone.public,
        editable=editor is not None and editor.may_edit(milestone),
        file_changed=line.file_changed,
    )


def _in_short(texts: Texts, plan: Milestone) -> str:
    return f"{plan.what_in(texts.language)}: {date_in_words(texts, plan.date)}"


def _place_name(organisation: Organisation, texts: Texts, municipality_id: str) -> str:
    return organisation.municipalities[municipality_id].names.text(texts.language)


def _form_values(milestone: Milestone, texts: Texts) -> Mapping[str, str]:
    descriptions = {f"what_{language}": milestone.what.get(language, "") for language in Language}
    owners = {f"owner_{language}": milestone.owner.get(language, "") for language in Language}
    begins, _, ends = milestone.date.partition("/")
    return {
        **_BLANK,
        **descriptions,
        **owners,
        "start": date_in_words(texts, begins),
        "until": date_in_words(texts, ends) if ends else "",
        "municipality": place_shown(milestone),
        "units": ",".join(sorted(milestone.units)),
        "certainty": milestone.certainty or "",
        "public": "yes" if milestone.public else "",
    }


def _place_choices(editor: PlanEditor, milestone: Milestone | None = None) -> tuple[tuple[str, str], ...]:
    texts, organisation = editor.viewer.texts, editor.viewer.content.organisation
    if editor.municipality_id is not None:
        return ((editor.municipality_id, _place_name(organisation, texts, editor.municipality_id)),)
    names = {id_: _place_name(organisation, texts, id_) for id_ in organisation.municipalities}
    kept: tuple[tuple[str, str], ...] = ()
    if milestone is not None and len(milestone.municipalities) > 1:
        kept = ((place_shown(milestone), ", ".join(names.get(id_, id_) for id_ in sorted(milestone.municipalities))),)
    return ((EVERYWHERE, texts("timeline.everyone")), *kept, *names.items())


def _unit_choices(editor: PlanEditor) -> Sequence[tuple[str, str, int]]:
    organisation, language = editor.viewer.content.organisation, editor.viewer.texts.language
    tops = organisation.municipalities if editor.municipality_id is None else (editor.municipality_id,)
    choices: list[tuple[str, str, int]] = []

    def below(unit_id: str) -> None:
        unit = organisation.get(unit_id)
        choices.append((unit.id, unit.names.text(language), organisation.depth(unit.id)))
        for child in organisation.children(unit.id):
            below(child.id)

    for top in tops:
        below(top)
    return choices


def _certainties(texts: Texts) -> tuple[tuple[str, str], ...]:
    return tuple((certainty.value, texts(f"timeline.certainty.{certainty}")) for certainty in Certainty)


def _draft_id(editor: PlanEditor, line: PlanLine) -> Asking[str]:
    if line.entry is None or not line.entry.draft_id:
        return ""
    draft = yield from find(Announcement, line.entry.draft_id)
    who = announcer_of(editor.viewer.person, editor.viewer.content)
    is_draft = draft is not None and draft.state is AnnouncementState.DRAFT
    return draft.id if draft is not None and is_draft and who is not None and who.handles(draft) else ""


def _history_rows(viewer: Viewer, changes: Sequence[PlanChange]) -> Asking[tuple[PlanChangeRow, ...]]:
    people = yield from find_each(Person, {change.by for change in changes})
    texts = viewer.texts
    rows = []
    for change in sorted(changes, key=lambda change: change.number, reverse=True):
        person = people.get(change.by)
        # People of another municipality are never shown, not to the provider either.
        own = person is not None and person.municipality_id == viewer.person.municipality_id
        rows.append(
            PlanChangeRow(
                at=change.at,
                act=texts(f"audit.act.timeline.{change.act}"),
                by=person.name if own and person is not None else "",
                before=date_in_words(texts, change.before) if change.before else "",
                after=date_in_words(texts, change.after),
                reason=change.reason,
            )
        )
    return tuple(rows)
