"""Where a person is signed in, in the chat."""

from datetime import timedelta

import pytest

from dialogs.core.decision import EndSessions
from dialogs.core.person import Person
from dialogs.router import VERBS
from dialogs.signin.flow import ALL
from dialogs.signin.model import SignInMethod, WebSession
from tests.unit.driver import TUESDAY, Stage
from tests.unit.handoff.scene import organisation

HOUR = timedelta(hours=1)


def session(id_: str, person_id: str = "kari", *, hours: int = 1, way: SignInMethod = SignInMethod.LINK) -> WebSession:
    return WebSession(
        id=id_,
        person_id=person_id,
        way=way,
        created_at=TUESDAY - HOUR,
        seen_at=TUESDAY - HOUR,
        expires_at=TUESDAY + hours * HOUR,
    )


@pytest.fixture
def stage() -> Stage:
    town = Stage(organisation(), verbs=VERBS, timers={})
    town.put(Person(id="kari", name="Kari", created_at=TUESDAY), Person(id="ola", name="Ola", created_at=TUESDAY))
    town.put(session("s1"), session("s2"), session("old", hours=-1), session("olas", "ola"))
    return town


def left(stage: Stage) -> set[str]:
    return {each.id for each in stage.all(WebSession)}


def test_the_card_shows_the_own_open_sessions(stage: Stage) -> None:
    shown = repr(stage.press("kari", "signin.show").decision)
    assert ["'s1'" in shown, "'s2'" in shown, "'old'" in shown, "'olas'" in shown] == [True, True, False, False]


def test_one_ends_and_its_pages_close(stage: Stage) -> None:
    outcome = stage.press("kari", "signin.end", session="s1")
    assert EndSessions(person_id="kari") in outcome.decision.effects
    assert left(stage) == {"s2", "old", "olas"}


def test_all_end_and_nobody_ends_anothers(stage: Stage) -> None:
    stage.press("kari", "signin.end", session="olas")
    stage.press("kari", "signin.end", session="")
    assert left(stage) == {"s1", "s2", "old", "olas"}
    stage.press("kari", "signin.end", session=ALL)
    assert left(stage) == {"old", "olas"}
    assert "ikke logget inn" in repr(stage.press("kari", "signin.show").decision)


def test_a_guest_has_none(stage: Stage) -> None:
    stage.put(session("g", "guest-1", way=SignInMethod.GUEST))
    assert "'g'" not in repr(stage.press("guest-1", "signin.show").decision)
