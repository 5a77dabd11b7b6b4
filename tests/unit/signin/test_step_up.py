"""Acts that concern many, or that cannot be undone, need a recent sign-in where the operator demands it."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.signin.sessions import proved_at
from dialogs.core.content import StepUp
from dialogs.core.event import Event, Pressed
from dialogs.core.fresh_proof import check_fresh_proof
from dialogs.core.person import Person
from dialogs.core.refusal import EventRefused
from dialogs.privacy.flow import TIMERS
from dialogs.router import VERBS
from dialogs.signin.model import SignInMethod, WebSession
from knowledge.article.article import Language
from tests.channels import WEB
from tests.unit.driver import CATALOGUE, TUESDAY, Stage
from tests.unit.handoff.scene import organisation

RULE = StepUp(max_age=timedelta(hours=8), address="https://heia.example.no/signin/again")
KARI = Person(id="kari", name="Kari", created_at=TUESDAY)
HOUR = timedelta(hours=1)


@pytest.fixture
def stage() -> Stage:
    town = Stage(organisation(), verbs=VERBS, timers=TIMERS)
    town.content = replace(town.content, step_up=RULE)
    town.put(KARI)
    return town


def event(proved: datetime | None, *, person_id: str = "kari") -> Event:
    return Event(
        id="web:1", at=TUESDAY, channel=WEB, person_id=person_id, conversation_id="c",
        what=Pressed(verb="privacy.erase_now"), proved_at=proved,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("proved", "allowed"),
    [(None, False), (TUESDAY - 9 * HOUR, False), (TUESDAY - 8 * HOUR, True), (TUESDAY, True), (TUESDAY + HOUR, True)],
)
def test_a_sign_in_must_be_recent_and_known(stage: Stage, proved: datetime | None, allowed: bool) -> None:
    texts = CATALOGUE[Language.NB]
    if allowed:
        check_fresh_proof(event(proved), stage.content, texts)
        return
    with pytest.raises(EventRefused) as refusal:
        check_fresh_proof(event(proved), stage.content, texts)
    assert RULE.address in repr(refusal.value.decision)


def test_nothing_is_demanded_without_the_setting_and_of_guests(stage: Stage) -> None:
    texts = CATALOGUE[Language.NB]
    check_fresh_proof(event(None), replace(stage.content, step_up=None), texts)
    check_fresh_proof(event(None, person_id="guest-1"), stage.content, texts)


def test_erasing_is_refused_with_a_way_on_and_nothing_is_erased(stage: Stage) -> None:
    outcome = stage.press("kari", "privacy.erase_now")
    assert not outcome.changed
    assert RULE.address in repr(outcome.decision)
    assert stage.get(Person, "kari").name == "Kari"
    stage.content = replace(stage.content, step_up=None)
    assert stage.press("kari", "privacy.erase_now").changed


def _session(way: SignInMethod, **more: datetime | None) -> WebSession:
    return WebSession(
        id="s", person_id="kari", way=way, created_at=TUESDAY, seen_at=TUESDAY, expires_at=TUESDAY + HOUR, **more
    )


def test_a_link_counts_from_its_use_and_a_provider_from_its_own_time() -> None:
    assert proved_at(_session(SignInMethod.CHOSEN)) == TUESDAY
    assert proved_at(_session(SignInMethod.LINK)) is None
    assert proved_at(_session(SignInMethod.PROVIDER)) is None
    assert proved_at(_session(SignInMethod.PROVIDER, authenticated_at=TUESDAY - HOUR)) == TUESDAY - HOUR
