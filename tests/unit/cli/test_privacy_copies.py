"""``heia privacy copies``: what an earlier version stored gets its origin once, and an editor decides on the rest."""

import asyncio
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

from bot.app.clock import SystemClock
from bot.app.maintenance import ORIGINS_VERB, Maintenance
from bot.ports import Commit, Key, Store
from bot.records.codec import decode, write_of
from bot.records.origins import find_origins
from bot.stores.tiny.store import TinyStore
from dialogs.core.decision import Put
from dialogs.core.question import Question
from dialogs.core.record import Record
from dialogs.core.word_runs import TakenWords
from dialogs.editing.model import ArticleRevision, ArticleText, RevisionState
from dialogs.rehearsal.model import TestQuestion
from knowledge.article.article import Language
from knowledge.matching.policy import OutcomeKind
from tests.timers import due_timers
from tests.unit.cli.conftest import Heia
from tests.unit.cli.registry_scene import NOON

ASKED = "Hvorfor er skjermen på rom ni helt grønn?"
SHIPPED = "hvordan bytter jeg passord"
UNKNOWN = "Hvem har tatt den røde kabelen i kopirommet?"


def revision(**changes: object) -> ArticleRevision:
    text = ArticleText(language=Language.NB, title="Skjerm", phrasings=(ASKED.upper(), SHIPPED, UNKNOWN))
    return ArticleRevision(
        id="revision-1", article_id="skjerm", number=1, state=RevisionState.DRAFT, texts=(text,), changed=NOON.date(),
        review_by=NOON.date(), by="ed", made_at=NOON, in_use=True, **changes,
    )  # fmt: skip


def question() -> Question:
    return Question(
        id="q1",
        person_id="kari",
        municipality_id="nes",
        utterance=ASKED,
        language=Language.NB,
        outcome=OutcomeKind.HAND_OVER,
        asked_at=NOON,
    )


def kept_test() -> TestQuestion:
    return TestQuestion(id="test-1", municipality_id="nes", utterance=ASKED, language=Language.NB, by="ed", at=NOON)


async def put(store: Store, records: Iterable[Record]) -> None:
    await store.commit(Commit(at=NOON, records=tuple(write_of(Put(record=record), {}) for record in records)))


async def read(store: Store) -> ArticleRevision:
    key = Key(kind=ArticleRevision.KIND, id="revision-1")
    return decode(ArticleRevision, (await store.get([key]))[key])


async def migrated(folder: Path) -> None:
    store = TinyStore(directory=folder / "data")
    await store.open()
    await put(store, (question(), kept_test(), revision()))
    assert await find_origins(store, shipped=(SHIPPED,), at=NOON + timedelta(days=1)) == 2
    assert (await read(store)).taken == (
        TakenWords(of="kari", words=ASKED.upper()),
        TakenWords(of="", words=UNKNOWN),
    )
    assert [each.key.id for each in await store.find(TestQuestion.KIND, "words:kari")] == ["test-1"]
    await store.close()


async def stored(folder: Path) -> ArticleRevision:
    store = TinyStore(directory=folder / "data")
    await store.open()
    found = await read(store)
    await store.close()
    return found


def test_words_of_unknown_origin_are_listed_and_deleted(heia: Heia, folder: Path) -> None:
    asyncio.run(migrated(folder))
    listed = heia("privacy", "copies")
    assert (listed.code, listed.out) == (0, f"revision-1  skjerm  draft  {UNKNOWN}\n")
    assert heia("privacy", "copies", "--delete", "revision-1").out == ""
    assert asyncio.run(stored(folder)).texts[0].phrasings == (ASKED.upper(), SHIPPED)
    assert "privacy.copy_deleted,revision-1" in heia("audit", "--csv").out


def test_words_that_an_editor_keeps_are_listed_no_more(heia: Heia, folder: Path) -> None:
    asyncio.run(migrated(folder))
    assert heia("privacy", "copies", "--keep", "revision-1").out == ""
    kept = asyncio.run(stored(folder))
    assert kept.texts[0].phrasings == (ASKED.upper(), SHIPPED, UNKNOWN)
    assert [each.of for each in kept.taken] == ["kari"]
    again = heia("privacy", "copies", "--keep", "revision-1")
    assert (again.code, "no such words" in again.err) == (1, True)


async def test_the_origins_are_found_once(folder: Path) -> None:
    store = TinyStore(directory=folder / "data")
    await store.open()
    await put(store, (question(), revision()))
    maintenance = Maintenance(store=store, clock=SystemClock())
    await maintenance.schedule_origins()
    [timer] = await due_timers(store, now=SystemClock().now(), limit=99)
    await maintenance.jobs[ORIGINS_VERB](timer)
    assert {each.of for each in (await read(store)).taken} == {"kari", ""}
    await store.commit(Commit(at=NOON, timer_rang=timer))
    await maintenance.schedule_origins()
    assert not [
        each for each in await due_timers(store, now=SystemClock().now(), limit=99) if each.verb == ORIGINS_VERB
    ]
    await store.close()
