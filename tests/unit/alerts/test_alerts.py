"""Who gets an alert, when, and when not. What it says is that something waits."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from bot.channels.mail.spec import MAIL, mail_spec
from bot.settings.model import load_settings
from dialogs.announce.approve.approval import requests
from dialogs.announce.model import Wording
from dialogs.core.alert import ALERT_SLOT, alert_time
from dialogs.core.channel import Channels
from dialogs.core.decision import Post, Urgency
from dialogs.core.person import Person, Role
from dialogs.handoff.model import Handoff
from knowledge.article.article import Language
from tests.channels import CHANNELS
from tests.unit.announce.test_access import announcement
from tests.unit.driver import CATALOGUE, TUESDAY, Outcome, Stage
from tests.unit.handoff.scene import Routed, asked, person

SETTINGS: Final = load_settings(
    smtp_host="mail.nes.example", smtp_sender="heia@nes.example", public_url="https://heia.nes.example"
)
WITH_MAIL: Final = Channels((*CHANNELS, mail_spec(SETTINGS, dev=False)))


def town(*, mail: bool = True) -> Stage:
    """Kari asks and Ana helps; both are in the registry and chose e-mail, as is the contact."""
    scene = Routed()
    if mail:
        scene.content = replace(scene.content, channels=WITH_MAIL)
    scene.put(person("kim", "lillevik", Role.CONTACT, name="Kontakt Kim"))
    for id_ in ("kari", "ana", "kim"):
        choose(scene, id_)
    return scene


def choose(scene: Stage, id_: str, **changes: Any) -> None:
    """Let a person be in the registry with an address and the choice of alerts, but for the changes."""
    values = {"registered": True, "email": f"{id_}@nes.example", "mail_alerts": True, **changes}
    scene.put(replace(scene.get(Person, id_), **values))


def alerts(outcome: Outcome, to: str | None = None) -> Sequence[Post]:
    """Return the alerts of an outcome that go out."""
    posts = [post for post in outcome.posts if post.slot.startswith(ALERT_SLOT) and post.message is not None]
    return [post for post in posts if to in {None, post.to}]


def sent(scene: Stage, question: str = "Hvordan deler jeg en mappe?") -> Outcome:
    """Let Kari send a question to a colleague and return what that led to."""
    scene.press("kari", "handoff.start")
    handoff_id = scene.slots("kari", "handoff/")[-1].split("/")[1]
    return scene.press("kari", "handoff.send", handoff_id=handoff_id, question=question, no_suggestion="false")


def test_an_offer_brings_the_helper_one_alert_that_says_nothing() -> None:
    scene = town()
    [alert] = alerts(sent(scene))
    assert alert.to == "ana"
    assert alert.message is not None
    assert alert.message.text == CATALOGUE[scene.get(Person, "ana").language]("alert.subject")
    assert (alert.message.card, alert.message.image_id) == (None, None)
    assert alert.address is not None
    assert (alert.address.channel, alert.address.data) == (MAIL, {})
    assert alert.urgency is Urgency.QUIET


def test_without_a_mail_server_there_are_no_alerts() -> None:
    assert alerts(sent(town(mail=False))) == []


@pytest.mark.parametrize(
    "changes", [{"mail_alerts": False}, {"registered": False}, {"email": None}, {"email": ""}, {"left": True}]
)
def test_only_people_of_the_registry_who_chose_it_get_alerts(changes: dict[str, Any]) -> None:
    scene = town()
    handoff_id = asked(scene)
    scene.press("ana", "handoff.accept", handoff_id=handoff_id)
    choose(scene, "kari", **changes)
    assert alerts(scene.say("ana", "Trykk på Del."), "kari") == []


def test_a_colleagues_words_and_the_answer_bring_the_asker_an_alert() -> None:
    scene = town()
    handoff_id = asked(scene)
    scene.press("ana", "handoff.accept", handoff_id=handoff_id)
    assert len(alerts(scene.say("ana", "Trykk på Del."), "kari")) == 1
    resolved = scene.press("ana", "handoff.resolve", handoff_id=handoff_id, answer="Trykk på Del.", share="false")
    assert len(alerts(resolved, "kari")) == 1


def test_a_change_of_a_card_that_brings_nothing_new_is_no_alert() -> None:
    scene = town()
    handoff_id = asked(scene)
    assert alerts(scene.press("ana", "handoff.accept", handoff_id=handoff_id)) == []


def test_an_overdue_question_brings_the_contact_an_alert_and_a_reminder_another() -> None:
    scene = town()
    handoff_id = asked(scene)
    alerted: list[str] = []
    for _ in range(12):
        question: Handoff = scene.get(Handoff, handoff_id)
        assert question.next_at is not None
        scene.now = question.next_at
        outcome = scene.ring("handoff.due", handoff_id=handoff_id)
        alerted += [post.to for post in alerts(outcome)]
    assert alerted.count("kim") >= 2


def test_an_approval_asked_for_brings_an_alert() -> None:
    scene = town()
    kim = scene.get(Person, "kim")
    asked_for = announcement(wordings={Language.NB: Wording(title="Nytt", body="Noe er nytt.")})
    [request] = requests(asked_for, [kim], scene.get(Person, "kari"), scene.content)
    assert request.alerts


def test_ten_questions_in_ten_minutes_are_one_alert() -> None:
    scene = town()
    scene.now = TUESDAY + timedelta(seconds=1)
    handoff_id = asked(scene)
    scene.press("ana", "handoff.accept", handoff_id=handoff_id)
    places = set()
    for minute in range(9):
        scene.now = TUESDAY + timedelta(minutes=minute, seconds=2)
        [alert] = alerts(scene.say("ana", f"Forslag {minute}: trykk på Del."), "kari")
        places.add((alert.slot, alert.not_before))
    assert len(places) == 1


def test_the_next_ten_minutes_have_an_alert_of_their_own() -> None:
    scene = town()
    ana = scene.get(Person, "ana")
    first, second = (alert_time(ana, TUESDAY + timedelta(minutes=each), scene.content) for each in (9, 10))
    assert second - first == timedelta(minutes=10)


@pytest.mark.parametrize(
    ("decided", "goes_out"),
    [
        (datetime(2026, 11, 24, 21, 3, tzinfo=UTC), datetime(2026, 11, 25, 7, 0, tzinfo=UTC)),
        (datetime(2026, 11, 27, 18, 0, tzinfo=UTC), datetime(2026, 11, 30, 7, 0, tzinfo=UTC)),
        (datetime(2026, 11, 24, 14, 25, tzinfo=UTC), datetime(2026, 11, 25, 7, 0, tzinfo=UTC)),
    ],
    ids=["a night", "a weekend", "at closing time"],
)
def test_outside_office_hours_alerts_wait_for_the_next_opening(decided: datetime, goes_out: datetime) -> None:
    scene = town()
    assert alert_time(scene.get(Person, "ana"), decided, scene.content) == goes_out


def test_an_alert_of_the_last_minutes_of_a_day_outlives_the_next_opening() -> None:
    scene = town()
    scene.now = datetime(2026, 11, 27, 14, 12, tzinfo=UTC)
    [alert] = alerts(sent(scene))
    assert alert.not_before == datetime(2026, 11, 27, 14, 20, tzinfo=UTC)
    assert alert.expires_at == datetime(2026, 12, 1, 7, 20, tzinfo=UTC), "eight hours of work later"


def test_whoever_uses_heia_meanwhile_gets_no_alert() -> None:
    scene = town()
    [alert] = alerts(sent(scene))
    scene.now += timedelta(minutes=1)
    looked = scene.say("ana", "hei")
    [withdrawn] = [post for post in looked.posts if post.slot.startswith(ALERT_SLOT)]
    assert (withdrawn.to, withdrawn.slot, withdrawn.message) == ("ana", alert.slot, None)
    assert withdrawn.only_update


def test_the_choice_is_in_the_form_only_where_it_would_work() -> None:
    scene = town()
    offered = CATALOGUE[scene.get(Person, "ana").language]("profile.setting.mail_alerts")
    scene.press("ana", "status.follow")
    assert offered in scene.shown("ana", scene.slots("ana", "status")[-1])
    choose(scene, "ana", email=None)
    scene.press("ana", "status.follow")
    assert offered not in scene.shown("ana", scene.slots("ana", "status")[-1])
    scene = town(mail=False)
    scene.press("ana", "status.follow")
    assert offered not in scene.shown("ana", scene.slots("ana", "status")[-1])


def test_the_form_turns_alerts_off_and_on() -> None:
    scene = town()
    scene.press("ana", "status.save", topics="", mail_alerts="false")
    assert not scene.get(Person, "ana").mail_alerts
    assert alerts(sent(scene)) == []
    scene.press("ana", "status.save", topics="", mail_alerts="true")
    assert scene.get(Person, "ana").mail_alerts


@pytest.mark.parametrize("on_page", [False, True])
def test_a_press_turns_them_off_for_good(on_page: bool) -> None:
    scene = town()
    press = scene.press_on_page if on_page else scene.press
    press("ana", "profile.alerts_off")
    assert not scene.get(Person, "ana").mail_alerts
    assert alerts(sent(scene)) == []
