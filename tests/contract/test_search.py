"""Every store finds the rows that contain a word, in whatever table and column they are."""

from bot.ports import Commit, MulticastWrite, Store, TimerWrite
from dialogs.core.message import Message
from tests.contract.test_store import HELLO, NOON, person, post


async def found(store: Store, *words: str, tables: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    return [(row.table, row.id) for row in await store.rows_with(words, tables=tables)]


async def fill(store: Store) -> None:
    button = Message(text="Hei", card={"data": {"person": "p7"}})
    await store.commit(
        Commit(
            at=NOON,
            event_id="web:p7:1",
            records=(person("q1", asked_by="p7"), person("p7"), person("p70", by="p7-x"), person("o", note="Ærlig p7")),
            posts=(post("p7"), post("bo", "apply/p7/1"), post("bo", "other", button)),
            timers=(TimerWrite(key="back/p7", at=NOON, verb="v", data={}), TimerWrite(key="t", at=NOON, verb="v")),
        )
    )
    await store.commit(
        Commit(
            at=NOON,
            event_id="web:p70:1",
            timers=(TimerWrite(key="d", at=NOON, verb="v", data={"who": "p7"}),),
            multicasts=(MulticastWrite(recipients=("p70", "p-7"), slot="news", message=HELLO, due_at=NOON),),
        )
    )


async def test_a_word_is_found_in_every_table_and_no_longer_word_is(store: Store) -> None:
    await fill(store)
    rows = await store.rows_with(["p7"])
    assert [(row.table, row.id.rpartition("/")[2]) for row in rows if row.table == "record"] == [
        ("record", "o"),
        ("record", "p7"),
        ("record", "q1"),
    ]
    assert [(row.document["recipient"], row.document["slot"]) for row in rows if row.table == "delivery"] == [
        ("p7", "welcome"),
        ("bo", "apply/p7/1"),
    ]
    assert [row.document["card"] for row in rows if row.table == "content"] == [{"data": {"person": "p7"}}]
    others = [(row.table, row.id) for row in rows if row.table in {"timer", "event"}]
    assert others == [("timer", "back/p7"), ("timer", "d"), ("event", "web:p7:1")]


async def test_only_the_wanted_tables_are_searched(store: Store) -> None:
    await fill(store)
    assert await found(store, "p7", tables=("timer",)) == [("timer", "back/p7"), ("timer", "d")]


async def test_words_outside_ascii_and_with_quotes_are_found(store: Store) -> None:
    await store.commit(Commit(at=NOON, records=(person("a", name="Åse"), person("b", text='sa "nei" \\ nå'))))
    assert [id_.rpartition("/")[2] for _, id_ in await found(store, "Åse")] == ["a"]
    assert [id_.rpartition("/")[2] for _, id_ in await found(store, 'sa "nei" \\ nå')] == ["b"]
    assert await found(store, "Ase") == []
