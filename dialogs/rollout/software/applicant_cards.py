"""The applicant's view of applications for programs."""

from collections.abc import Sequence
from typing import Any, Final

from dialogs.core import card
from dialogs.core.message import Message
from dialogs.core.texts import Texts
from dialogs.rollout.software.model import Application, ProgramState
from knowledge.software.program import ProgramUse, text_in
from knowledge.software.register import Register

STYLES: Final = {
    ProgramState.WITH_MANAGER: "accent",
    ProgramState.WAITING: "accent",
    ProgramState.DECLINED: "attention",
    ProgramState.WITHDRAWN: "default",
}

_USABLE: Final = frozenset({ProgramState.APPROVED, ProgramState.CONDITIONS})


def own(texts: Texts, application: Application, register: Register) -> Message:
    """Return the applicant's view of an application."""
    standing, where = standing_words(texts, application), _where(texts, application, register)
    may_use = application.standing in _USABLE
    how = (
        [card.facts([(texts("software.where"), where)])] if where else [card.paragraph(texts("software.where_unsure"))]
    )
    human = [] if where else [card.press(texts("ask.human"), "handoff.start")]
    said = f"{texts('software.application')}: {application.program}. {standing}."
    return Message(
        text=f"{said} {texts('software.where')}: {where}" if where else said,
        card=card.card(
            [
                card.heading(texts("software.application")),
                card.quote(application.program),
                card.status(standing, style=STYLES.get(application.standing, "good")),
                *decider_message(texts, application, register),
                *(how if may_use else ()),
                card.small(_sent_and_due(texts, application)),
            ],
            [*_own_actions(texts, application), *(human if may_use else ())],
        ),
    )


def _where(texts: Texts, application: Application, register: Register) -> str:
    """Return how to get a program that may be used; empty for others, and where it is not known."""
    program = register.visible(application.program_id or "", application.municipality_id)
    may_use = application.standing in _USABLE
    return text_in(program.where, texts.language) if program is not None and may_use else ""


def own_earlier(texts: Texts, application: Application) -> Message:
    """Return an earlier card of an application with a later message."""
    standing = standing_words(texts, application)
    body = [
        card.heading(texts("software.application")),
        card.quote(application.program),
        card.status(standing, style=STYLES.get(application.standing, "good")),
        card.small(texts("software.applied", day=texts.day(application.applied_at))),
    ]
    return Message(text=f"{texts('software.application')}: {application.program}. {standing}.", card=card.card(body))


def _sent_and_due(texts: Texts, application: Application) -> str:
    """Return when it was sent, and by when the present step ends."""
    sent = texts("software.applied", day=texts.day(application.applied_at))
    if not application.pending or application.due_at is None:
        return sent
    return f"{sent}. {texts('software.answer_by', day=texts.day(application.due_at))}"


def standing_words(texts: Texts, application: Application) -> str:
    """Return the state in words; a manager's refusal has its own."""
    return texts(
        "software.standing.turned_down" if application.turned_down else f"software.standing.{application.standing}"
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


def own_list(texts: Texts, applications: Sequence[Application], register: Register) -> Message:
    """Return the applicant's applications with their standing; those that wait can be withdrawn."""
    if not applications:
        line = texts("software.mine_empty")
        return Message.plain(line, [card.press(texts("software.look_up_one"), "software.ask")])
    title = texts("software.mine")
    said = [f"{application.program}: {standing_words(texts, application)}" for application in applications]
    body: list[card.Element] = [card.heading(title)]
    for application in applications:
        body += [
            card.quote(application.program),
            card.small(f"{standing_words(texts, application)}. {_sent_and_due(texts, application)}"),
        ]
        body += decider_message(texts, application, register)
        where = _where(texts, application, register)
        body += [card.facts([(texts("software.where"), where)])] if where else []
        if application.pending:
            body.append(
                card.buttons(card.press(texts("software.withdraw"), "software.withdraw", application_id=application.id))
            )
    return Message(text="\n".join((title, *said)), card=card.card(body))


def decider_message(texts: Texts, application: Application, register: Register) -> list[card.Element]:
    """Return the reason of a decision, and the program to use instead."""
    body: list[card.Element] = []
    if application.word:
        body += [card.paragraph(texts("software.word_given")), card.quote(application.word)]
    alternative = register.visible(application.alternative, application.municipality_id)
    return [*body, card.paragraph(texts("software.instead", program=alternative.name))] if alternative else body
