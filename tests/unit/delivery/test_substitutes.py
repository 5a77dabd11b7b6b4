"""What a person gets from a channel that lacks an ability."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from bot.content.catalogue import load_catalogue
from bot.delivery.substitutes import TITLE, SubstitutingChannel, completed
from bot.ports import Delivery, Landed, Missing, Outcome, Unreachable
from dialogs.core import card
from dialogs.core.channel import Ability, ChannelSpec
from dialogs.core.event import ChannelName
from dialogs.core.message import Message
from dialogs.core.person import Address
from dialogs.core.texts import Texts
from knowledge.article.article import Language
from tests.unit.delivery.scene import owed

NAME = ChannelName("post")
HOME = Address(channel=NAME, data={"box": "7"})
TEXTS = load_catalogue()
FIRST = Message(text="Til orientering: Nye skrivere\n\nDe hentes på fredag.")
SECOND = Message(text="Til orientering: Nye skrivere\n\nDe hentes på mandag.")


@dataclass
class Notes:
    """A channel that notes its calls. ``answer`` is given to the next one."""

    calls: list[tuple[str, str, Mapping[str, str]]] = field(default_factory=list)
    answer: Outcome | None = None

    async def send(self, delivery: Delivery, address: Address, message: Message) -> Outcome:
        self.calls.append(("send", message.text, address.data))
        return self.answer or Landed(reference={"number": str(len(self.calls))})

    async def update(self, delivery: Delivery, reference: Mapping[str, str], message: Message) -> Outcome:
        self.calls.append(("update", message.text, reference))
        return Landed(reference=reference)

    async def delete(self, delivery: Delivery, reference: Mapping[str, str]) -> Outcome:
        self.calls.append(("delete", "", reference))
        return Landed(reference=reference)

    @property
    def said(self) -> list[str]:
        return [text for _, text, _ in self.calls]


async def texts_of(recipient: str) -> Texts:
    return TEXTS[Language.EN if recipient == "english" else Language.NB]


def lacking(*missing: Ability) -> tuple[Notes, SubstitutingChannel]:
    notes = Notes()
    spec = ChannelSpec(name=NAME, missing=frozenset(missing))
    return notes, SubstitutingChannel(notes, spec=spec, texts_of=texts_of)


async def landed(channel: SubstitutingChannel, delivery: Delivery, message: Message = FIRST) -> Mapping[str, str]:
    outcome = await channel.send(delivery, HOME, message)
    assert isinstance(outcome, Landed)
    return outcome.reference


def test_a_channel_that_lacks_nothing_is_used_as_it_is() -> None:
    notes = Notes()
    assert completed(notes, ChannelSpec(name=NAME), texts_of=texts_of) is notes


async def test_a_corrected_announcement_is_announced_as_such_in_the_readers_language() -> None:
    for recipient, word in (("p1", "Rettet"), ("english", "Corrected")):
        notes, channel = lacking(Ability.UPDATE, Ability.RECALL)
        post = owed(recipient, group="a-1")
        await channel.update(post, await landed(channel, post), SECOND)
        assert notes.said == [FIRST.text, f"{word}: {SECOND.text}"]
        assert notes.calls[-1][2]["box"] == "7"


async def test_an_announcement_whose_words_stay_the_same_is_not_repeated() -> None:
    notes, channel = lacking(Ability.UPDATE)
    post = owed(group="a-1")
    reference = await landed(channel, post)
    thanks = replace(FIRST, card=card.card([card.paragraph("Takk!")]))
    assert await channel.update(post, reference, thanks) == Landed(reference=reference)
    assert notes.said == [FIRST.text]


async def test_a_second_correction_is_compared_with_the_first() -> None:
    notes, channel = lacking(Ability.UPDATE)
    post = owed(group="a-1")
    outcome = await channel.update(post, await landed(channel, post), SECOND)
    assert isinstance(outcome, Landed)
    await channel.update(post, outcome.reference, SECOND)
    assert len(notes.calls) == 2
    await channel.update(post, outcome.reference, FIRST)
    assert notes.said[-1] == f"Rettet: {FIRST.text}"


async def test_a_new_version_of_an_ordinary_message_is_sent_without_calling_it_a_correction() -> None:
    notes, channel = lacking(Ability.UPDATE)
    reference = await landed(channel, owed())
    await channel.update(owed(), reference, SECOND)
    assert notes.said == [FIRST.text, SECOND.text]
    assert TITLE not in reference, "only announcements are remembered by their words"


async def test_a_recall_names_the_announcement() -> None:
    notes, channel = lacking(Ability.RECALL)
    post = owed(group="a-1")
    await channel.delete(post, await landed(channel, post))
    assert notes.said == [FIRST.text, "Trukket tilbake: Til orientering: Nye skrivere"]


async def test_a_recall_that_does_not_arrive_is_reported_as_such() -> None:
    notes, channel = lacking(Ability.RECALL)
    post = owed(group="a-1")
    reference = await landed(channel, post)
    notes.answer = Unreachable(reason="not_connected")
    assert await channel.delete(post, reference) == Unreachable(reason="not_connected")


async def test_nothing_is_said_of_an_ordinary_message_that_is_taken_away() -> None:
    notes, channel = lacking(Ability.RECALL)
    await channel.delete(owed(), await landed(channel, owed()))
    assert notes.said == [FIRST.text]


async def test_what_the_channel_can_do_it_does_itself() -> None:
    notes, channel = lacking(Ability.IMAGES)
    await channel.update(owed(), {"number": "1"}, SECOND)
    await channel.delete(owed(), {"number": "1"})
    assert [call for call, _, _ in notes.calls] == ["update", "delete"]


async def test_a_failed_send_is_the_channels_own_answer() -> None:
    notes, channel = lacking(Ability.UPDATE)
    notes.answer = Missing()
    assert await channel.send(owed(group="a-1"), HOME, FIRST) == Missing()


async def test_a_sentence_stands_for_an_image_that_cannot_be_shown() -> None:
    notes, channel = lacking(Ability.IMAGES)
    await channel.send(owed(), HOME, replace(FIRST, image_id="image-1"))
    assert notes.said == [f"{FIRST.text}\n\n{TEXTS[Language.NB]('channel.no_image')}"]


async def test_without_cards_the_text_says_what_the_card_says() -> None:
    notes, channel = lacking(Ability.CARDS)
    shown = card.card(
        [
            card.status("Til orientering"),
            card.heading("Nye skrivere"),
            card.quote("«Når kommer de?»"),
            card.facts([("Sendt", "12")]),
            card.columns([card.paragraph("venstre")], [card.small("høyre")]),
            card.write("body", "Tekst", value="utkast"),
            card.write("more", "Mer"),
            card.choose("where", "Hvor", [("Velg", ""), ("Nes", "nes"), ("Hurdal", "hurdal")]),
            card.toggle("all", "Alle"),
            card.pick_date("day", "Dag", value="2026-11-02"),
            card.buttons(card.link("Les mer", "https://nes.example")),
        ],
        [card.press("Send", "x.send"), card.reveal("Flere valg", card.card([card.paragraph("inni")]))],
    )
    await channel.send(owed(), HOME, replace(FIRST, card=shown))
    assert notes.said[0].splitlines() == [
        "Til orientering",
        "Nye skrivere",
        "«Når kommer de?»",
        "Sendt: 12",
        "venstre",
        "høyre",
        "Tekst: utkast",
        "Mer",
        "Hvor",
        "- Nes",
        "- Hurdal",
        "Alle",
        "Dag: 2026-11-02",
        "Les mer: https://nes.example",
        "inni",
    ]
