"""Cards of a person's profile."""

from collections.abc import Mapping, Sequence
from typing import Final

from dialogs.core import card
from dialogs.core.card import unmarked
from dialogs.core.content import Content
from dialogs.core.message import Message
from dialogs.core.person import Person
from dialogs.core.texts import Texts
from dialogs.profile.place import MAX_CHOICES, Choice, NextAction, choice_of, unit_choices, unit_title, units_named
from knowledge.article.article import Language
from knowledge.organisation.unit import Municipality

NOTHING_CARRIED: Final[Mapping[str, str]] = {}


def profile(content: Content, texts: Texts, person: Person) -> Message:
    """Return the profile, with the fields the person may change."""
    pairs = [
        (texts("profile.name"), card.unmarked(person.name) or texts("profile.not_chosen")),
        (texts("profile.municipality"), municipality_name(content, texts, person)),
        (texts("profile.unit"), unit_name(content, texts, person)),
        (texts("profile.language"), _language_setting(texts, person)),
        (texts("profile.roles"), ", ".join(texts(f"profile.role.{role}") for role in sorted(person.roles))),
    ]
    choice = choice_of(person, content.organisation)
    note = "profile.left_why" if person.left else _NOTES[choice]
    return Message(
        text="\n".join([texts("profile.title"), *(f"{name}: {value}" for name, value in pairs)]),
        card=card.card(
            [
                card.heading(texts("profile.title")),
                card.facts(pairs),
                *([card.small(texts(note))] if note else ()),
            ],
            [
                *([card.press(texts(title), "profile.place")] if (title := _CHANGES[choice]) else ()),
                card.press(texts("profile.change_language"), "profile.language"),
                card.press(texts("profile.my_data"), "privacy.show"),
            ],
        ),
    )


_NOTES: Final = {
    Choice.NOTHING: "profile.from_registry",
    Choice.UNIT: "profile.municipality_fixed",
    Choice.MUNICIPALITY: "",
}
_CHANGES: Final = {
    Choice.NOTHING: "",
    Choice.UNIT: "profile.change_unit",
    Choice.MUNICIPALITY: "profile.choose_place",
}


def place_card(
    content: Content,
    texts: Texts,
    *,
    person: Person,
    then_verb: str = "",
    then_data: Mapping[str, str] = NOTHING_CARRIED,
) -> Message:
    """Return the question for the workplace: municipality first, then unit.

    Args:
        then_verb: action to continue with afterwards; empty for none.
        then_data: ids for that action.
    """
    if person.left:
        return has_left(texts)
    next_action = NextAction(verb=then_verb, data=then_data)
    if person.municipality_id in content.organisation.municipalities:
        return unit_card(content, texts, str(person.municipality_id), chosen=person.unit_id, next_action=next_action)
    return municipality_card(texts, content.choosable(person), next_action=next_action)


def has_left(texts: Texts) -> Message:
    """Return the note for a person removed from the registry."""
    return _closed(texts, texts("profile.left"))


def is_suspended(texts: Texts) -> Message:
    """Return the note on an account that the directory has deactivated."""
    return _closed(texts, texts("profile.suspended"))


def _closed(texts: Texts, why: str) -> Message:
    return Message(
        text=f"{why} {texts('profile.left_why')}",
        card=card.card(
            [card.paragraph(f"**{why}**"), card.paragraph(texts("profile.left_why"))],
            [card.press(texts("profile.my_data"), "privacy.show")],
        ),
    )


def municipality_card(texts: Texts, choosable: Sequence[Municipality], *, next_action: NextAction) -> Message:
    """Return the question for the municipality."""
    choices = [(municipality.names.text(texts.language), municipality.id) for municipality in choosable]
    return Message(
        text=f"{texts('profile.where_title')} {texts('profile.where_why')}",
        card=card.card(
            [
                card.heading(texts("profile.where_title")),
                card.paragraph(texts("profile.where_why")),
                card.choose(
                    "municipality",
                    texts("profile.municipality"),
                    choices,
                    required=texts("profile.municipality_needed"),
                    hint=texts("profile.choose_municipality"),
                ),
            ],
            [next_action.attach_to(card.press(texts("profile.next"), "profile.municipality", primary=True))],
        ),
    )


def unit_card(
    content: Content, texts: Texts, municipality_id: str, *, chosen: str | None, next_action: NextAction
) -> Message:
    """Return the question for the unit within a municipality."""
    organisation = content.organisation
    choices = unit_choices(organisation, municipality_id, texts.language)
    name = organisation.municipalities[municipality_id].names.text(texts.language)
    if len(choices) > MAX_CHOICES:
        return _search_card(texts, name, municipality_id, news="", next_action=next_action)
    unit = organisation.find_unit(chosen) if chosen else None
    value = unit.id if unit and unit.municipality_id == municipality_id else ""
    choices.append((texts("profile.unit_not_listed"), municipality_id))
    return _choice_card(texts, name, choices, value=value, next_action=next_action)


def found_units(
    content: Content, texts: Texts, municipality_id: str, *, words: str, next_action: NextAction
) -> Message:
    """Return units with names similar to ``words``, or the search form again."""
    name = content.organisation.municipalities[municipality_id].names.text(texts.language)
    choices = units_named(content.organisation, municipality_id, texts.language, words)
    if not choices:
        news = texts("profile.unit_not_found", words=unmarked(words[:40]))
        return _search_card(texts, name, municipality_id, news=news, next_action=next_action)
    choices.append((texts("profile.unit_not_listed"), municipality_id))
    again = next_action.attach_to(card.press(texts("profile.search_again"), "profile.place", checks=False))
    return _choice_card(texts, name, choices, value="", next_action=next_action, more=(again,), expanded=True)


def _choice_card(
    texts: Texts,
    name: str,
    choices: Sequence[tuple[str, str]],
    *,
    value: str,
    next_action: NextAction,
    more: Sequence[card.Element] = (),
    expanded: bool = False,
) -> Message:
    return Message(
        text=f"{name}: {texts('profile.choose_unit')}",
        card=card.card(
            [
                card.heading(texts("profile.where_title")),
                card.paragraph(name),
                card.choose(
                    "unit",
                    texts("profile.unit"),
                    choices,
                    value=value,
                    required=texts("profile.unit_needed"),
                    hint=texts("profile.search_unit" if len(choices) > card.MANY else "profile.choose_unit"),
                    expanded=expanded,
                ),
            ],
            [next_action.attach_to(card.press(texts("profile.save"), "profile.unit", primary=True)), *more],
        ),
    )


def _search_card(texts: Texts, name: str, municipality_id: str, *, news: str, next_action: NextAction) -> Message:
    """Return the search form, for more units than fit into a card."""
    return Message(
        text=f"{news or name}: {texts('profile.search_unit')}",
        card=card.card(
            [
                card.heading(texts("profile.where_title")),
                card.paragraph(name),
                *([card.status(news, style="warning")] if news else []),
                card.write(
                    "words",
                    texts("profile.unit"),
                    hint=texts("profile.search_unit"),
                    required=texts("profile.search_needed"),
                    most=80,
                ),
            ],
            [
                next_action.attach_to(card.press(texts("profile.search"), "profile.find", primary=True)),
                next_action.attach_to(
                    card.press(texts("profile.unit_not_listed"), "profile.unit", checks=False, unit=municipality_id)
                ),
            ],
        ),
    )


def placed(content: Content, texts: Texts, person: Person, *, next_action: NextAction) -> Message:
    """Return the confirmation of the workplace, with a button to continue."""
    where = f"{unit_name(content, texts, person)}, {municipality_name(content, texts, person)}"
    return Message(
        text=f"{texts('profile.placed_title')}: {where}",
        card=card.card(
            [card.heading(texts("profile.placed_title")), card.paragraph(where)],
            [
                *([next_action.button(texts("profile.continue"))] if next_action.verb else ()),
                next_action.attach_to(card.press(texts("profile.change_unit"), "profile.place")),
            ],
        ),
    )


def language(texts: Texts) -> Message:
    """Return the question for the language."""
    title = texts("profile.language_title")
    return Message(text=title, card=card.card([card.heading(title)], _languages(texts, list(Language))))


def language_set(texts: Texts, news: str, *, chosen: Language | None) -> Message:
    """Return the new setting, with the other languages as the way back.

    Args:
        news: a sentence key.
        chosen: None if it follows what the person writes.
    """
    others = [spoken for spoken in Language if spoken is not chosen]
    return Message(
        text=texts(news),
        card=card.card([card.status(texts(news), style="good")], _languages(texts, others, follow=chosen is not None)),
    )


def _languages(texts: Texts, spoken: Sequence[Language], *, follow: bool = True) -> list[card.Element]:
    buttons = [
        card.press(texts(f"profile.language_name.{language}"), "profile.language", language=language)
        for language in spoken
    ]
    if follow:
        buttons.append(card.press(texts("profile.follow"), "profile.language", language="follow"))
    return buttons


def municipality_name(content: Content, texts: Texts, person: Person) -> str:
    """Return the name of the person's municipality, or "not chosen"."""
    municipality = content.organisation.municipalities.get(person.municipality_id or "")
    return municipality.names.text(texts.language) if municipality else texts("profile.not_chosen")


def unit_name(content: Content, texts: Texts, person: Person) -> str:
    """Return the person's unit with its parents, or "not chosen"."""
    unit = content.organisation.find_unit(person.unit_id) if person.unit_id else None
    if unit is None:
        return texts("profile.not_chosen")
    return unit_title(content.organisation, unit.id, texts.language)


def _language_setting(texts: Texts, person: Person) -> str:
    name = texts(f"profile.language_name.{person.language}")
    return name if person.language_chosen else texts("profile.language_follows", language=name)
