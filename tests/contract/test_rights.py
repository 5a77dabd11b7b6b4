"""One life on every store: ask, hand over, confirm, apply; export, erase, prove; retention by a moved clock."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.app.clock import SystemRandomSource
from bot.app.erasure import data_of
from bot.app.maintenance import Maintenance
from bot.content.catalogue import commands_of
from bot.erasure.proof import ErasureProof, KeptGround, prove_erasure
from bot.erasure.proof_document import proof_document
from bot.ports import Commit, Delivery, DeliveryStatus, Incoming, Key, Sender, Settled, Store
from bot.records.codec import decode, write_of
from bot.signin.former import FormerMarks
from bot.turn.identity import Directory
from bot.turn.runtime import Runtime
from dialogs.announce.model import Announcement
from dialogs.availability.profile import AmbassadorProfile
from dialogs.core.decision import Put
from dialogs.core.event import Pressed, Said, What
from dialogs.core.person import Address, Person, Role
from dialogs.core.record import Record
from dialogs.core.review import REVIEWED, fingerprint
from dialogs.core.web_utterance import WebUtterance
from dialogs.handoff.draft import Unsent
from dialogs.handoff.model import Handoff
from dialogs.privacy.export import content_of
from dialogs.router import route
from knowledge.article.article import Language
from knowledge.matching.match import Asked, Match
from knowledge.matching.policy import Policy
from tests.channels import WEB
from tests.timers import due_timers
from tests.unit.driver import CATALOGUE, SILENT, TUESDAY
from tests.unit.handoff import scene

WORDS = "Hvorfor virker ikke den hemmelige mappa?"
ANSWER = "Høyreklikk og velg Del."
UNIQUE = "Den lilla kaffemaskinen i tredje etasje nekter å snakke med nettbrettet mitt."
FORMER = FormerMarks(b"l" * 32)


class Bot:
    """The real runtime on a store, with a moved clock; also its clock, channel and matcher."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.at = TUESDAY
        self._number = 0
        town = scene.stage()
        self._people = [Put(record=person) for person in town.all(Person)]
        self._people += [Put(record=profile) for profile in town.all(AmbassadorProfile)]
        self._people.append(Put(record=scene.person("anja", "skole", Role.ANNOUNCER, name="Anja")))
        self.content = content = replace(town.content, commands=commands_of(CATALOGUE), policy=Policy())
        self.maintenance = Maintenance(store=store, clock=self)
        self._runtime = Runtime(
            jobs=self.maintenance.jobs,
            former=FORMER,
            store=store,
            directory=Directory(store=store, former=FORMER),
            understanding=self,
            route=route,
            content=lambda: content,
            sender=self,
            clock=self,
            rng=SystemRandomSource(),
            stages=self,
            log=SILENT,
        )

    async def begin(self) -> None:
        await self.store.commit(Commit(at=self.at, records=tuple(write_of(each, {}) for each in self._people)))
        await self.maintenance.schedule()

    async def press(self, who: str, verb: str, **data: Any) -> None:
        await self._happens(who, Pressed(verb=verb, data=data))

    async def say(self, who: str, words: str) -> None:
        await self._happens(who, Said(utterance=words))

    async def say_on_the_page(
        self, who: str, words: str, *, linked: bool = True, waited: timedelta = timedelta(0)
    ) -> None:
        """Say something as on the web page, which keeps the words first; ``linked`` off: as versions before did.

        ``waited``: the time from keeping the words to the turn, as in an outage.
        """
        utterance = WebUtterance(said_id=f"s{self._number}", person_id=who, text=words, at=self.at)
        await self.store.commit(Commit(at=self.at, records=(write_of(Put(record=utterance), {}),)))
        self.at += waited
        await self._happens(who, Said(utterance=words, stored_as=utterance.id if linked else None))

    async def words_kept_of(self, who: str) -> set[str]:
        """Return what the page has of a person's own words."""
        found = await self.store.find(WebUtterance.KIND, f"person:{who}")
        return {decode(WebUtterance, each).text for each in found}

    async def texts_shown_to(self, who: str) -> list[str]:
        """Return the texts of the messages that a person has."""
        return [each.message.text for each in await self.store.deliveries_of_recipient(who) if each.message]

    async def announcement(self) -> Announcement:
        """Return the announcement that Anja began."""
        [stored] = await self.store.find(Announcement.KIND, "author:anja")
        return decode(Announcement, stored)

    async def announces(self, words: str) -> str:
        """Let Anja write her announcement and preview it; return its id."""
        draft = await self.announcement()
        texts = {"title_nb": "Til alle", "body_nb": words}
        data = {"announcement_id": draft.id, "edition": draft.edition, "slot": draft.desk}
        await self.press("anja", "announce.preview", **data, **texts)
        assert words in repr(await self.announcement())
        return draft.id

    async def proved(self, who: str) -> tuple[ErasureProof, str]:
        """Return the proof of an erasure, and its document."""
        proof = await prove_erasure(self.store, who, former=FORMER)
        return proof, proof_document(self.content.texts[Language.EN], proof, at=self.at, version="x")

    async def _happens(self, who: str, what: What) -> None:
        self._number += 1
        self.at += timedelta(seconds=1)
        await self._runtime.receive(
            Incoming(
                id=f"web:{who}:{self._number}",
                channel=WEB,
                sender=Sender(name="", person_id=who),
                address=Address(channel=WEB),
                conversation_id=f"web:{who}",
                what=what,
            )
        )
        await self._send()

    async def wait(self, for_: timedelta) -> None:
        """Move the clock, ring every timer on the way, and deliver what is due."""
        end = self.at + for_
        while due := await due_timers(self.store, now=end, limit=1):
            self.at = max(self.at, due[0].at)
            await self._runtime.ring(due[0])
        self.at = end
        await self._send()

    async def skip(self, days: int) -> None:
        """Let the bot be off for some days, then do what is due."""
        self.at += timedelta(days=days)
        await self.wait(timedelta(minutes=2))

    async def restart(self, *, after: timedelta) -> None:
        """Let the bot be off, start it again, and do what is due."""
        self.at += after
        await self.maintenance.schedule()
        await self.wait(timedelta(minutes=2))

    async def _send(self) -> None:
        while claimed := await self.store.claim(now=self.at, lease_for=timedelta(hours=1), limit=100, token="courier"):
            await self.store.settle([await self.deliver(each) for each in claimed])

    async def slot(self, who: str, start: str) -> str:
        return [each.slot for each in await self.store.deliveries_of_recipient(who) if each.slot.startswith(start)][-1]

    async def export(self, who: str) -> Any:
        [stored] = (await self.store.get([key_of(Person, who)])).values()
        data = await data_of(self.store, decode(Person, stored))
        return json.loads(json.dumps(content_of(data, at=self.at)))

    # What the runtime needs

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)

    def observe(self, stage: str, seconds: float) -> None:
        pass

    async def match_each(
        self,
        utterances: Sequence[str],
        *,
        previous_article_ids: Sequence[str],
        asked_before: Asked,
        municipality_id: str | None,
        independent: bool,
    ) -> tuple[Match, ...]:
        return tuple(
            Match(utterance=each, language="nb", small_talk=None, candidates=(), precision=0.0) for each in utterances
        )

    async def deliver(self, delivery: Delivery) -> Settled:
        gone = delivery.message is None
        return Settled(
            delivery_id=delivery.id,
            lease_token=str(delivery.lease_token),
            version=delivery.version,
            status=DeliveryStatus.DELETED if gone else DeliveryStatus.SENT,
            at=self.at,
            channel=WEB,
            reference=None if gone else {"id": delivery.id},
        )


def key_of(kind: type[Record], id_: str) -> Key:
    return Key(kind=kind.KIND, id=id_)


@pytest.fixture
async def bot(store: Store) -> Bot:
    bot = Bot(store)
    await bot.begin()
    return bot


async def lived(bot: Bot) -> str:
    """Let Kari ask and Ana help, and Kari apply for a program; return the hand-off's id."""
    await bot.say("kari", WORDS)
    await bot.press("kari", "handoff.start")
    handoff_id = (await bot.slot("kari", "handoff/")).split("/")[1]
    await bot.press("kari", "handoff.send", handoff_id=handoff_id, question=WORDS)
    await bot.press("ana", "handoff.accept", handoff_id=handoff_id)
    await bot.say("ana", ANSWER)
    await bot.press("ana", "handoff.resolve", handoff_id=handoff_id, answer=ANSWER)
    await bot.press("kari", "handoff.confirm", handoff_id=handoff_id)
    await bot.press("kari", "handoff.rate", handoff_id=handoff_id, rating="5")
    await bot.press("kari", "software.send", program="WinRAR", reason="Trenger det.")
    return handoff_id


async def test_what_was_lived_is_exported_to_both_ends_and_neither_names_the_other(bot: Bot) -> None:
    handoff_id = await lived(bot)
    kari, ana = await bot.export("kari"), await bot.export("ana")
    assert kari["data"]["handoff"][0]["question"] == WORDS
    assert any(ANSWER in each["text"] for each in kari["data"]["delivery"])
    assert [each["program"] for each in kari["data"]["software_application"]] == ["WinRAR"]
    assert kari["data"]["event"]
    [part] = ana["helped"]
    assert (part["handoff_id"], part["answer"], part["rating"]) == (handoff_id, ANSWER, 5)
    for export, other in ((kari, "ana"), (ana, "kari")):
        export["data"]["delivery"] = []
        assert f'"{other}"' not in json.dumps(export)
        assert f":{other}:" not in json.dumps(export)


@pytest.mark.parametrize("who", ["kari", "ana"])
async def test_after_an_erasure_only_grounds_remain_in_rows_and_bytes(bot: Bot, who: str) -> None:
    await lived(bot)
    also = (WORDS, "Trenger det.") if who == "kari" else ()
    before = await prove_erasure(bot.store, who, also=also)
    assert len(before.groundless) > 5
    await bot.press(who, "privacy.erase_now")
    await bot.wait(timedelta(minutes=2))
    proof = await prove_erasure(bot.store, who, also=also, former=FORMER)
    assert proof.groundless == ()
    assert {each.ground for each in proof.remainders} <= {KeptGround.AUDIT, KeptGround.PROOF}


async def test_words_that_others_took_from_a_person_are_to_be_judged(bot: Bot) -> None:
    await bot.say("kari", UNIQUE)
    await bot.press("anja", "announce.new")
    announcement_id = await bot.announces(f"En ansatt skrev: {UNIQUE}")
    await bot.say_on_the_page("bo", f"Kari sa: {UNIQUE}")
    await bot.press("kari", "privacy.erase_now")
    await bot.wait(timedelta(minutes=2))
    proof, document = await bot.proved("kari")
    assert proof.runs
    judged = {each.trace.row for each in proof.others}
    assert f"announcement/{announcement_id}" in judged
    assert {row.partition("/")[0] for row in judged} >= {"announcement", "question", "web_utterance"}
    assert proof.groundless == ()
    section = document.split("In the records of others, to be judged:")[1].split("Result:")[0]
    assert f"announcement/{announcement_id}" in section
    assert "kaffemaskinen" not in document
    assert "only what has a ground remains" not in document


async def test_words_that_others_had_before_are_not_searched_and_the_proof_says_so(bot: Bot) -> None:
    await bot.say("bo", UNIQUE)
    bot.at += timedelta(minutes=5)
    await bot.say("kari", UNIQUE)
    await bot.press("kari", "privacy.erase_now")
    await bot.wait(timedelta(minutes=2))
    proof, document = await bot.proved("kari")
    assert (proof.unsearchable, proof.others, proof.groundless) == (True, (), ())
    assert "nothing distinctive was left to search for" in document
    assert "only what has a ground remains" not in document


async def test_a_draft_changed_after_the_words_is_not_older_than_they_are(bot: Bot) -> None:
    await bot.press("anja", "announce.new")
    bot.at += timedelta(minutes=5)
    await bot.say("kari", UNIQUE)
    draft_id = await bot.announces(UNIQUE)
    await bot.press("kari", "privacy.erase_now")
    await bot.wait(timedelta(minutes=2))
    proof, _ = await bot.proved("kari")
    assert f"announcement/{draft_id}" in {each.trace.row for each in proof.others}


async def test_who_wrote_nothing_has_a_clean_proof(bot: Bot) -> None:
    await bot.press("bo", "privacy.erase_now")
    await bot.wait(timedelta(minutes=2))
    proof, document = await bot.proved("bo")
    assert not proof.unsearchable
    assert "only what has a ground remains" in document


@pytest.mark.parametrize(("linked", "waited"), [(True, 0), (False, 0), (False, 5)])
async def test_what_helpers_wrote_to_an_asker_goes_with_the_asker_also_where_they_wrote_it(
    bot: Bot, linked: bool, waited: int
) -> None:
    replies = {"kari": "Hei Kari, ring meg på 51 00.", "ola": "Hei Ola, prøv igjen."}
    await bot.say_on_the_page("ana", "Hva er Teams?", linked=linked)
    for asker, reply in replies.items():
        await bot.press(asker, "handoff.start")
        handoff_id = (await bot.slot(asker, "handoff/")).split("/")[1]
        await bot.press(asker, "handoff.send", handoff_id=handoff_id, question=WORDS)
        helper = "ana" if asker == "kari" else "cato"
        await bot.press(helper, "handoff.accept", handoff_id=handoff_id)
        await bot.say_on_the_page(helper, reply, linked=linked, waited=timedelta(minutes=waited))
        assert any(reply in each for each in await bot.texts_shown_to(asker))
        if asker == "ola":
            await bot.say_on_the_page("kari", "Takk, Ana.", linked=linked)
    assert await bot.words_kept_of("ana") == {"Hva er Teams?", replies["kari"]}
    await bot.press("kari", "privacy.erase_now")
    await bot.wait(timedelta(minutes=2))
    assert await bot.words_kept_of("ana") == {"Hva er Teams?"}
    assert await bot.words_kept_of("cato") == {replies["ola"]}
    assert await bot.words_kept_of("kari") == set()
    proof = await prove_erasure(bot.store, "kari", also=(replies["kari"],), former=FORMER)
    assert proof.groundless == ()


async def test_a_reply_held_until_its_author_chose_goes_with_the_asker(bot: Bot) -> None:
    ids = {}
    for asker in ("kari", "bo"):
        await bot.press(asker, "handoff.start")
        ids[asker] = (await bot.slot(asker, "handoff/")).split("/")[1]
        await bot.press(asker, "handoff.send", handoff_id=ids[asker], question=WORDS)
        await bot.press("ana", "handoff.accept", handoff_id=ids[asker])
    await bot.press("ana", "handoff.focus", handoff_id=ids["kari"])
    await bot.press("bo", "handoff.focus", handoff_id=ids["bo"])
    await bot.say_on_the_page("bo", "Hallo?")
    await bot.say_on_the_page("ana", "Hei Kari!")
    assert await bot.store.find(Unsent.KIND, "person:ana")
    await bot.press("ana", "handoff.send_unsent", handoff_id=ids["kari"])
    await bot.press("kari", "privacy.erase_now")
    assert await bot.words_kept_of("ana") == set()
    assert await bot.words_kept_of("bo") == {"Hallo?"}


async def test_a_reply_held_by_a_warning_goes_with_the_asker_too(bot: Bot) -> None:
    await bot.press("kari", "handoff.start")
    handoff_id = (await bot.slot("kari", "handoff/")).split("/")[1]
    await bot.press("kari", "handoff.send", handoff_id=handoff_id, question=WORDS)
    await bot.press("ana", "handoff.accept", handoff_id=handoff_id)
    held = "Hei Kari, jeg er selv syk i dag."
    await bot.say_on_the_page("ana", held)
    assert await bot.store.find(Unsent.KIND, "person:ana")
    await bot.press("kari", "privacy.erase_now")
    await bot.wait(timedelta(minutes=2))
    assert await bot.words_kept_of("ana") == set()
    assert not await bot.store.find(Unsent.KIND, "person:ana")


@pytest.mark.parametrize("resolved", [False, True])
@pytest.mark.parametrize("pressed", [False, True])
async def test_the_warning_about_a_held_reply_goes_with_the_asker(bot: Bot, resolved: bool, pressed: bool) -> None:
    await bot.press("kari", "handoff.start")
    handoff_id = (await bot.slot("kari", "handoff/")).split("/")[1]
    await bot.press("kari", "handoff.send", handoff_id=handoff_id, question=WORDS)
    await bot.press("ana", "handoff.accept", handoff_id=handoff_id)
    held = "Jeg er selv syk og har kreft"
    await bot.say_on_the_page("ana", held)
    before = await prove_erasure(bot.store, "kari", also=(held,))
    assert [each for each in before.groundless if each.trace.place.startswith("content")]
    if pressed:
        confirmed = {REVIEWED: fingerprint({"words": held})}
        await bot.press("ana", "handoff.send_unsent", handoff_id=handoff_id, **confirmed)
    if resolved:
        await bot.press("ana", "handoff.resolve", handoff_id=handoff_id, answer="")
    await bot.press("kari", "privacy.erase_now")
    await bot.wait(timedelta(minutes=2))
    assert (await prove_erasure(bot.store, "kari", also=(held,), former=FORMER)).groundless == ()
    shown = [each.message for each in await bot.store.deliveries_of_recipient("ana") if each.message]
    assert not [each for each in shown if handoff_id in str(each) or "Kari" in str(each)]


async def test_a_choice_of_conversation_goes_with_one_of_its_askers(bot: Bot) -> None:
    ids = {}
    for asker in ("kari", "bo"):
        await bot.press(asker, "handoff.start")
        ids[asker] = (await bot.slot(asker, "handoff/")).split("/")[1]
        await bot.press(asker, "handoff.send", handoff_id=ids[asker], question=WORDS)
        await bot.press("ana", "handoff.accept", handoff_id=ids[asker])
    await bot.press("ana", "handoff.focus", handoff_id=ids["kari"])
    await bot.press("bo", "handoff.focus", handoff_id=ids["bo"])
    await bot.say_on_the_page("bo", "Hallo?")
    await bot.say_on_the_page("ana", "Hei Kari!")
    await bot.press("kari", "privacy.erase_now")
    await bot.wait(timedelta(minutes=2))
    shown = [each.message for each in await bot.store.deliveries_of_recipient("ana") if each.message]
    assert [each for each in shown if ids["bo"] in str(each)]
    assert not [each for each in shown if ids["kari"] in str(each) or "Kari" in str(each)]
    assert not await bot.store.find(Unsent.KIND, "person:ana")
    assert await bot.words_kept_of("ana") == set()


@pytest.mark.soak(4)
@pytest.mark.parametrize("days", [[372], [300, 72], [20, 300, 52]])
async def test_late_timers_give_a_closed_question_no_more_time(bot: Bot, days: list[int]) -> None:
    handoff_id = await lived(bot)
    for number in days:
        assert await bot.store.get([key_of(Handoff, handoff_id)])
        await bot.restart(after=timedelta(days=number))
    for _ in range(22):
        await bot.skip(1)
    assert not await bot.store.get([key_of(Handoff, handoff_id)])
    assert (await prove_erasure(bot.store, "nobody", also=(WORDS, ANSWER))).groundless == ()


@pytest.mark.parametrize("accepted", [False, True])
async def test_late_timers_give_an_open_question_no_second_term(bot: Bot, accepted: bool) -> None:
    await bot.press("kari", "handoff.start")
    handoff_id = (await bot.slot("kari", "handoff/")).split("/")[1]
    await bot.press("kari", "handoff.send", handoff_id=handoff_id, question=WORDS)
    if accepted:
        await bot.press("ana", "handoff.accept", handoff_id=handoff_id)
    await bot.restart(after=timedelta(days=372))
    assert not await bot.store.get([key_of(Handoff, handoff_id)])


async def test_retention_removes_what_is_left_when_its_time_has_come(bot: Bot) -> None:
    handoff_id = await lived(bot)
    await bot.skip(20)  # the asker can no longer reopen it
    await bot.skip(300)
    assert await bot.store.get([key_of(Handoff, handoff_id)])
    await bot.skip(120)
    assert not await bot.store.get([key_of(Handoff, handoff_id)])
    proof = await prove_erasure(bot.store, "nobody", also=(WORDS, ANSWER))
    assert proof.groundless == ()
