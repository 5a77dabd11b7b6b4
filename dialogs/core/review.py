"""Review of words before they reach another person: the one check of every form and message.

``reviewed`` runs before the flow of a pressed verb. It reads every text of the form, whatever its name, so that a new
form cannot miss it; a feature exempts a verb in ``Feature.exempt``, with a reason. The author edits the words or sends
them as they are. Nothing is stored.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import sha256
from itertools import pairwise
from typing import Final
from urllib.parse import unquote_plus

from dialogs.core import card
from dialogs.core.content import Content
from dialogs.core.decision import NOTHING, Decision, Notice, Post, do
from dialogs.core.event import Event, Pressed
from dialogs.core.message import Message
from dialogs.core.query import Flow
from dialogs.core.speaker import answer, speaker_of
from dialogs.core.texts import Texts
from knowledge.language.concerns import Concern, concerns_in

FLOW: Final = "warned"
# Data of the confirming button: a fingerprint of the shown words, and the slot of the card that was pressed first.
REVIEWED: Final = "reviewed"
FIRST_SLOT: Final = "first_slot"
# Characters of all texts of a form: an article in three languages has 20,000. Reading them takes some 40 ms.
MOST_CHARACTERS: Final = 30_000
_ADDRESS: Final = re.compile(r"https?://[^/\s]+(\S+)")
_ADDRESS_SIGN: Final = re.compile(r"[^\w.]|_")


class ReviewGround(StrEnum):
    """Reason why a text of a form needs no review.

    ``SEARCH``: it is looked up, and shown to its author alone. ``STAFF``: it names people in their role, as
    the form asks for. ``FILE``: a table or an archive, previewed as a whole. ``HELD``: the flow holds the words and
    reviews them itself, as they may come without a form. ``OWN``: its author alone reads it.
    """

    SEARCH = "search"
    STAFF = "staff"
    FILE = "file"
    HELD = "held"
    OWN = "own"


@dataclass(frozen=True, slots=True)
class Exempt:
    """Inputs of a verb that need no review; without ``fields`` all."""

    ground: ReviewGround
    fields: frozenset[str] = frozenset()

    def covers(self, name: str) -> bool:
        return not self.fields or name in self.fields


Exemptions = Mapping[str, Exempt]


def reasons_to_warn(*texts: str) -> frozenset[Concern]:
    """Return the concerns about texts to show their author: about each alone, and joined in order.

    An emergency is no exception: the words reach a person who can be shown them without the concern.
    """
    read = [_with_words_of_addresses(text) for text in texts if text]
    concerns = frozenset[Concern]().union(*map(concerns_in, read))
    if len(read) < 2:
        return concerns
    # "Hvordan deler jeg en mappe?" and "Trykk Del." would be a name together: a name is whole in one text.
    return concerns | (concerns_in("\n".join(read)) - {Concern.THIRD_PERSON})


def _with_words_of_addresses(text: str) -> str:
    """Return a text with the paths and queries of its web addresses as words."""
    return _ADDRESS.sub(lambda match: _ADDRESS_SIGN.sub(" ", unquote_plus(match[1])), text)


def flagged_in(words: Mapping[str, str]) -> dict[str, str]:
    """Return the texts of a form that give a concern, alone or joined with their neighbours."""
    alone = {name: concerns for name, text in words.items() if (concerns := reasons_to_warn(text))}
    only_joined = reasons_to_warn(*words.values()).difference(*alone.values())
    flagged = {*alone, *(_joining(words, only_joined) if only_joined else ())}
    return {name: text for name, text in words.items() if name in flagged}


def _joining(words: Mapping[str, str], concerns: frozenset[Concern]) -> list[str]:
    """Return the names of neighbouring pairs of texts that give the concerns together; of all texts if none do."""
    names = [name for name, text in words.items() if text]
    pairs = [(pair, concerns & reasons_to_warn(*(words[name] for name in pair))) for pair in pairwise(names)]
    if concerns <= frozenset[Concern]().union(*(given for _, given in pairs)):
        return [name for pair, given in pairs if given for name in pair]
    return names


def noticed(texts: Texts, concerns: Iterable[Concern]) -> list[str]:
    """Return a sentence for each concern."""
    shown = frozenset(concerns)
    return [texts(f"warned.{concern}") for concern in Concern if concern in shown]


def reviewed_in(message: Message) -> str | None:
    """Return the fingerprint that confirms a warning, for a page that shows the form again; None for other messages."""
    actions = message.card.get("actions", ()) if message.card is not None else ()
    confirming = (action.get("data", {}).get(REVIEWED) for action in actions)
    return next((str(value) for value in confirming if value), None)


def reviewed(event: Event, content: Content, flow: Flow, exemptions: Exemptions) -> Flow:
    """Return the decision of a flow, or the warning about the words that it would send."""
    pressed = event.pressed
    exempt = exemptions.get(pressed.verb)
    inputs = {
        name: value
        for name, value in pressed.data.items()
        if isinstance(value, str) and name not in {REVIEWED, FIRST_SLOT} and not (exempt and exempt.covers(name))
    }
    if sum(map(len, inputs.values())) > MOST_CHARACTERS:
        speaker = yield from speaker_of(event, content)
        texts = speaker.texts
        return do(Notice(text=texts("warned.too_much", number=texts.number(MOST_CHARACTERS))))
    flagged = flagged_in({name: str(pressed.text(name)) for name in inputs})
    if not flagged or is_confirmed(event, flagged):
        return (yield from flow) + _take_away(event)
    speaker = yield from speaker_of(event, content)
    return answer(event, FLOW, _warning(speaker.texts, pressed, flagged), speaker.texts)


def at_first_card(event: Event) -> Event:
    """Return the press as it was made on the card that led to the warning."""
    pressed = event.pressed
    first = str(pressed.text(FIRST_SLOT))
    if not first or not (pressed.slot or "").startswith(f"{FLOW}/"):
        return event
    return replace(event, what=replace(pressed, slot=first))


def _take_away(event: Event) -> Decision:
    """Return the removal of the confirmed warning."""
    slot = event.pressed.slot or ""
    if not slot.startswith(f"{FLOW}/"):
        return NOTHING
    return do(Post(to=event.person_id, slot=slot, message=None, only_update=True))


def is_confirmed(event: Event, words: Mapping[str, str]) -> bool:
    """Return whether the author confirmed the warning about exactly these words."""
    return isinstance(event.what, Pressed) and str(event.what.text(REVIEWED)) == fingerprint(words)


def fingerprint(words: Mapping[str, str]) -> str:
    """Return a digest that distinguishes the shown words from edited ones."""
    return sha256("\0".join(f"{name}\0{words[name]}" for name in sorted(words)).encode()).hexdigest()[:32]


def _warning(texts: Texts, pressed: Pressed, flagged: Mapping[str, str]) -> Message:
    title = texts("warned.title")
    sentences = noticed(texts, reasons_to_warn(*flagged.values()))
    kept = {name: value for name, value in pressed.data.items() if name != REVIEWED}
    kept.setdefault(FIRST_SLOT, pressed.slot or "")
    label = texts("warned.words")
    form = card.card(
        [card.write(name, label, value=text, multiline=True, most=None) for name, text in flagged.items()],
        [_button(texts("warned.send"), pressed.verb, {name: kept[name] for name in kept if name not in flagged})],
    )
    anyway = _button(texts("warned.anyway"), pressed.verb, {**kept, REVIEWED: fingerprint(flagged)}, checks=False)
    return Message(
        text=" ".join((title, *sentences)),
        card=card.card(
            [
                card.status(title, style="warning"),
                *map(card.paragraph, sentences),
                *(card.quote(text) for text in flagged.values()),
            ],
            [card.reveal(texts("warned.edit"), form), anyway],
        ),
        language=texts.language,
    )


def _button(title: str, verb: str, data: Mapping[str, object], *, checks: bool = True) -> card.Element:
    button = card.press(title, verb, primary=checks, checks=checks)
    return {**button, "data": dict(data)}
