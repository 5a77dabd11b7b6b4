"""Cards of applications, decisions and nominations."""

from collections.abc import Collection

from dialogs.ambassadors.application import AmbassadorApplication, ApplicationState
from dialogs.availability.topic import topic_choices, topic_names
from dialogs.core import card
from dialogs.core.message import Message
from dialogs.core.texts import Texts


def form(texts: Texts, *, topics: Collection[str], unit: str) -> Message:
    """Return the expectations of an ambassador and the application form."""
    body: list[card.Element] = [
        card.heading(texts("ambassador.apply.title")),
        card.paragraph(texts("ambassador.apply.expected", unit=unit)),
    ]
    if topics:
        choices = topic_choices(texts, topics)
        body.append(card.choose("topics", texts("ambassador.apply.topics"), choices, several=True))
    body += [
        card.write("motive", texts("ambassador.apply.motive"), multiline=True, most=1000),
        card.small(texts("ambassador.apply.goes_to")),
    ]
    return Message(
        text=texts("ambassador.apply.title"),
        card=card.card(body, [card.press(texts("ambassador.apply.send"), "ambassador.send", primary=True)]),
    )


def applied(texts: Texts, application: AmbassadorApplication, *, decider: str) -> Message:
    """Return the confirmation that the application is sent, or lacks a decider."""
    key = "nobody" if not application.deciders else "sent" if decider else "waiting"
    return Message.plain(texts(f"ambassador.apply.{key}", name=decider))


def for_guests(texts: Texts) -> Message:
    """Return the note that guests must sign in first."""
    line = texts("ambassador.apply.guest")
    return Message.plain(line)


def already(texts: Texts) -> Message:
    """Return the note that the person is an ambassador already."""
    line = texts("ambassador.apply.already")
    return Message.plain(line, [card.press(texts("ambassador.settings.open"), "ambassador.settings")])


def decision(
    texts: Texts, application: AmbassadorApplication, *, name: str, unit: str, leader: str, decided_by: str
) -> Message:
    """Return the application for deciders, later with the decision."""
    line = texts("ambassador.apply.from", name=name, unit=unit)
    body: list[card.Element] = [card.heading(texts("ambassador.apply.application")), card.paragraph(line)]
    if application.topics:
        body.append(card.small(topic_names(texts, application.topics)))
    if application.motive:
        body.append(card.quote(application.motive))
    if application.standing is not ApplicationState.WAITING:
        result = texts(f"ambassador.apply.{application.standing}", name=decided_by)
        text = texts(f"ambassador.apply.decided_{application.standing}", name=name, unit=unit, by=decided_by)
        return Message(text=text, card=card.card([*body, card.status(result, style="default")]))
    if application.through_contact:
        body.append(card.small(texts("ambassador.apply.through_contact", leader=leader)))
    body.append(card.write("word", texts("ambassador.apply.word"), most=1000))
    return Message(
        text=line,
        card=card.card(
            body,
            [
                card.press(
                    texts("ambassador.apply.approve"), "ambassador.approve", primary=True, person_id=application.id
                ),
                card.press(texts("ambassador.apply.decline"), "ambassador.decline", person_id=application.id),
            ],
        ),
    )


def welcome(texts: Texts, word: str) -> Message:
    """Return the welcome of a new ambassador."""
    body: list[card.Element] = [
        card.heading(texts("ambassador.welcome.title")),
        card.paragraph(texts("ambassador.welcome.expected")),
    ]
    if word:
        body.append(card.quote(word))
    return Message(
        text=f"{texts('ambassador.welcome.title')} {texts('ambassador.welcome.expected')}",
        card=card.card(
            body,
            [
                card.press(texts("ambassador.settings.open"), "ambassador.settings", primary=True),
                card.press(texts("ambassador.welcome.desk"), "ambassador.desk"),
            ],
        ),
    )


def declined(texts: Texts, word: str) -> Message:
    """Return the refusal with the decider's message."""
    line = texts("ambassador.apply.no")
    body = [card.paragraph(line), *([card.quote(word)] if word else [])]
    return Message(text=f"{line} {word}".strip(), card=card.card(body))


def nomination(texts: Texts) -> Message:
    """Return the form to nominate a colleague."""
    return Message(
        text=texts("ambassador.nominate.title"),
        card=card.card(
            [
                card.heading(texts("ambassador.nominate.title")),
                card.paragraph(texts("ambassador.nominate.how")),
                card.write(
                    "colleague",
                    texts("ambassador.nominate.label"),
                    required=texts("ambassador.nominate.required"),
                    most=100,
                ),
            ],
            [card.press(texts("ambassador.nominate.send"), "ambassador.nominate", primary=True)],
        ),
    )


def nominated(texts: Texts) -> Message:
    """Return the thanks for a nomination, with or without a match."""
    return Message.plain(texts("ambassador.nominate.thanks"))


def invitation(texts: Texts, *, by: str) -> Message:
    """Return the invitation for the nominated colleague."""
    line = texts("ambassador.nominate.invitation", name=by)
    return Message.plain(line, [card.press(texts("ambassador.nominate.look"), "ambassador.apply", primary=True)])
