"""Cards of programs: the search, one program with its status, and those that may be meant."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from dialogs.core import card
from dialogs.core.message import Message
from dialogs.core.texts import Texts
from dialogs.rollout.software.place import AskedPlace
from knowledge.software.program import (
    LONGEST_NAME,
    Assessment,
    PersonalData,
    Program,
    ProgramStatus,
    ProgramUse,
    text_in,
)
from knowledge.software.register import ProgramStanding

STATUS_STYLES: Final = {
    ProgramStatus.APPROVED: "good",
    ProgramStatus.CONDITIONS: "good",
    ProgramStatus.REVIEW: "warning",
    ProgramStatus.REJECTED: "attention",
    ProgramStatus.EXPIRED: "warning",
}
USABLE: Final = frozenset({ProgramStatus.APPROVED, ProgramStatus.CONDITIONS})


def search_form(texts: Texts) -> Message:
    """Ask which program to look up."""
    return Message(
        text=texts("software.ask"),
        card=card.card(
            [
                card.heading(texts("software.ask")),
                card.write(
                    "program",
                    texts("software.program"),
                    required=texts("software.program_needed"),
                    most=LONGEST_NAME,
                    hint=texts("software.program_hint"),
                ),
            ],
            [card.press(texts("software.look_up"), "software.ask", primary=True)],
        ),
    )


def status_words(texts: Texts, program: Program, standing: ProgramStanding, place: AskedPlace) -> str:
    """Return the status of a program in words, marked if it is an example."""
    status = standing.status_on(place.day)
    words = texts(f"software.status.{status}" if status else f"software.status.none.{place.list_name}")
    return texts("common.sample", text=words) if program.sample else words


def known(
    texts: Texts,
    program: Program,
    standing: ProgramStanding,
    place: AskedPlace,
    alternative: Program | None,
    *,
    lead: str = "",
    interest: str = "",
    applied: str = "",
) -> Message:
    """Return the status of a listed program; unless it may be used, offer an application.

    Args:
        alternative: the program to use instead.
        lead: sentence before the status.
        interest: id of the reader's interest in the decision, if they are notified of it.
        applied: owner of a pending application for it, ``you`` or ``colleague``.
    """
    verdict = status_words(texts, program, standing, place)
    assessment = standing.assessment
    note = text_in(assessment.note, texts.language) if assessment else _shared(texts, standing, place.day)
    usable = standing.status_on(place.day) in USABLE
    where = text_in(program.where, texts.language)
    details = [
        (texts("software.vendor"), program.vendor),
        (texts("software.purpose"), text_in(program.purpose, texts.language)),
        (texts("software.where"), where if usable else ""),
        (texts("software.personal"), _personal(texts, program)),
        (texts("software.assessed"), _days(texts, assessment)),
    ]
    facts = [(name, value) for name, value in details if value]
    pupils = place.list_name == "pupils"
    unsure = usable and not where and not note
    body = [
        card.heading(program.name),
        card.status(verdict, style=STATUS_STYLES.get(standing.status_on(place.day), "default")),  # type: ignore[arg-type]
        *([card.paragraph(lead)] if lead else ()),
        *([card.small(texts("software.for_pupils"))] if pupils else ()),
        *([card.small(texts("software.for_staff"))] if place.at_school and not pupils else ()),
        *([card.paragraph(note)] if note else ()),
        *([card.facts(facts)] if facts else ()),
        *([card.paragraph(texts("software.where_unsure"))] if unsure else ()),
        *([card.paragraph(texts(f"software.applied_by.{applied}"))] if applied else ()),
        *([card.small(texts("software.will_tell"))] if interest else ()),
    ]
    use: dict[str, Any] = {"use": ProgramUse.PUPILS} if pupils else {}
    actions = [
        *([_see(texts("software.instead", program=alternative.name), alternative, use)] if alternative else ()),
        *([] if usable else _apply(texts, program.name, place, applied, use)),
        *([card.press(texts("ask.human"), "handoff.start")] if unsure else ()),
        *_other_use(texts, program, place),
        *_stop(texts, interest),
        card.press(texts("software.another"), "software.ask"),
    ]
    return Message(text=f"{lead} {program.name}: {verdict} {note}".strip(), card=card.card(body, actions))


def unknown(
    texts: Texts,
    name: str,
    similar: Sequence[tuple[Program, ProgramStanding]],
    place: AskedPlace,
    *,
    named: bool = True,
    question_id: str = "",
    interest: str = "",
    applied: str = "",
) -> Message:
    """Return that a program is not listed, with those that may be meant.

    Args:
        named: ``name`` can be one; else it describes what a program is for, and a colleague may know one.
        question_id: the question that led here, for the colleague.
        interest: id of the reader's interest in the decision, if they are notified of it.
        applied: owner of a pending application for it, ``you`` or ``colleague``.
    """
    title = texts("software.maybe" if similar else "software.unknown" if place.may_apply else "software.unknown.guest")
    use: dict[str, Any] = {"use": ProgramUse.PUPILS} if place.list_name == "pupils" else {}
    rows = [
        card.columns(
            [card.paragraph(program.name), card.small(_line(texts, program, standing, place))],
            [card.buttons(_see(texts("software.open"), program, use))],
        )
        for program, standing in similar
    ]
    asked: dict[str, Any] = {"question_id": question_id} if question_id else {}
    told = texts("software.will_tell_named", program=name) if similar else texts("software.will_tell_unlisted")
    lines = [f"{program.name}: {status_words(texts, program, standing, place)}" for program, standing in similar]
    return Message(
        text="\n".join((f"{name}: {title}", *lines)),
        card=card.card(
            [
                card.quote(name),
                card.paragraph(title),
                *rows,
                *([card.small(texts("software.unlisted"))] if similar and place.may_apply else ()),
                *([card.paragraph(texts(f"software.applied_by.{applied}"))] if applied else ()),
                *([card.small(told)] if interest else ()),
            ],
            [
                *_apply(texts, name if named else "", place, applied, use),
                *_stop(texts, interest),
                card.press(texts("software.another"), "software.ask"),
                *([] if named else [card.press(texts("ask.human"), "handoff.start", **asked)]),
            ],
        ),
    )


def _apply(texts: Texts, name: str, place: AskedPlace, applied: str, use: dict[str, Any]) -> list[card.Element]:
    """Return the button to apply; the applicant sees their applications instead, and guests cannot apply."""
    if not place.may_apply:
        return []
    if applied == "you":
        return [card.press(texts("software.mine"), "software.mine")]
    return [card.press(texts("software.apply"), "software.apply", program=name, **use)]


def _stop(texts: Texts, interest: str) -> list[card.Element]:
    return [card.press(texts("software.stop"), "software.stop_telling", interest_id=interest)] if interest else []


def _line(texts: Texts, program: Program, standing: ProgramStanding, place: AskedPlace) -> str:
    purpose = text_in(program.purpose, texts.language)
    status = status_words(texts, program, standing, place)
    return f"{status} {purpose}".strip()


def _see(title: str, program: Program, use: dict[str, Any]) -> card.Element:
    return card.press(title, "software.ask", program=program.name, program_id=program.id, **use)


def _shared(texts: Texts, standing: ProgramStanding, day: date) -> str:
    """Return the status on the list for all, which does not count at the reader's place."""
    if standing.shared is None:
        return ""
    return texts("software.on_shared", status=texts(f"software.status.{standing.shared.status_on(day)}"))


def _personal(texts: Texts, program: Program) -> str:
    known = program.personal_data is not PersonalData.UNKNOWN
    return texts(f"software.personal.{program.personal_data}") if known else ""


def _days(texts: Texts, assessment: Assessment | None) -> str:
    if assessment is None or assessment.assessed is None:
        return ""
    day = texts.day(assessment.assessed)
    end = assessment.expires or assessment.review_by
    words = texts("software.assessed_until", day=day, end=texts.day(end)) if end else day
    # Teams takes "1. september" at the beginning of a value for a list.
    return words.replace(". ", ".\N{NO-BREAK SPACE}", 1)


def _other_use(texts: Texts, program: Program, place: AskedPlace) -> list[card.Element]:
    """Return the button to the other list of a school: pupils' or staff's."""
    if place.list_name == "pupils":
        return [_see(texts("software.see_staff"), program, {})]
    return [_see(texts("software.see_pupils"), program, {"use": ProgramUse.PUPILS})] if place.at_school else []
