"""Web sessions, links and marks of former members, on every store."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, cast

import pytest

from bot.app.clock import SystemRandomSource
from bot.ports import Commit, Conflict, Delivery, Key, Store, Stored, StoreRefused, StoreUnavailable
from bot.records.codec import decode, write_of
from bot.signin.former import FormerMarks
from bot.signin.links import Links, NobodyToSignIn
from bot.signin.sessions import SEEN_EVERY, Proof, Sessions, id_of_token, proved_at, remove_expired, remove_unfinished
from dialogs.core.audit import AuditEntry
from dialogs.core.decision import Put, Remove
from dialogs.core.person import Person, Role
from dialogs.provisioning.model import ScimUser
from dialogs.signin.model import (
    FormerIdentity,
    SignInAccount,
    SignInLink,
    SignInMethod,
    SignInTransaction,
    WebSession,
)
from tests.contract.test_store import NOON, SECOND
from tests.sessions import end_all_sessions, sessions_of_person

HOURS = timedelta(hours=12)
ANA = Person(id="ana", name="Ana", registered=True, created_at=NOON)


def sessions_of(store: Store, *methods: SignInMethod, valid_for: timedelta = HOURS) -> Sessions:
    return Sessions(
        store=store, rng=SystemRandomSource(), valid_for=valid_for, methods=frozenset(methods or SignInMethod)
    )


def links_of(store: Store) -> Links:
    return Links(
        store=store, rng=SystemRandomSource(), sessions=sessions_of(store), valid_for=timedelta(hours=24), origin=""
    )


async def put(store: Store, *people: Person) -> None:
    writes = tuple(replace(write_of(Put(record=person), {}), expected=None) for person in people)
    await store.commit(Commit(at=NOON, records=writes))


class Counting:
    """A store that counts reads and commits."""

    def __init__(self, store: Store) -> None:
        self.decided_again = store.decided_again
        self._store = store
        self.reads = 0
        self.commits = 0

    async def get(self, keys: Sequence[Key]) -> Mapping[Key, Stored]:
        self.reads += 1
        return await self._store.get(keys)

    async def commit(self, commit: Commit) -> Sequence[Delivery]:
        self.commits += 1
        return await self._store.commit(commit)

    async def find(self, kind: str, term: str) -> Sequence[Stored]:
        assert kind == ScimUser.KIND, "whether a removal waits"
        return await self._store.find(kind, term)

    def __getattr__(self, name: str) -> Any:
        if name == "decided_again":
            return self._store.decided_again
        raise AssertionError(f"a look at a session needs no {name}")


async def test_a_token_opens_the_session_it_was_made_with_and_is_stored_nowhere(store: Store) -> None:
    await put(store, ANA)
    sessions = sessions_of(store)
    started = await sessions.start("ana", SignInMethod.LINK, at=NOON)
    assert started is not None
    found = await sessions.valid_session(started.token, now=NOON)
    assert found == started.session
    assert found.expires_at == NOON + HOURS
    stored = await store.find(WebSession.KIND, "person:ana")
    assert started.token not in repr(stored)
    assert len(started.token.removeprefix("session-")) * 4 >= 128
    assert await sessions.valid_session(found.id, now=NOON) is None, "what the store has opens nothing"


async def test_an_unknown_token_costs_one_read_and_no_write_and_garbage_nothing(store: Store) -> None:
    counting = Counting(store)
    sessions = sessions_of(cast(Store, counting))
    assert await sessions.valid_session("session-" + "0" * 32, now=NOON) is None
    assert (counting.reads, counting.commits) == (1, 0)
    for garbage in ("", "x" * 10_000):
        assert await sessions.valid_session(garbage, now=NOON) is None
    assert (counting.reads, counting.commits) == (1, 0)
    assert await sessions.valid_session("\udcff", now=NOON) is None


async def test_use_is_noted_at_most_once_an_hour(store: Store) -> None:
    await put(store, ANA)
    started = await sessions_of(store).start("ana", SignInMethod.LINK, at=NOON)
    assert started is not None
    counting = Counting(store)
    sessions = sessions_of(cast(Store, counting))
    for minutes in (1, 30, 59):
        await sessions.valid_session(started.token, now=NOON + timedelta(minutes=minutes))
    assert counting.commits == 0
    later = NOON + SEEN_EVERY
    seen = [await sessions.valid_session(started.token, now=later) for _ in range(3)]
    assert [each.seen_at if each else None for each in seen] == [later] * 3
    assert counting.commits == 1


async def test_a_session_ends_in_time_however_much_it_is_used(store: Store) -> None:
    await put(store, ANA)
    sessions = sessions_of(store)
    started = await sessions.start("ana", SignInMethod.LINK, at=NOON)
    assert started is not None
    for hours in range(12):
        assert await sessions.valid_session(started.token, now=NOON + timedelta(hours=hours))
    assert await sessions.valid_session(started.token, now=NOON + HOURS) is None
    shorter = sessions_of(store, valid_for=timedelta(hours=1))
    assert await shorter.valid_session(started.token, now=NOON + timedelta(hours=2)) is None


async def test_a_session_of_a_way_that_was_closed_is_void(store: Store) -> None:
    await put(store, ANA)
    started = await sessions_of(store).start("ana", SignInMethod.CHOSEN, at=NOON)
    assert started is not None
    assert (
        await sessions_of(store, SignInMethod.LINK, SignInMethod.GUEST).valid_session(started.token, now=NOON) is None
    )


async def test_sessions_are_listed_and_ended_one_by_one_and_all(store: Store) -> None:
    await put(store, ANA, replace(ANA, id="bo"))
    sessions, links = sessions_of(store), links_of(store)
    tokens = []
    for who, seconds in (("ana", 0), ("ana", 1), ("ana", 2), ("bo", 3)):
        started = await sessions.start(who, SignInMethod.LINK, at=NOON + seconds * SECOND)
        assert started is not None
        tokens.append(started.token)
    link = (await links.make("ana", at=NOON)).partition("token=")[2]
    newest, *others = await sessions_of_person(sessions, "ana", now=NOON)
    assert [newest.id, *(each.id for each in others)] == [id_of_token(token) for token in reversed(tokens[:3])]
    await sessions.end(newest, at=NOON)
    await sessions.end(newest, at=NOON)
    assert [bool(await sessions.valid_session(token, now=NOON)) for token in tokens] == [True, True, False, True]
    assert await end_all_sessions(sessions, "ana", at=NOON) == 3
    assert [bool(await sessions.valid_session(token, now=NOON)) for token in tokens] == [False, False, False, True]
    assert await links.use(link, at=NOON) is None


@pytest.mark.full
async def test_the_process_that_ends_a_session_hears_of_it(store: Store) -> None:
    await put(store, ANA)
    heard: asyncio.Queue[str] = asyncio.Queue()
    await store.wait_for_post(2)  # by then a store of several processes listens
    store.on_news(heard.put_nowait)
    sessions = sessions_of(store)
    started = await sessions.start("ana", SignInMethod.LINK, at=NOON)
    assert started is not None
    await sessions.end(started.session, at=NOON)
    async with asyncio.timeout(10):
        while await heard.get() != "ana":
            pass


async def test_a_link_signs_in_once_and_says_so_in_the_audit_log(store: Store) -> None:
    await put(store, ANA)
    links = links_of(store)
    token = (await links.make("ana", at=NOON, by="operator")).partition("token=")[2]
    assert token not in repr(await store.find(SignInLink.KIND, "person:ana"))
    looked_at = await links.valid_link(token, now=NOON)
    assert looked_at is not None
    assert looked_at.person_id == "ana"
    used = await asyncio.gather(*(links.use(token, at=NOON) for _ in range(5)))
    assert [each.session.person_id for each in used if each is not None] == ["ana"]
    assert await links.valid_link(token, now=NOON) is None
    entries = [decode(AuditEntry, each) for each in await store.find(AuditEntry.KIND, "subject:ana")]
    assert sorted(each.act for each in entries) == ["web.entered", "web.linked"]
    [entered] = [each for each in entries if each.act == "web.entered"]
    assert entered.details == (("link", id_of_token(token)[:16]),), "the log names the link, not its token"
    assert len(await sessions_of_person(sessions_of(store), "ana", now=NOON)) == 1


async def test_a_link_ends_in_time(store: Store) -> None:
    await put(store, ANA)
    links = links_of(store)
    token = (await links.make("ana", at=NOON)).partition("token=")[2]
    assert await links.use(token, at=NOON + timedelta(hours=24)) is None
    assert await links.use(token, at=NOON + timedelta(hours=24) - SECOND)


@pytest.mark.parametrize("person", [None, replace(ANA, registered=False, left=True)])
async def test_nobody_signs_in_who_is_not_there_or_has_left(store: Store, person: Person | None) -> None:
    await put(store, ANA)
    links, sessions = links_of(store), sessions_of(store)
    token = (await links.make("ana", at=NOON)).partition("token=")[2]
    if person is None:
        await store.commit(Commit(at=NOON, records=(replace(write_of(Put(record=ANA), {}), body=None, expected=None),)))
    else:
        await put(store, person)
    assert await links.use(token, at=NOON) is None
    assert await sessions.start("ana", SignInMethod.CHOSEN, at=NOON) is None
    with pytest.raises(NobodyToSignIn):
        await links.make("ana", at=NOON)
    assert await store.find(WebSession.KIND, "person:ana") == []


async def test_of_a_sign_in_and_a_removal_at_once_the_later_sees_the_other(store: Store) -> None:
    """Otherwise a session could begin that the removal has not seen, and outlive it."""
    await put(store, ANA)
    key = Key(kind=Person.KIND, id="ana")
    version = (await store.get([key]))[key].version

    class Slow(Counting):
        async def commit(self, commit: Commit) -> Sequence[Delivery]:
            if not self.commits:
                leaver = write_of(Put(record=replace(ANA, registered=False, left=True)), {key: version})
                await store.commit(Commit(at=NOON, records=(leaver,)))
            return await super().commit(commit)

    assert await sessions_of(cast(Store, Slow(store))).start("ana", SignInMethod.LINK, at=NOON) is None
    assert await store.find(WebSession.KIND, "person:ana") == []


async def test_a_person_who_is_written_all_the_time_is_asked_to_try_again(store: Store) -> None:
    await put(store, ANA)

    class Busy(Counting):
        async def commit(self, commit: Commit) -> Sequence[Delivery]:
            await put(store, ANA)
            return await super().commit(commit)

    busy = Busy(store)
    with pytest.raises(StoreUnavailable):
        await sessions_of(cast(Store, busy)).start("ana", SignInMethod.LINK, at=NOON)
    assert busy.commits > 1
    assert await store.find(WebSession.KIND, "person:ana") == []


async def test_a_guest_signs_in_without_being_a_person_yet(store: Store) -> None:
    started = await sessions_of(store).start("guest-1", SignInMethod.GUEST, at=NOON)
    assert started is not None
    assert await store.count(Person.KIND, "all") == 0


async def test_what_ran_out_is_removed_the_day_after_also_when_the_bot_stood_still(store: Store) -> None:
    await put(store, ANA)
    sessions, links = sessions_of(store), links_of(store)
    await sessions.start("ana", SignInMethod.LINK, at=NOON)
    await links.make("ana", at=NOON)
    assert await remove_expired(store, now=NOON + timedelta(hours=13)) == 0, "still the same day"
    late = NOON + timedelta(days=100)
    await sessions.start("ana", SignInMethod.LINK, at=late)
    assert await remove_expired(store, now=late) == 2
    assert len(await store.find(WebSession.KIND, "person:ana")) == 1
    assert await store.find(SignInLink.KIND, "person:ana") == []


@pytest.mark.parametrize(("by", "proved"), [("operator", NOON + SECOND), (None, None)])
async def test_a_link_that_the_person_asked_for_is_no_recent_sign_in(
    store: Store, by: str | None, proved: datetime | None
) -> None:
    """Teams gives one with each report and large image: an unlocked machine would be enough for step-up."""
    await put(store, ANA)
    token = (await links_of(store).make("ana", at=NOON, by=by)).partition("token=")[2]
    assert by is not None or await links_of(store).use(token.removeprefix("own-"), at=NOON) is None
    started = await links_of(store).use(token, at=NOON + SECOND)
    assert started is not None
    assert proved_at(started.session) == proved


async def test_begun_sign_ins_go_as_soon_as_they_are_over(store: Store) -> None:
    for number, minutes in enumerate((0, 1, 30, 60 * 14)):
        begun = NOON + timedelta(minutes=minutes)
        transaction = SignInTransaction(
            id=f"t{number}", browser="b", provider="nes", next_path="/chat", created_at=begun,
            expires_at=begun + timedelta(minutes=15),
        )  # fmt: skip
        await store.commit(Commit(at=NOON, records=(write_of(Put(record=transaction), {}),)))
    assert await remove_unfinished(store, now=NOON + timedelta(minutes=15)) == 1
    assert await remove_unfinished(store, now=NOON + timedelta(minutes=40)) == 1
    assert await remove_unfinished(store, now=NOON + timedelta(days=1)) == 2, "those of yesterday, too"


async def test_marks_are_kept_found_and_lifted(store: Store) -> None:
    marks = FormerMarks(b"l" * 32)
    ana = replace(ANA, tenant_id="T", object_id="O")
    assert not await marks.is_marked(store, ("t", "o"))
    for _ in range(2):
        await store.commit(Commit(at=NOON, records=tuple(marks.puts(marks.marks_of(ana), at=NOON))))
    assert await marks.is_marked(store, ("T", "o")), "an identity is the same however its letters are written"
    assert not await FormerMarks(b"x" * 32).is_marked(store, ("t", "o"))
    assert await store.count(FormerIdentity.KIND, "all") == 2
    kept = repr(await store.find(FormerIdentity.KIND, "all"))
    assert not any(word in kept for word in ("ana", "'T'", "'O'", f"{NOON:%Y-%m-%d}"))
    for _ in range(2):
        await store.commit(Commit(at=NOON, records=tuple(marks.lifts(ana))))
    assert await store.count(FormerIdentity.KIND, "all") == 0


async def test_another_key_than_the_stores_is_refused(store: Store) -> None:
    marks = FormerMarks(b"l" * 32)
    await asyncio.gather(*(marks.check(store, at=NOON) for _ in range(3)))
    await marks.check(store, at=NOON)
    with pytest.raises(StoreRefused, match="HEIA_LEAVER_KEY"):
        await FormerMarks(b"x" * 32).check(store, at=NOON)


def test_a_short_key_for_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        FormerMarks(b"l" * 31)


async def test_a_begun_sign_in_is_used_up_once_however_many_try(store: Store) -> None:
    transaction = SignInTransaction(
        id="state", browser="browser", provider="nes", next_path="/chat", created_at=NOON, expires_at=NOON + SECOND
    )
    await store.commit(Commit(at=NOON, records=(write_of(Put(record=transaction), {}),)))
    key = Key(kind=SignInTransaction.KIND, id="state")
    stored = (await store.get([key]))[key]
    assert decode(SignInTransaction, stored) == transaction
    removal = write_of(Remove(kind=SignInTransaction, id="state"), {key: stored.version})
    tried = [store.commit(Commit(at=NOON, records=(removal,))) for _ in range(4)]
    outcomes = await asyncio.gather(*tried, return_exceptions=True)
    assert sum(isinstance(each, Conflict) for each in outcomes) == 3
    assert await store.get([key]) == {}


async def test_what_providers_add_to_a_session_is_kept_and_found(store: Store) -> None:
    await put(store, ANA)
    sessions = sessions_of(store)
    proof = Proof(provider="nes", session="hash", authenticated_at=NOON)
    started = await sessions.start("ana", SignInMethod.PROVIDER, at=NOON, proof=proof)
    assert started is not None
    assert [each.id for each in await sessions.of_provider_session("hash")] == [started.session.id]
    assert await sessions.valid_session(started.token, now=NOON) == started.session
    account = SignInAccount(id="mark", person_id="ana", provider="nes", roles=frozenset({Role.EDITOR}), created_at=NOON)
    await store.commit(Commit(at=NOON, records=(write_of(Put(record=account), {}),)))
    assert [decode(SignInAccount, each) for each in await store.find(SignInAccount.KIND, "person:ana")] == [account]


async def test_a_session_of_an_earlier_version_is_still_read(store: Store) -> None:
    await put(store, ANA)
    sessions = sessions_of(store)
    started = await sessions.start("ana", SignInMethod.LINK, at=NOON)
    assert started is not None
    write = write_of(Put(record=started.session), {})
    earlier = {name: value for name, value in (write.body or {}).items() if not name.startswith(("provider", "auth"))}
    await store.commit(Commit(at=NOON, records=(replace(write, body=earlier, expected=None),)))
    assert await sessions.valid_session(started.token, now=NOON) == started.session
