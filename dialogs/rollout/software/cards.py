"""Cards of applications for programs."""

from collections.abc import Sequence
from typing import Any, Final

from dialogs.core import card
from dialogs.core.message import Message
from dialogs.core.texts import Texts
from dialogs.rollout.software.model import Application, ProgramState
from knowledge.software.program import LONGEST_TEXT, PersonalData, ProgramUse

STYLES: Final = {
    ProgramState.WITH_MANAGER: "accent",
    ProgramState.WAITING: "accent",
    ProgramState.DECLINED: "attention",
    ProgramState.WITHDRAWN: "default",
}
MAX_COMMENTS_SHOWN: Final = 10


def application_form(
    texts: Texts, program: str, municipality: str, *, use: ProgramUse, line_manager: bool, at_school: bool
) -> Message:
    """Return the application form, naming the deciding municipality."""
    goes_to = texts("software.form_goes_to", municipality=municipality)
    uses = [(texts(f"software.use.{each}"), each.value) for each in ProgramUse]
    answers = [(texts(f"software.personal.{each}"), each.value) for each in (PersonalData.NO, PersonalData.YES)]
    # Without a maximum, so that what is too long is refused with a message and not cut.
    body = [
        card.heading(texts("software.form_title")),
        card.paragraph(goes_to),
        *([card.paragraph(texts("software.form_manager"))] if line_manager else ()),
        card.write(
            "program", texts("software.program"), value=program, required=texts("software.program_needed"), most=None
        ),
        card.write(
            "reason",
            texts("software.reason"),
            multiline=True,
            required=texts("software.reason_needed"),
            most=None,
            hint=texts("software.reason_hint"),
        ),
        *([card.choose("use", texts("software.use"), uses, value=use, expanded=True)] if at_school else ()),
        card.write(
            "users",
            texts("software.users"),
            required=texts("software.users_needed"),
            most=None,
            hint=texts("software.users_hint"),
        ),
        card.choose(
            "personal_data",
            texts("software.personal_question"),
            answers,
            expanded=True,
            required=texts("software.personal_needed"),
        ),
        card.write("link", texts("software.link"), most=None, hint="https://"),
    ]
    return Message(
        text=texts("software.form_title"),
        card=card.card(body, [card.press(texts("software.send"), "software.send", primary=True)]),
    )


def own(texts: Texts, application: Application) -> Message:
    """Return the applicant's view of an application."""
    standing = texts(f"software.standing.{application.standing}")
    return Message(
        text=f"{texts('software.application')}: {application.program}. {standing}.",
        card=card.card(
            [
                card.heading(texts("software.application")),
                card.quote(application.program),
                card.status(standing, style=STYLES.get(application.standing, "good")),
                *_decider_message(texts, application),
                card.small(texts("software.applied", day=texts.day(application.applied_at.date()))),
            ],
            _own_actions(texts, application),
        ),
    )


def _own_actions(texts: Texts, application: Application) -> list[card.Element]:
    if application.pending:
        return [card.press(texts("software.withdraw"), "software.withdraw", application_id=application.id)]
    if application.program_id is None or application.standing is ProgramState.WITHDRAWN:
        return []
    data: dict[str, Any] = {"program": application.program, "program_id": application.program_id}
    if application.use is ProgramUse.PUPILS:
        data["use"] = application.use
    return [card.press(texts("software.see_program"), "software.ask", **data)]


def own_list(texts: Texts, applications: Sequence[Application]) -> Message:
    """Return the applicant's applications with their standing; those that wait can be withdrawn."""
    if not applications:
        line = texts("software.mine_empty")
        return Message(
            text=line,
            card=card.card([card.paragraph(line)], [card.press(texts("software.look_up_one"), "software.ask")]),
        )
    title = texts("software.mine")
    said = [f"{each.program}: {texts(f'software.standing.{each.standing}')}" for each in applications]
    body: list[card.Element] = [card.heading(title)]
    for each in applications:
        applied = texts("software.applied", day=texts.day(each.applied_at.date()))
        body += [card.quote(each.program), card.small(f"{texts(f'software.standing.{each.standing}')}. {applied}")]
        body += _decider_message(texts, each)
        if each.pending:
            body.append(
                card.buttons(card.press(texts("software.withdraw"), "software.withdraw", application_id=each.id))
            )
    return Message(text="\n".join((title, *said)), card=card.card(body))


def case(texts: Texts, application: Application, *, applicant: str, unit: str, seen: int, decides: bool) -> Message:
    """Return a manager's or reviewer's view of an application.

    Args:
        seen: number of the program's entry in the register; the decision repeats it.
        decides: whether the reader is a reviewer, who also sees the comments.
    """
    title = texts("software.case_manager" if application.with_manager else "software.case_title")
    return Message(
        text=f"{title}: {application.program}",
        card=card.card(
            [
                card.heading(title),
                *_case_state(texts, application),
                card.quote(application.program),
                card.facts(_case_facts(texts, application, applicant=applicant, unit=unit)),
                card.paragraph(texts("software.reason_given")),
                card.quote(application.reason),
                *_said_before(texts, application, decides=decides),
                *_decider_message(texts, application),
                *_decision_inputs(texts, application, decides=decides),
            ],
            _case_actions(texts, application, seen=seen, decides=decides),
        ),
    )


def _case_state(texts: Texts, application: Application) -> list[card.Element]:
    if not application.pending:
        standing = texts(f"software.standing.{application.standing}")
        return [card.status(standing, style=STYLES.get(application.standing, "good"))]
    if application.escalations:
        return [card.status(texts("software.late"), style="warning")]
    if application.due_at is None:
        return []
    return [card.small(texts("software.due_by", day=texts.day(application.due_at.date())))]


def _case_facts(texts: Texts, application: Application, *, applicant: str, unit: str) -> list[tuple[str, str]]:
    pupils = application.use is ProgramUse.PUPILS
    known = application.personal_data is not PersonalData.UNKNOWN
    facts = [
        (texts("software.applicant"), applicant),
        (texts("software.unit"), unit),
        (texts("software.users"), application.users),
        (texts("software.use"), texts(f"software.use.{application.use}") if pupils else ""),
        (texts("software.personal"), texts(f"software.personal.{application.personal_data}") if known else ""),
        (texts("software.link"), application.link),
    ]
    return [(name, value) for name, value in facts if value]


def _said_before(texts: Texts, application: Application, *, decides: bool) -> list[card.Element]:
    """Return the manager's words, and for reviewers the risk assessment and the last comments."""
    body: list[card.Element] = []
    if application.manager_id is not None:
        body.append(card.paragraph(texts("software.manager_agrees")))
        body += [card.quote(application.manager_word)] if application.manager_word else []
    if not decides:
        return body
    if application.report or application.report_link:
        body.append(card.paragraph(texts("software.report_title")))
        body += [card.quote(each) for each in (application.report[:LONGEST_TEXT], application.report_link) if each]
    if application.comments:
        body.append(card.paragraph(texts.plural("software.comments", len(application.comments))))
        body += [card.quote(each.text) for each in application.comments[-MAX_COMMENTS_SHOWN:]]
    return body


def _decision_inputs(texts: Texts, application: Application, *, decides: bool) -> list[card.Element]:
    if not application.pending:
        return []
    word = card.write(
        "word", texts("software.word"), multiline=True, most=LONGEST_TEXT, hint=texts("software.word_hint")
    )
    if application.with_manager or not decides:
        return [word]
    return [
        word,
        card.write("alternative", texts("software.alternative"), hint=texts("software.alternative_hint")),
    ]


def _case_actions(texts: Texts, application: Application, *, seen: int, decides: bool) -> list[card.Element]:
    if not application.pending:
        return []
    if application.with_manager:
        return [
            card.press(texts("software.endorse"), "software.endorse", primary=True, application_id=application.id),
            card.press(texts("software.decline"), "software.turn_down", application_id=application.id),
        ]
    if not decides:
        return []
    return [
        card.press(
            texts(f"software.verdict.{verdict}"),
            "software.decide",
            primary=verdict is ProgramState.APPROVED,
            application_id=application.id,
            verdict=verdict.value,
            seen=str(seen),
        )
        for verdict in (ProgramState.APPROVED, ProgramState.CONDITIONS, ProgramState.DECLINED)
    ]


def queue(texts: Texts, applications: Sequence[Application]) -> Message:
    """Return the list of applications, oldest first, each with an open button."""
    title = texts.plural("software.queue", len(applications)) if applications else texts("software.queue_empty")
    return Message(
        text=title,
        card=card.card(
            [
                card.heading(title),
                *(
                    card.columns(
                        [card.quote(each.program), card.small(texts.day(each.applied_at.date()))],
                        [card.buttons(card.press(texts("software.open"), "software.open", application_id=each.id))],
                    )
                    for each in applications
                ),
            ]
        ),
    )


def _decider_message(texts: Texts, application: Application) -> list[card.Element]:
    return [card.paragraph(texts("software.word_given")), card.quote(application.word)] if application.word else []


def for_guests(texts: Texts) -> Message:
    """Return that one has to be signed in to apply."""
    line = texts("software.guest")
    return Message(text=line, card=card.card([card.paragraph(line)]))
