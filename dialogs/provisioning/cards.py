"""Cards about removals from the registry that wait for an administrator."""

from dialogs.core import card
from dialogs.core.message import Message
from dialogs.core.texts import Texts


def removals_wait(texts: Texts, *, municipality_id: str, municipality: str) -> Message:
    """Return the report of the first removal that waits."""
    lines = (texts("removals.wait", municipality=municipality), texts("removals.meanwhile"), texts("removals.to_keep"))
    look = card.press(texts("removals.look"), "removals.show", primary=True, municipality=municipality_id)
    return Message(
        text=" ".join(lines),
        card=card.card([card.heading(texts("removals.title")), *map(card.paragraph, lines)], [look]),
    )


def removals_confirm(texts: Texts, *, municipality_id: str, municipality: str, people: int) -> Message:
    """Return the question whether everyone waiting may be removed."""
    line = texts.plural("removals.confirm", people, municipality=municipality)
    return Message(
        text=line,
        card=card.card(
            [card.heading(texts("removals.title")), card.paragraph(line), card.paragraph(texts("removals.to_keep"))],
            [
                card.press(
                    texts.plural("removals.approve", people),
                    "removals.approve",
                    municipality=municipality_id,
                    people=str(people),
                )
            ],
        ),
    )


def many_demoted(texts: Texts, *, municipality: str) -> Message:
    """Return the report that many people lost their unit or a role. It is done already."""
    return Message.plain(texts("removals.many_demoted", municipality=municipality))


def removals_approved(texts: Texts, people: int) -> Message:
    """Return the confirmation that they are being removed."""
    return Message.plain(texts.plural("removals.approved", people))


def no_removals(texts: Texts) -> Message:
    """Return the note that no removal waits any more."""
    return Message.plain(texts("removals.none"))


def not_administrator(texts: Texts) -> Message:
    """Return the refusal for people without the right."""
    return Message.plain(texts("removals.refused"))
