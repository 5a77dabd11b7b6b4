"""``heia demo year``: the same year each time, visibly invented, and never beside real people."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from bot.app.demo.traffic import PREFIX, themes
from bot.app.demo.year import NotEmpty, WrittenYear, write_year
from bot.content.catalogue import load_catalogue
from bot.content.index_builder import published_content
from bot.ports import Commit
from bot.records.codec import decode, write_of
from bot.stores.memory.store import MemoryStore
from bot.stores.tiny.store import TinyStore
from dialogs.announce.model import Announcement
from dialogs.core.decision import Put
from dialogs.core.person import Person, Role
from dialogs.core.question import Question
from dialogs.core.record import Record
from dialogs.core.texts import OSLO
from dialogs.handoff.model import Handoff
from dialogs.handoff.oversight import may_assign
from dialogs.insight.model import ClosedPeriod, last_closed_week
from knowledge.article.article import Language
from knowledge.matching.policy import Policy
from tests.channels import CHANNELS
from tests.learned import sample_content
from tests.unit.cli.conftest import Heia
from tests.unit.cli.registry_scene import NOON


@pytest.fixture(autouse=True)
def data(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HEIA_DATA_DIR", str(folder / "data"))
    return folder / "data"


@pytest.mark.full
async def test_a_year_is_written_once_and_its_weeks_are_closed() -> None:
    store, loaded = MemoryStore(), sample_content()
    content = published_content(loaded, texts=load_catalogue(), policy=Policy())
    content = replace(content, channels=CHANNELS)

    async def write() -> WrittenYear:
        return await write_year(store, content, topics=loaded.topics(), people=200, seed=1, now=NOON)

    written = await write()
    with pytest.raises(NotEmpty, match="an invented year already"):
        await write()
    people = [decode(Person, each) for each in await store.find(Person.KIND, "registered")]
    invented = [each for each in people if each.id.startswith(PREFIX)]
    assert len(invented) == written.people == 200
    assert all("Oppdiktet" in each.name for each in invented)
    questions = [
        decode(Question, each) for person in invented for each in await store.find(Question.KIND, f"person:{person.id}")
    ]
    assert len(questions) > 400
    words = {said for theme in themes() for wording in theme.wordings.values() for said in wording}
    assert [each.utterance for each in questions if each.article_id is None and each.utterance not in words] == []
    assert await store.count(Handoff.KIND, "municipality:ullensaker") > 0
    assert await store.count(Handoff.KIND, "status:accepted@ullensaker") == 3
    taken = [decode(Handoff, each) for each in await store.find(Handoff.KIND, "status:accepted@ullensaker")]
    promised = [each.assignment.expected_at.astimezone(OSLO) for each in taken if each.assignment.expected_at]
    assert len(promised) == 3
    assert all(each.weekday() < 5 and 8 <= each.hour <= 16 for each in promised), "in office hours"
    contact = next(each for each in people if each.municipality_id == "ullensaker" and each.has(Role.CONTACT))
    waiting = [decode(Handoff, each) for each in await store.find(Handoff.KIND, "status:escalated@ullensaker")]
    assert [(each.is_overdue(NOON), may_assign(each, contact.id), each.is_with(contact.id)) for each in waiting] == [
        (True, True, True)
    ] * 2
    sent = [decode(Announcement, each) for each in await store.find(Announcement.KIND, "municipality:ullensaker")]
    assert sent[0].counted is not None
    assert await store.tally(sent[0].id) == {"sent": sent[0].counted.people}
    assert await store.count(ClosedPeriod.KIND, f"period:{last_closed_week(NOON)}") == 7


def test_a_registry_of_real_people_is_left_alone(heia: Heia, data: Path) -> None:
    async def put(*records: Record) -> None:
        store = TinyStore(directory=data)
        await store.open()
        await store.commit(Commit(at=NOON, records=tuple(write_of(Put(record=each), {}) for each in records)))
        await store.close()

    real = Person(id="7", name="Ansatt", email="ansatt@kommune.no", registered=True, created_at=NOON)
    asyncio.run(put(real, replace(real, id="8", email=None)))
    refused = heia("demo", "year", "--people", "200")
    assert (refused.code, "real people" in refused.err) == (1, True)


def test_every_theme_has_wordings_in_bokmal() -> None:
    assert all(theme.wordings[Language.NB] for theme in themes())
