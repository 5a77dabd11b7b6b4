"""However many people a portion has, it is read in a fixed number of queries."""

from collections.abc import Callable

import pytest

from dialogs.announce.deliver.fanout import AGAIN
from dialogs.announce.deliver.page import PORTION
from dialogs.announce.following import Following
from dialogs.announce.model import Announcement
from tests.unit.announce.test_after import CORRECTED
from tests.unit.announce.town import TEXTS, Town, person
from tests.unit.driver import TUESDAY

MAX = 12
CROWD = tuple(person(f"q{n:05d}", "nord") for n in range(PORTION + 50))


@pytest.fixture
def town() -> Town:
    town = Town()
    town.put(*CROWD)
    return town


def correct(town: Town, sent: Announcement) -> None:
    town.act("announce.corrected", sent, **CORRECTED)


def recall(town: Town, sent: Announcement) -> None:
    town.act("announce.recalled", sent)


def chase(town: Town, sent: Announcement) -> None:
    town.act("announce.chase", sent)


def resend(town: Town, sent: Announcement) -> None:
    town.statuses.update({(one.id, sent.slot): "dead" for one in CROWD})
    town.act("announce.resend", sent)


@pytest.mark.parametrize("begin", [correct, recall, chase, resend])
@pytest.mark.quick(1)
def test_a_portion_of_those_who_have_it_is_read_in_a_few_queries(
    town: Town, begin: Callable[[Town, Announcement], None]
) -> None:
    sent = town.send(units="nord", confirm="true")
    assert {one.id for one in CROWD} <= town.readers(sent)
    begin(town, sent)
    before = town.queries
    outcome = town.ring("announce.expand", id=sent.id)
    assert len({post.to for post in outcome.posts}) >= AGAIN - 2
    assert town.queries - before <= MAX


@pytest.mark.full
def test_a_listed_crowd_is_read_in_a_few_queries(town: Town) -> None:
    draft = town.draft(list="\n".join(one.id for one in CROWD))
    town.act("announce.send", draft)
    before = town.queries
    outcome = town.ring("announce.expand", id=draft.id)
    assert len(outcome.posts) == PORTION
    assert town.queries - before <= MAX
    town.wait()
    assert town.readers(draft) == {one.id for one in CROWD}


def test_a_pasted_list_is_looked_up_in_a_few_queries(town: Town) -> None:
    half = len(CROWD) // 2
    written = [one.id for one in CROWD[:half]] + [str(one.email) for one in CROWD[half:]]
    fresh = town.begin()
    before = town.queries
    town.act("announce.preview", fresh, **TEXTS, list="\n".join(written))
    assert town.queries - before <= 2 * MAX
    assert town.now_is(fresh).audience.person_ids == {one.id for one in CROWD}


def test_a_list_too_long_for_a_card_stays_until_another_is_written(town: Town) -> None:
    draft = town.draft(list="\n".join(one.id for one in CROWD))
    town.act("announce.edit", draft)
    shown = town.shown("anja", draft.desk)
    assert town.texts("anja").plural("announce.form.keep_list", len(CROWD)) in shown
    assert CROWD[0].id not in shown
    town.act("announce.preview", draft, **TEXTS, list="", keep_list="true")
    kept = town.now_is(draft)
    assert kept.audience.person_ids == draft.audience.person_ids
    town.act("announce.preview", kept, **TEXTS, list="nils", keep_list="true")
    assert town.now_is(draft).audience.person_ids == {"nils"}
    town.act("announce.preview", town.now_is(draft), **TEXTS, list="", keep_list="false")
    assert not town.now_is(draft).audience.person_ids


def test_those_who_follow_a_topic_are_read_in_a_few_queries(town: Town) -> None:
    town.put(*(Following(id=one.id, topics=frozenset({"teams"}), changed_at=TUESDAY) for one in CROWD))
    draft = town.draft(topic="teams")
    town.act("announce.send", draft)
    before = town.queries
    outcome = town.ring("announce.expand", id=draft.id)
    assert len(outcome.posts) == PORTION
    assert town.queries - before <= MAX
