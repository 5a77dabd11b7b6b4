"""Cards of cases, for managers and reviewers."""

from collections.abc import Sequence
from typing import Final

from dialogs.core import card
from dialogs.core.message import Message
from dialogs.core.texts import Texts
from dialogs.rollout.software.applicant_cards import STYLES, decider_message, standing_words
from dialogs.rollout.software.model import Application, ProgramState
from knowledge.software.program import LONGEST_TEXT, PersonalData, ProgramUse
from knowledge.software.register import Register

MAX_COMMENTS_SHOWN: Final = 10


def case(
    texts: Texts,
    application: Application,
    register: Register,
    *,
    applicant: str,
    unit: str,
    seen: int,
    decides: bool,
    own_answer: bool,
) -> Message:
    """Return a manager's or reviewer's view of an application.

    Args:
        seen: number of the program's entry in the register; the decision repeats it.
        decides: whether the reader is a reviewer and sees the comments.
        own_answer: whether the reader gave the manager's answer.
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
                *_said_before(texts, application, decides=decides, own_answer=own_answer),
                *decider_message(texts, application, register),
                *_decision_inputs(texts, application, decides=decides),
            ],
            _case_actions(texts, application, seen=seen, decides=decides),
        ),
    )


def _case_state(texts: Texts, application: Application) -> list[card.Element]:
    if not application.pending:
        standing = standing_words(texts, application)
        return [card.status(standing, style=STYLES.get(application.standing, "good"))]
    late = lateness(texts, application)
    shown: list[card.Element] = [card.status(late, style="warning")] if late else []
    if application.due_at is not None:
        day = texts.day(application.due_at)
        due = f"{texts('software.deadline_again')}: {day}" if late else texts("software.due_by", day=day)
        shown.append(card.small(due))
    return shown


def lateness(texts: Texts, application: Application) -> str:
    """Return which deadline passed; empty for a case in time."""
    if not application.pending or not application.escalations:
        return ""
    missed = application.missed_due_at
    if missed is None:  # passed before the day was kept
        return texts("software.late")
    return texts("software.missed" if application.due_at else "software.late_since", day=texts.day(missed))


def _case_facts(texts: Texts, application: Application, *, applicant: str, unit: str) -> list[tuple[str, str]]:
    pupils = application.use is ProgramUse.PUPILS
    known = application.personal_data is not PersonalData.UNKNOWN
    facts = [
        (texts("software.applicant"), applicant),
        (texts("software.unit"), unit),
        (texts("software.users"), application.users),
        (texts("software.group"), texts(f"software.use.{application.use}") if pupils else ""),
        (texts("software.personal"), texts(f"software.personal.{application.personal_data}") if known else ""),
        (texts("software.link"), application.link),
    ]
    return [(name, value) for name, value in facts if value]


def _said_before(texts: Texts, application: Application, *, decides: bool, own_answer: bool) -> list[card.Element]:
    """Return the manager's words, and for reviewers the risk assessment and the last comments."""
    body: list[card.Element] = []
    if application.manager_id is not None:
        body.append(card.paragraph(texts("software.manager_agrees.you" if own_answer else "software.manager_agrees")))
        body += [card.quote(application.manager_word)] if application.manager_word else []
    if not decides:
        return body
    if application.report or application.report_link:
        body.append(card.paragraph(texts("software.report_title")))
        body += [card.quote(part) for part in (application.report[:LONGEST_TEXT], application.report_link) if part]
    if application.comments:
        body.append(card.paragraph(texts.plural("software.comments", len(application.comments))))
        body += [card.quote(comment.text) for comment in application.comments[-MAX_COMMENTS_SHOWN:]]
    return body


def _decision_inputs(texts: Texts, application: Application, *, decides: bool) -> list[card.Element]:
    if not application.pending:
        return []
    key = "software.manager_word" if application.with_manager else "software.word"
    word = card.write("word", texts(key), multiline=True, most=LONGEST_TEXT, hint=texts(f"{key}_hint"))
    if application.with_manager:
        return [word]
    if not decides:
        return []
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
                        [card.quote(application.program), card.small(texts.day(application.applied_at))],
                        [
                            card.buttons(
                                card.press(texts("software.open"), "software.open", application_id=application.id)
                            )
                        ],
                    )
                    for application in applications
                ),
            ]
        ),
    )
