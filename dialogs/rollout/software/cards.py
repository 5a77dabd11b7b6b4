"""Cards of applications for programs."""

from collections.abc import Sequence
from typing import Final

from dialogs.core import card
from dialogs.core.message import Message
from dialogs.core.texts import Texts
from dialogs.rollout.software.model import LONGEST_PROGRAM, LONGEST_TEXT, Application, ProgramState

STYLES: Final = {
    ProgramState.WAITING: "accent",
    ProgramState.DECLINED: "attention",
    ProgramState.WITHDRAWN: "default",
}


def application_form(texts: Texts, program: str, municipality: str) -> Message:
    """Return the application form, naming the deciding municipality."""
    return Message(
        text=texts("software.form_title"),
        card=card.card(
            [
                card.heading(texts("software.form_title")),
                card.paragraph(texts("software.form_goes_to", municipality=municipality)),
                card.write(
                    "program",
                    texts("software.program"),
                    value=program,
                    required=texts("software.program_needed"),
                    most=LONGEST_PROGRAM,
                ),
                card.write(
                    "reason",
                    texts("software.reason"),
                    multiline=True,
                    required=texts("software.reason_needed"),
                    most=LONGEST_TEXT,
                    hint=texts("software.reason_hint"),
                ),
            ],
            [card.press(texts("software.send"), "software.send", primary=True)],
        ),
    )


def own(texts: Texts, application: Application) -> Message:
    """Return the applicant's view of an application."""
    standing = texts(f"software.standing.{application.standing}")
    waiting = application.standing is ProgramState.WAITING
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
            [card.press(texts("software.withdraw"), "software.withdraw", application_id=application.id)]
            if waiting
            else [],
        ),
    )


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
        if each.standing is ProgramState.WAITING:
            body.append(
                card.buttons(card.press(texts("software.withdraw"), "software.withdraw", application_id=each.id))
            )
    return Message(text="\n".join((title, *said)), card=card.card(body))


def case(texts: Texts, application: Application, *, applicant: str, unit: str) -> Message:
    """Return the decider's view of an application."""
    waiting = application.standing is ProgramState.WAITING
    standing = texts(f"software.standing.{application.standing}")
    return Message(
        text=f"{texts('software.case_title')}: {application.program}",
        card=card.card(
            [
                card.heading(texts("software.case_title")),
                *([] if waiting else [card.status(standing, style=STYLES.get(application.standing, "good"))]),
                card.quote(application.program),
                card.facts([(texts("software.applicant"), applicant), (texts("software.unit"), unit)]),
                card.paragraph(texts("software.reason_given")),
                card.quote(application.reason),
                *_decider_message(texts, application),
                *([_decider_message_input(texts)] if waiting else ()),
            ],
            [
                _decide_button(texts, "software.approve", ProgramState.APPROVED, application),
                _decide_button(texts, "software.decline", ProgramState.DECLINED, application),
            ]
            if waiting
            else [],
        ),
    )


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


def _decider_message_input(texts: Texts) -> card.Element:
    return card.write(
        "word", texts("software.word"), multiline=True, most=LONGEST_TEXT, hint=texts("software.word_hint")
    )


def _decide_button(texts: Texts, title: str, verdict: ProgramState, application: Application) -> card.Element:
    primary = verdict is ProgramState.APPROVED
    return card.press(
        texts(title), "software.decide", primary=primary, application_id=application.id, verdict=str(verdict)
    )


def for_guests(texts: Texts) -> Message:
    """Return that one has to be signed in to apply."""
    line = texts("software.guest")
    return Message(text=line, card=card.card([card.paragraph(line)]))
