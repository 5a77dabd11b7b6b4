"""However many people a portion has, it is read in a fixed number of queries."""

from collections.abc import Callable

import pytest

from dialogs.announce.model import Announcement
from dialogs.announce.portion import PORTION
from dialogs.status.model import Following
from tests.unit.announce.test_after import CORRECTED
from tests.unit.announce.town import Town, person
from tests.unit.driver import TUESDAY

MOST = 12
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
def test_a_portion_of_those_who_have_it_is_read_in_a_few_queries(
    town: Town, begin: Callable[[Town, Announcement], None]
) -> None:
    sent = town.send(units="nord", confirm="true")
    assert {one.id for one in CROWD} <= town.readers(sent)
    begin(town, sent)
    before = town.queries
    outcome = town.ring("announce.expand", id=sent.id)
    assert len({post.to for post in outcome.posts}) >= PORTION - 2
    assert town.queries - before <= MOST


def test_a_listed_crowd_is_read_in_a_few_queries(town: Town) -> None:
    draft = town.draft(list="\n".join(one.id for one in CROWD))
    town.act("announce.send", draft)
    before = town.queries
    outcome = town.ring("announce.expand", id=draft.id)
    assert len(outcome.posts) == PORTION
    assert town.queries - before <= MOST
    town.wait()
    assert town.readers(draft) == {one.id for one in CROWD}


def test_those_who_follow_a_topic_are_read_in_a_few_queries(town: Town) -> None:
    town.put(*(Following(id=one.id, topics=frozenset({"teams"}), changed_at=TUESDAY) for one in CROWD))
    draft = town.draft(topic="teams")
    town.act("announce.send", draft)
    before = town.queries
    outcome = town.ring("announce.expand", id=draft.id)
    assert len(outcome.posts) == PORTION
    assert town.queries - before <= MOST
