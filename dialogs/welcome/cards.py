"""Welcome cards."""

from dialogs.core import card
from dialogs.core.content import Content
from dialogs.core.message import Message
from dialogs.core.person import Person
from dialogs.core.texts import Texts
from dialogs.profile.cards import municipality_name, unit_name


def welcome(content: Content, texts: Texts, person: Person) -> Message:
    """Return the welcome: purpose and first actions; stored data and deletion unfold at a press."""
    stored = texts("welcome.stored_of_guest" if person.is_guest else "welcome.stored")
    if person.left:
        where = f"**{texts('profile.left')}** {texts('profile.left_why')}"
    elif person.placed:
        unit, municipality = unit_name(content, texts, person), municipality_name(content, texts, person)
        where = texts("welcome.unit", unit=unit, municipality=municipality)
    else:
        where = texts("welcome.unplaced")
    return Message(
        text=f"{texts('welcome.title')} {texts('welcome.intro')}\n\n{texts('welcome.erase')}",
        card=card.card(
            [
                card.heading(texts("welcome.title")),
                card.paragraph(texts("welcome.intro")),
                # On a small phone the buttons would otherwise be below the fold.
                card.buttons(
                    *(
                        []
                        if person.placed or person.left
                        else [card.press(texts("welcome.choose_place"), "profile.place", primary=True)]
                    ),
                    card.press(texts("welcome.what_can_i_ask"), "ask.suggest"),
                    card.press(texts("welcome.choose_language"), "profile.language"),
                    card.reveal(
                        texts("welcome.stored_title"),
                        card.card(
                            [card.paragraph(stored), card.paragraph(texts("welcome.erase"))],
                            [card.press(texts("notice.open"), "privacy.notice")],
                        ),
                    ),
                ),
                card.paragraph(where),
            ],
        ),
    )


def hello(texts: Texts) -> Message:
    """Return the short greeting for a group or channel."""
    return Message(text=texts("welcome.group"))
