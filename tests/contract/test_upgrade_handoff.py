"""Handoffs of schema 1, with all fields side by side, are read by this version."""

import dataclasses
import json
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from bot.ports import Commit, Key, RecordWrite, Store
from bot.records.codec import decode, write_of
from bot.stores.postgres.connection import migrate, migrations
from bot.stores.postgres.store import PostgresStore
from bot.stores.tiny.store import TinyStore
from dialogs.core.decision import Put
from dialogs.handoff.assignment import Assignment
from dialogs.handoff.chat import HandoffChat
from dialogs.handoff.model import Handoff
from dialogs.handoff.outcome import HandoffOutcome
from dialogs.handoff.transitions import HistoryEntry, Status, Transition
from knowledge.article.article import Language
from tests.contract import postgres_server
from tests.contract.conftest import Servers
from tests.contract.test_store import NOON

STORED = Path(__file__).parents[1] / "data" / "handoffs_schema_1.jsonl"
"""As the version before wrote them: one with every field set, one just offered, one of a time before some fields."""


def on(day: int, hour: int = 12, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


FULL = Handoff(
    id="full",
    asker_id="kari",
    municipality_id="nes",
    unit_id="nes-skole",
    language=Language.NN,
    question='Kven "eig" \\u0041 \0\ud800 {"owner_id": "x", "said": 1} å, næmeir?',
    question_id="q1",
    article_id="mfa",
    topics=frozenset({"mfa", "citrix"}),
    question_images=("i1",),
    status=Status.ACCEPTED,
    assignment=Assignment(
        stands_in_for="cato",
        owner_id="ana",
        contacts=("kim", "kine"),
        declined=frozenset({"bo"}),
        tried=frozenset({"dag"}),
        topic="citrix",
        expected_at=on(25),
        acceptances=2,
        rounds=3,
    ),
    chat=HandoffChat(
        messages=7,
        last_by="ana",
        last_at=on(24, 13),
        owner_spoke=True,
        focused_at={"ana": on(24, 12, 30), "owner_id": on(24, 13)},
        receipts=frozenset({"ana"}),
        reminders=1,
        advisers=("eli", "finn"),
        tips=4,
        images=("i1", "i2"),
    ),
    outcome=HandoffOutcome(answer='Slik: "her".', sent_article_id="deling", resolutions=1, helped=True, rating=4),
    next_at=on(26),
    history=(
        HistoryEntry(at=on(24), what=Transition.ASKED, by="kari"),
        HistoryEntry(at=on(24, 13), what=Transition.ACCEPTED, by="ana"),
    ),
    created_at=on(24),
    changed_at=on(24, 13),
)
OFFERED = (
    Handoff(
        id="offered",
        asker_id="ola",
        municipality_id="nes",
        unit_id="nes-skole",
        language=Language.NB,
        question="Når?",
        created_at=on(24),
        changed_at=on(24),
    )
    .promise(on(25))
    .offer("bo", on(24, 13), until=on(24, 15))
)
BRIEF = dataclasses.replace(OFFERED, id="brief")


def old_records() -> tuple[RecordWrite, ...]:
    """Return the stored handoffs with the terms and the schema of the version before."""
    terms = {
        each.id: frozenset(term for term in each.terms() if not term.startswith("helper:"))
        for each in (FULL, OFFERED, BRIEF)
    }
    bodies = [json.loads(line) for line in STORED.read_text("utf-8").splitlines()]
    return tuple(
        RecordWrite(key=Key(kind="handoff", id=body["id"]), body=body, schema=1, terms=terms[body["id"]], expected=0)
        for body in bodies
    )


async def check(store: Store) -> None:
    found = {each.key.id: decode(Handoff, each) for each in await store.find(Handoff.KIND, "municipality:nes")}
    assert found == {"full": FULL, "offered": OFFERED, "brief": BRIEF}
    for each in found.values():
        for term in each.terms():
            assert each.id in {stored.key.id for stored in await store.find(Handoff.KIND, term)}
    # and it is written again as any other
    key = Key(kind=Handoff.KIND, id="full")
    version = (await store.get([key]))[key].version
    await store.commit(Commit(at=NOON, records=(write_of(Put(record=FULL), {key: version}),)))
    assert decode(Handoff, (await store.get([key]))[key]) == FULL


@pytest.mark.parametrize("level", [0, 1, 2])
async def test_the_handoffs_of_a_data_folder_are_divided_once(
    level: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as earlier:
        earlier.setattr("bot.stores.tiny.store.upgrade", lambda state: state.raise_level(level) if level else None)
        store = TinyStore(directory=tmp_path)
        await store.open()
        await store.commit(Commit(at=NOON, records=old_records()))
        await store.close()
    for _ in range(2):
        store = TinyStore(directory=tmp_path)
        await store.open()
        await check(store)
        await store.close()


@pytest.mark.parametrize("kind", postgres_server.KINDS)
async def test_the_handoffs_of_a_database_are_divided_by_its_migration(
    kind: str, servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    [number] = [each.number for each in migrations() if "handoff" in each.name]
    before = [each for each in migrations() if each.number < number]
    with servers(kind).empty_database() as url:
        with monkeypatch.context() as earlier:
            earlier.setattr("bot.stores.postgres.connection.migrations", lambda: before)
            await migrate(url)
            store = PostgresStore(url=url)
            await store.open()
            await store.commit(Commit(at=NOON, records=old_records()))
            await store.close()
        await migrate(url)
        store = PostgresStore(url=url)
        await store.open()
        await check(store)
        await store.close()
        with psycopg.connect(url) as connection:
            [text] = connection.execute("SELECT body::text FROM record WHERE id = 'brief'").fetchone() or [""]
        assert text.isascii(), "a body holds escapes only, as every other"
