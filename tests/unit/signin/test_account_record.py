"""The stored link to an account: it goes with its person, and keeps a leaver out."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.erasure.proof import KeptGround, prove_erasure
from bot.ports import Commit
from bot.records.codec import write_of
from bot.signin.former import FormerMarks
from bot.stores.memory.store import MemoryStore
from dialogs.core.decision import Decision, MarkFormer, Put, Remove
from dialogs.core.event import ChannelName
from dialogs.core.person import SIGNED_IN_PREFIX, Person
from dialogs.privacy import retention
from dialogs.privacy.erasing import erase
from dialogs.privacy.flow import TIMERS
from dialogs.profile.place import Choice, choice_of
from dialogs.signin.model import SignInAccount
from tests.unit.driver import TUESDAY, Stage
from tests.unit.handoff.scene import organisation
from tests.unit.signin.conftest import ORGANISATION

OLD = TUESDAY - timedelta(days=400)
KARI = Person(id="kari", name="Kari", registered=True, municipality_id="nes", created_at=OLD)
ACCOUNT = SignInAccount(id="mark-of-account", person_id="kari", provider="nes", created_at=TUESDAY)


def marked(decision: Decision) -> list[tuple[str, ...]]:
    return [effect.accounts for effect in decision.effects if isinstance(effect, MarkFormer)]


@pytest.mark.parametrize(("registered", "left"), [(True, False), (False, False), (False, True)])
def test_a_deletion_removes_it_unless_the_registry_has_the_person(registered: bool, left: bool) -> None:
    stage = Stage(organisation(), verbs={}, timers=TIMERS)
    person = replace(KARI, registered=registered, left=left)
    stage.put(person, ACCOUNT)
    erased = stage.answer_to("kari", lambda work: erase(work.event, work.content, person)).decision
    removed = [write for write in erased.writes if isinstance(write, Remove) and write.kind is SignInAccount]
    assert bool(removed) is not registered
    assert marked(erased) == ([(ACCOUNT.id,)] if left else []), "only a leaver is remembered, by the hash alone"


def test_retention_removes_it_with_the_person_and_remembers_a_leaver() -> None:
    stage = Stage(organisation(), verbs={}, timers=TIMERS)
    stage.put(replace(KARI, registered=False, left=True), ACCOUNT)
    stage.schedule(replace(retention.first(stage.now - timedelta(days=1)), at=stage.now))
    outcome = stage.ring(retention.VERB)
    assert marked(outcome.decision) == [(ACCOUNT.id,)]
    stage.ring_until(stage.now + timedelta(hours=2))
    assert stage.all(SignInAccount) == []
    assert stage.all(Person) == []


async def test_a_proof_gives_its_ground_for_a_person_of_the_registry_alone() -> None:
    store = MemoryStore()
    for registered in (True, False):
        records = (replace(KARI, registered=registered), ACCOUNT)
        writes = tuple(replace(write_of(Put(record=each), {}), expected=None) for each in records)
        await store.commit(Commit(at=TUESDAY, records=writes))
        proof = await prove_erasure(store, "kari", former=FormerMarks(b"k" * 32))
        [ground] = [each.ground for each in proof.remainders if each.trace.row.startswith(SignInAccount.KIND)]
        assert ground is (KeptGround.REGISTRY if registered else None)


def test_a_person_a_provider_vouches_for_chooses_the_unit_and_gets_announcements() -> None:
    person = Person(id=f"{SIGNED_IN_PREFIX}1", name="Kari", municipality_id="nes", created_at=TUESDAY)
    assert choice_of(person, ORGANISATION) is Choice.UNIT
    assert person.vouched_for
    assert not replace(person, left=True).vouched_for
    assert choice_of(replace(person, left=True), ORGANISATION) is Choice.NOTHING
    assert ChannelName("web") not in person.addresses
