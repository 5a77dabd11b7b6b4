"""Retention removes by itself what is old enough, and nothing else."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogs.core.audit import AuditEntry
from dialogs.core.data_rules import expired_month_terms, month_term
from dialogs.core.decision import Audit, Forget
from dialogs.core.person import Person
from dialogs.core.question import Question
from dialogs.core.session import Session
from dialogs.handoff.addition import Addition
from dialogs.privacy import retention
from dialogs.privacy.flow import TIMERS
from dialogs.signin.model import FormerIdentity
from knowledge.article.article import Language
from knowledge.matching.policy import OutcomeKind
from tests.unit.driver import TUESDAY, Stage
from tests.unit.handoff.scene import organisation, person

MOMENTS = st.datetimes(min_value=datetime(2024, 1, 1), max_value=datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def question(id_: str, at: datetime) -> Question:
    return Question(
        id=id_,
        person_id="kari",
        municipality_id=None,
        utterance="Hei",
        language=Language.NB,
        outcome=OutcomeKind.ANSWER,
        asked_at=at,
    )


@pytest.fixture
def stage() -> Stage:
    scene = Stage(organisation(), verbs={}, timers=TIMERS)
    scene.schedule(replace(retention.first(scene.now - timedelta(days=1)), at=scene.now))
    return scene


def a_night(stage: Stage) -> None:
    stage.ring_until(stage.now + timedelta(hours=2))


@given(at=MOMENTS, days=st.integers(0, 1500), months=st.integers(1, 36))
def test_nothing_young_goes_and_nothing_is_kept_too_long(at: datetime, days: int, months: int) -> None:
    born = at - timedelta(days=days)
    goes = month_term(born) in set(expired_month_terms(at, months=months))
    if days > months * 31:
        assert goes
    if days < (months - 1) * 28:
        assert not goes


def test_a_year_old_question_goes_and_a_younger_one_stays(stage: Stage) -> None:
    stage.put(question("old", TUESDAY - timedelta(days=366)), question("young", TUESDAY - timedelta(days=300)))
    a_night(stage)
    assert [each.id for each in stage.all(Question)] == ["young"]
    assert Audit(act="privacy.retained", subject="question", by="clock", details=(("records", "1"),)) in stage.audits


def test_many_go_in_portions_and_all_go(stage: Stage) -> None:
    stage.put(*(question(f"q{n:04d}", TUESDAY - timedelta(days=400 + n % 90)) for n in range(450)))
    outcome = stage.ring(retention.VERB)
    assert len(outcome.decision.writes) <= retention.PORTION
    a_night(stage)
    assert stage.all(Question) == []


def test_it_comes_back_the_next_night(stage: Stage) -> None:
    a_night(stage)
    due, _ = stage.timers[retention.KEY]
    assert due.astimezone(ZoneInfo("Europe/Oslo")).hour == 3
    assert due.date() == (stage.now + timedelta(days=1)).date()


@given(at=MOMENTS)
def test_the_next_night_is_ahead_and_within_a_day(at: datetime) -> None:
    night = retention.next_night(at)
    assert at < night <= at + timedelta(hours=25)
    assert night.hour == 3


def test_somebody_unregistered_who_fell_silent_is_forgotten(stage: Stage) -> None:
    long_ago = TUESDAY - timedelta(days=500)
    stage.put(
        Person(id="guest", name="", created_at=long_ago),
        Person(id="loyal", name="", created_at=long_ago),
        Session(id="loyal", changed_at=TUESDAY - timedelta(days=30)),
        Session(id="gone", changed_at=long_ago),
        replace(person("kari", "nord"), registered=True, created_at=long_ago),
    )
    outcome = stage.ring(retention.VERB)
    while outcome.changed:
        _, rang = stage.timers[retention.KEY]
        outcome = stage.ring(rang.verb, **rang.data)
        if Forget(person_id="guest") in outcome.decision.effects:
            break
    a_night(stage)
    assert [each.id for each in stage.all(Person)] == ["kari", "loyal"]
    assert [each.id for each in stage.all(Session)] == ["loyal"]


def test_what_stays_does_not_keep_it_from_coming_to_an_end(stage: Stage) -> None:
    long_ago = TUESDAY - timedelta(days=500)
    stage.put(Person(id="loyal", name="", created_at=long_ago), Session(id="loyal", changed_at=TUESDAY))
    stage.ring_until(stage.now + timedelta(minutes=1))
    assert stage.timers[retention.KEY][0] == retention.next_night(stage.now)


def test_the_audit_log_is_left_to_its_own_retention(stage: Stage) -> None:
    stage.put(AuditEntry(id="a", act="x", subject="y", by="z", at=TUESDAY - timedelta(days=800)))
    a_night(stage)
    assert stage.find(AuditEntry, "a") is not None


def test_a_timer_with_strange_data_starts_over(stage: Stage) -> None:
    stage.put(question("old", TUESDAY - timedelta(days=366)))
    stage.ring(retention.VERB, kind="-1", term="x", after="\x00")
    stage.ring(retention.VERB, kind="99")
    stage.ring_until(retention.next_night(stage.now) + timedelta(hours=1))
    assert stage.all(Question) == []


def test_what_came_of_a_question_goes_when_the_question_goes_unless_the_bot_understands_by_it(stage: Stage) -> None:
    common = {"municipality_id": "lillevik", "handoff_id": "h", "language": Language.NB, "question": "Hva nå?"}
    suggested = TUESDAY - timedelta(days=366)
    live = Addition(
        id="live", article_id="mfa", answer="", suggested_at=suggested, added_by="ed", added_at=TUESDAY, **common
    )
    stage.put(live, replace(live, id="draft", article_id=None, answer="Slik."))
    stage.put(replace(live, id="undone").undo(by="ed", at=TUESDAY))
    stage.put(replace(live, id="young", article_id=None, suggested_at=TUESDAY - timedelta(days=300)))
    a_night(stage)
    assert [each.id for each in stage.all(Addition)] == ["live", "young"]


def test_the_mark_of_a_leaver_goes_after_two_years_and_not_before(stage: Stage) -> None:
    for id_, at in (("due", TUESDAY - timedelta(days=740)), ("young", TUESDAY - timedelta(days=690))):
        stage.put(FormerIdentity(id=id_, key="k", marked_at=at))
    a_night(stage)
    assert [each.id for each in stage.all(FormerIdentity)] == ["young"]
