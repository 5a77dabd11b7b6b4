from datetime import timedelta
from typing import Any

import pytest

from bot.records.query_answering import FlowRun
from dialogs.announce.deliver.progress_card import standing
from dialogs.announce.model import Announcement, AnnouncementState, Confirmation, Reached
from dialogs.announce.report.figures import figures_of
from dialogs.core.person import Person, Role
from dialogs.core.question import Question
from dialogs.core.session import Session
from dialogs.privacy.export import SOMEBODY_ELSE, plain
from knowledge.article.article import Language
from knowledge.matching.policy import OutcomeKind
from tests.unit.announce.town import TEXTS, Town, person
from tests.unit.at_once import run
from tests.unit.read_cards import actions_of

CORRECTED = {**TEXTS, "body_nb": "Teams virker igjen.", "body_nn": "Teams verkar att."}


@pytest.fixture
def town() -> Town:
    return Town()


@pytest.fixture
def sent(town: Town) -> Announcement:
    return town.send(units="helse")


def test_a_correction_replaces_the_text_in_place_for_everybody(town: Town, sent: Announcement) -> None:
    town.act("announce.correct", sent)
    assert "Vi jobber med saken." in town.shown("anja", town.slots("anja", sent.desk)[-1])
    assert not town.act("announce.corrected", sent, **CORRECTED).notices
    town.wait()
    for reader, text in {
        "nils": "Teams virker igjen.",
        "nora": "Teams verkar att.",
        "sven": "Teams virker igjen.",
    }.items():
        assert text in town.shown(reader, sent.slot)
        assert "jobb" not in town.shown(reader, sent.slot)
    assert town.now_is(sent).version == 2
    assert town.texts("anja")("announce.state.corrected") in town.shown("anja", sent.desk)


@pytest.mark.full
def test_a_correction_of_a_half_sent_announcement_leaves_nobody_with_the_old_text(town: Town) -> None:
    town.put(*(person(f"q{n:05d}", "nord") for n in range(1200)))
    draft = town.draft(units="nord")
    town.act("announce.send", draft)
    town.ring("announce.expand", id=draft.id)
    half = len(town.readers(draft))
    assert 0 < half < 1202
    town.act("announce.corrected", town.now_is(draft), **CORRECTED)
    town.wait()
    assert len(town.readers(draft)) == 1202
    old = [to for to in town.readers(draft) if "igjen" not in town.shown(to, draft.slot) and to != "nora"]
    assert old == []


@pytest.mark.parametrize(
    ("asks", "then"), [("announce.correct", "announce.corrected"), ("announce.recall", "announce.recalled")]
)
def test_progress_does_not_replace_what_is_being_written_and_one_card_is_left(town: Town, asks: str, then: str) -> None:
    draft = town.draft(units="helse")
    town.act("announce.send", draft)
    town.act(asks, town.now_is(draft))
    first, second = town.slots("anja", draft.desk)
    before = town.shown("anja", second)
    town.wait()
    assert town.texts("anja")("announce.state.sent") in town.shown("anja", first)
    assert town.shown("anja", second) == before
    edition = town.now_is(draft).edition
    held = {"announcement_id": draft.id, "edition": edition, "sure": "true"}
    done = town.press("anja", then, slot=second, **held, **CORRECTED)
    assert not done.notices
    assert town.slots("anja", draft.desk) == [second]
    town.wait()
    assert town.shown("anja", second).startswith(town.texts("anja")(f"announce.state.{then.removeprefix('announce.')}"))


def test_who_thinks_better_of_a_correction_has_one_card_too(town: Town, sent: Announcement) -> None:
    town.act("announce.correct", sent)
    second = town.slots("anja", sent.desk)[-1]
    town.press("anja", "announce.refresh", slot=second, announcement_id=sent.id, edition=sent.edition)
    assert town.slots("anja", sent.desk) == [second]
    assert town.now_is(sent).desk == second


def test_what_is_opened_from_the_list_is_the_one_card_of_what_is_out(town: Town, sent: Announcement) -> None:
    town.press("anja", "announce.open", slot="announce/list/e1", announcement_id=sent.id)
    [opened] = town.slots("anja", sent.desk)
    assert opened != sent.desk
    town.press("anja", "announce.recalled", slot=opened, announcement_id=sent.id, edition=sent.edition)
    assert town.slots("anja", sent.desk) == [opened]


def test_a_correction_after_a_recall_is_told_of_the_recall(town: Town, sent: Announcement) -> None:
    town.act("announce.recalled", sent)
    outcome = town.act("announce.corrected", sent, **CORRECTED)
    assert outcome.notice == town.texts("anja")("announce.refuse.recalled")
    assert not outcome.changed


def test_a_colleague_who_looks_leaves_the_author_the_card(town: Town, sent: Announcement) -> None:
    town.press("arne", "announce.refresh", slot=f"{sent.desk}/mine", announcement_id=sent.id)
    assert town.slots("anja", sent.desk) == [sent.desk]
    assert town.now_is(sent).desk == sent.desk


def test_a_colleague_who_sends_it_sees_how_it_goes_as_its_author_does(town: Town) -> None:
    draft = town.draft(units="helse")
    town.press("drude", "announce.open", announcement_id=draft.id)
    [opened] = town.slots("drude", draft.desk)
    town.press("drude", "announce.send", slot=opened, announcement_id=draft.id, edition=draft.edition)
    assert town.texts("drude")("announce.state.sending") in town.shown("drude", opened)
    town.wait()
    assert town.texts("drude")("announce.state.sent") in town.shown("drude", opened)
    assert town.texts("anja")("announce.state.sent") in town.shown("anja", town.now_is(draft).desk)


def test_a_colleague_who_corrects_it_has_one_card_that_follows(town: Town, sent: Announcement) -> None:
    town.press("arne", "announce.open", announcement_id=sent.id)
    [opened] = town.slots("arne", sent.desk)
    town.press("arne", "announce.correct", slot=opened, announcement_id=sent.id, edition=sent.edition)
    form = town.slots("arne", sent.desk)[-1]
    held: dict[str, Any] = {"announcement_id": sent.id, "edition": sent.edition, "sure": "true", **CORRECTED}
    assert not town.press("arne", "announce.corrected", slot=form, **held).notices
    town.wait()
    assert town.slots("arne", sent.desk) == [form]
    assert town.texts("arne")("announce.state.corrected") in town.shown("arne", form)


def test_what_the_author_is_given_of_it_tells_no_colleagues_id(town: Town, sent: Announcement) -> None:
    town.press("arne", "announce.refresh", slot=f"{sent.desk}/mine", announcement_id=sent.id)
    assert plain(town.now_is(sent), "anja")["colleagues"] == {SOMEBODY_ELSE: f"{sent.desk}/mine"}


def test_a_colleague_who_may_no_longer_announce_is_not_shown_how_it_goes(town: Town, sent: Announcement) -> None:
    town.press("arne", "announce.refresh", slot=f"{sent.desk}/mine", announcement_id=sent.id)
    town.change("arne", roles=frozenset({Role.EMPLOYEE}))
    before = town.shown("arne", f"{sent.desk}/mine")
    town.act("announce.corrected", sent, **CORRECTED)
    town.wait()
    assert town.shown("arne", f"{sent.desk}/mine") == before


def test_a_correction_that_changes_nothing_or_breaks_a_rule_is_refused(town: Town, sent: Announcement) -> None:
    assert town.act("announce.corrected", sent, **TEXTS).notice == town.texts("anja")("announce.refuse.unchanged")
    outcome = town.act("announce.corrected", sent, **{**CORRECTED, "body_nb": "<i>Hei</i>"})
    assert outcome.notices
    assert not outcome.changed


def test_an_announcer_of_the_provider_handles_nothing_that_went_beyond_it(town: Town) -> None:
    town.put(person("dina", "drift", Role.ANNOUNCER, of="samdrift"))
    everywhere = town.send("drude", municipalities="")
    for verb in ("announce.recall", "announce.recalled", "announce.correct"):
        outcome = town.act(verb, everywhere, "dina")
        assert outcome.notice == town.texts("dina")("announce.refuse.unknown")
        assert not outcome.changed
    own = town.send("dina")
    assert town.act("announce.recalled", own, "dina").changed


def test_a_recall_takes_it_away_from_everybody(town: Town, sent: Announcement) -> None:
    town.act("announce.recall", sent)
    assert "announce.recalled" in town.buttons("anja", town.slots("anja", sent.desk)[-1])
    assert town.readers(sent) == {"nils", "nora", "sven"}
    town.act("announce.recalled", sent)
    town.wait()
    assert town.readers(sent) == set()
    assert town.now_is(sent).state is AnnouncementState.RECALLED
    assert not town.timers


@pytest.mark.full
def test_a_recall_halfway_owes_it_to_nobody_more(town: Town) -> None:
    town.put(*(person(f"q{n:05d}", "nord") for n in range(1200)))
    draft = town.draft(units="nord")
    town.act("announce.send", draft)
    town.ring("announce.expand", id=draft.id)
    town.act("announce.recalled", town.now_is(draft))
    town.wait()
    assert town.readers(draft) == set()


@pytest.mark.parametrize("verb", ["announce.correct", "announce.corrected", "announce.recalled", "announce.send"])
def test_after_a_recall_nothing_can_be_changed(town: Town, sent: Announcement, verb: str) -> None:
    town.act("announce.recalled", sent)
    town.wait()
    gone = town.now_is(sent)
    outcome = town.act(verb, gone, **CORRECTED)
    assert outcome.notice == town.texts("anja")("announce.refuse.recalled")
    assert town.now_is(sent) == gone


def test_a_recall_says_so_while_it_is_under_way_and_is_tried_again_where_it_failed(
    town: Town, sent: Announcement
) -> None:
    texts = town.texts("anja")
    assert town.act("announce.resend", sent).notice == texts("announce.refuse.none_failed")
    town.act("announce.recalled", sent)
    assert texts("announce.state.recalling") in town.shown("anja", sent.desk)
    town.statuses["nils", sent.slot] = "waiting"
    town.wait()
    assert texts("announce.state.recalling") in town.shown("anja", sent.desk)
    assert "announce.resend" not in town.buttons("anja", sent.desk)
    town.statuses["nils", sent.slot] = "dead"
    town.wait()
    assert texts("announce.state.recalled") in town.shown("anja", sent.desk)
    gone = town.now_is(sent)
    assert "announce.resend" in town.buttons("anja", gone.desk)
    assert not town.act("announce.resend", gone).notices
    assert texts("announce.state.recalling") in town.shown("anja", gone.desk)
    assert town.act("announce.resend", town.now_is(gone)).notice == texts("announce.refuse.under_way")
    outcome = town.ring("announce.expand", id=gone.id)
    posts = [one for one in outcome.posts if one.to == "nils"]
    assert [(one.message, one.only_update) for one in posts] == [(None, True)]
    del town.statuses["nils", sent.slot]
    town.wait()
    assert town.act("announce.resend", town.now_is(gone)).notice == texts("announce.refuse.none_failed")
    assert town.now_is(gone).state is AnnouncementState.RECALLED


def test_a_draft_can_be_neither_corrected_nor_recalled(town: Town) -> None:
    draft = town.draft()
    for verb in ("announce.corrected", "announce.recalled", "announce.resend", "announce.chase"):
        outcome = town.act(verb, draft, **CORRECTED)
        assert outcome.notice == town.texts("anja")("announce.refuse.draft")
        assert not outcome.changed


def test_resending_reaches_those_it_failed_for_and_only_them(town: Town, sent: Announcement) -> None:
    assert town.act("announce.resend", sent).notice == town.texts("anja")("announce.refuse.none_failed")
    town.statuses["nils", sent.slot] = "dead"
    town.news.clear()
    assert not town.act("announce.resend", sent).notices
    del town.statuses["nils", sent.slot]
    town.statuses["nils", sent.slot] = "dead"
    town.ring("announce.expand", id=sent.id)
    assert [to for to, slot in town.news if slot == sent.slot] == ["nils"]


def test_confirmations_are_individual_only_when_asked_for_and_said(town: Town, sent: Announcement) -> None:
    assert "announce.confirm" not in town.buttons("nils", sent.slot)
    outcome = town.press("nils", "announce.confirm", slot=sent.slot, announcement_id=sent.id)
    assert outcome.notices
    assert not outcome.changed
    asked = town.send(units="helse", confirm="true")
    assert town.texts("nils")("announce.confirm_why") in town.shown("nils", asked.slot)
    for _ in range(2):
        town.press("nils", "announce.confirm", slot=asked.slot, announcement_id=asked.id)
    assert "announce.confirm" not in town.buttons("nils", asked.slot)
    assert "announce.confirm" in town.buttons("nora", asked.slot)
    town.act("announce.refresh", asked)
    row = town.texts("anja")("announce.number.confirmed")
    assert f"{row} 1" in town.shown("anja", asked.desk)


def test_those_who_have_not_confirmed_are_reminded_a_few_times_at_most(town: Town) -> None:
    asked = town.send(units="helse", confirm="true")
    town.press("nils", "announce.confirm", slot=asked.slot, announcement_id=asked.id)
    for n in range(1, 4):
        assert not town.act("announce.chase", town.now_is(asked)).notices
        town.wait(24 * 3600)
        town.wait()
        assert town.slots("nora", f"{asked.slot}/chase") == [f"{asked.slot}/chase/{n}"]
        assert not town.slots("nils", f"{asked.slot}/chase")
        town.act("announce.refresh", asked)
        assert town.texts("anja")("announce.number.chases_of", number=n, most=3) in town.shown("anja", asked.desk)
    assert "announce.chase" not in town.buttons("anja", asked.desk)
    assert town.act("announce.chase", town.now_is(asked)).notice == town.texts("anja")(
        "announce.refuse.chased_enough", most=3
    )
    town.press("nora", "announce.confirm", slot=f"{asked.slot}/chase/3", announcement_id=asked.id)
    assert town.texts("nora")("announce.confirmed") in town.shown("nora", f"{asked.slot}/chase/3")
    assert "announce.confirm" not in town.buttons("nora", asked.slot)
    town.act("announce.recalled", town.now_is(asked))
    town.wait()
    assert not town.slots("nora", asked.slot)


def test_a_correction_keeps_confirmations_unless_it_asks_again(town: Town) -> None:
    asked = town.send(units="helse", confirm="true")
    town.press("nils", "announce.confirm", slot=asked.slot, announcement_id=asked.id)
    town.act("announce.corrected", asked, **CORRECTED)
    town.wait()
    assert "igjen" in town.shown("nils", asked.slot)
    assert "announce.confirm" not in town.buttons("nils", asked.slot)
    again = {**CORRECTED, "body_nb": "Enda en gang.", "confirm_again": "true"}
    town.act("announce.corrected", town.now_is(asked), **again)
    town.wait()
    assert "announce.confirm" in town.buttons("nils", asked.slot)


def asked_again(town: Town, *before: str) -> Announcement:
    """Send, let ``before`` confirm it, remind the others three times, and ask all to confirm a correction."""
    asked = town.send(units="helse", confirm="true")
    for who in before:
        town.press(who, "announce.confirm", slot=asked.slot, announcement_id=asked.id, version=1)
    for _ in range(3):
        town.act("announce.chase", town.now_is(asked))
        town.wait(24 * 3600)
    assert not town.act("announce.corrected", town.now_is(asked), **CORRECTED, confirm_again="true").notices
    town.wait()
    return town.now_is(asked)


def test_who_is_asked_to_confirm_again_is_told_in_a_new_message_with_the_text(town: Town) -> None:
    asked = asked_again(town, "nils")
    for who, text in {
        "nils": "Teams virker igjen.",
        "nora": "Teams verkar att.",
        "sven": "Teams virker igjen.",
    }.items():
        [again] = town.slots(who, f"{asked.slot}/chase")
        wording = asked.wording(town.get(Person, who).language)
        assert town.texts(who)("announce.confirm_corrected", title=wording.title) in town.shown(who, again)
        assert text in town.shown(who, again)
        assert not town.press(who, "announce.confirm", slot=again, announcement_id=asked.id, version=2).notices
        assert "announce.confirm" not in town.buttons(who, asked.slot)


@pytest.mark.parametrize("slot", ["", "/chase/3"])
def test_a_card_with_an_earlier_text_confirms_nothing(town: Town, slot: str) -> None:
    asked = asked_again(town)
    outcome = town.press("nora", "announce.confirm", slot=f"{asked.slot}{slot}", announcement_id=asked.id, version=1)
    assert outcome.notice == town.texts("nora")("announce.refuse.corrected")
    assert not town.all(Confirmation)
    assert "Teams verkar att." in town.shown("nora", asked.slot)
    assert not town.press("nora", "announce.confirm", slot=asked.slot, announcement_id=asked.id, version=2).notices
    assert [given.since for given in town.all(Confirmation)] == [2]
    town.press("nora", "announce.confirm", slot=f"{asked.slot}{slot}", announcement_id=asked.id, version=1)
    assert "announce.confirm" not in town.buttons("nora", asked.slot), "what was confirmed stays so"


def test_after_a_correction_to_confirm_reminding_is_open_again(town: Town) -> None:
    asked = asked_again(town, "nils")
    assert "announce.chase" in town.buttons("anja", asked.desk)
    assert not town.act("announce.chase", asked).notices
    town.wait()
    assert town.slots("nils", f"{asked.slot}/chase") == [f"{asked.slot}/chase/5"]
    assert "Teams virker igjen." in town.shown("nils", f"{asked.slot}/chase/5")
    assert town.texts("anja")("announce.number.chases_of", number=1, most=3) in town.shown("anja", asked.desk)


def test_a_reminder_shows_the_text_also_once_it_is_corrected(town: Town) -> None:
    asked = town.send(units="helse", confirm="true")
    town.act("announce.chase", asked)
    town.wait()
    [reminder] = town.slots("nils", f"{asked.slot}/chase")
    assert "Vi jobber med saken." in town.shown("nils", reminder)
    town.act("announce.corrected", town.now_is(asked), **CORRECTED)
    town.wait()
    assert "Teams virker igjen." in town.shown("nils", reminder)
    assert "Vi jobber" not in town.shown("nils", reminder)


def test_a_correction_of_a_correction_still_asks_those_whom_the_first_had_not_asked(town: Town) -> None:
    asked = town.send(units="helse", confirm="true")
    town.act("announce.corrected", asked, **CORRECTED, confirm_again="true")
    town.act("announce.corrected", town.now_is(asked), **{**CORRECTED, "body_nb": "Alt virker."})
    town.wait()
    assert "Alt virker." in town.shown("nils", f"{asked.slot}/chase/1")


def test_who_has_not_got_it_yet_gets_the_corrected_text_alone(town: Town) -> None:
    asked = town.send(units="helse", confirm="true")
    town.statuses["nils", asked.slot] = "waiting"
    town.act("announce.corrected", asked, **CORRECTED, confirm_again="true")
    town.wait()
    assert town.slots("nils", asked.slot) == [asked.slot]
    assert "Teams virker igjen." in town.shown("nils", asked.slot)


def test_a_copy_to_try_is_marked_has_the_buttons_and_stores_nothing(town: Town) -> None:
    draft = town.draft(confirm="true", units="helse")
    town.act("announce.test", draft)
    copy = f"announce/test/{draft.id}"
    banner = town.texts("anja")("announce.banner.info")
    assert town.texts("anja")("announce.trial", banner=banner) in town.shown("anja", copy)
    data = {action["verb"]: action["data"] for action in actions_of(town.posts["anja", copy].card)}
    assert set(data) == {"announce.confirm", "announce.ask"}
    assert town.press("anja", "announce.ask", slot=copy, **data["announce.ask"]).notices
    outcome = town.press("anja", "announce.confirm", slot=copy, **data["announce.confirm"])
    assert not outcome.changed
    assert town.texts("anja")("announce.confirmed") in town.shown("anja", copy)
    assert town.press("nils", "announce.confirm", slot=copy, **data["announce.confirm"]).notices
    assert not town.all(Confirmation)


def test_a_copy_to_try_follows_the_text_until_it_is_gone(town: Town) -> None:
    draft = town.draft(units="helse")
    town.act("announce.test", draft)
    copy = f"announce/test/{draft.id}"
    town.act("announce.preview", town.now_is(draft), **{**TEXTS, "body_nb": "Bedre."}, units="helse")
    assert "Bedre." in town.shown("anja", copy)
    town.act("announce.send", town.now_is(draft))
    town.wait()
    town.act("announce.corrected", town.now_is(draft), **CORRECTED)
    assert "Teams virker igjen." in town.shown("anja", copy)
    town.act("announce.recalled", town.now_is(draft))
    assert town.slots("anja", copy) == []


def test_a_question_has_the_announcement_as_its_context_and_is_counted(town: Town, sent: Announcement) -> None:
    town.press("nils", "announce.ask", slot=sent.slot, announcement_id=sent.id)
    assert town.get(Session, "nils").announcement_id == sent.id
    town.put(
        Question(
            id="q-1",
            person_id="nils",
            municipality_id="lillevik",
            utterance="når?",
            language=Language.NB,
            outcome=OutcomeKind.HAND_OVER,
            announcement_id=sent.id,
            asked_at=town.now,
        )
    )
    town.act("announce.refresh", sent)
    assert town.texts("anja")("announce.number.questions") in town.shown("anja", sent.desk)


def test_an_announcement_of_others_cannot_be_asked_about(town: Town, sent: Announcement) -> None:
    outcome = town.press("bo", "announce.ask", slot="x", announcement_id=sent.id)
    assert outcome.notice == town.texts("bo")("announce.refuse.over")
    assert not outcome.changed


def test_an_incident_is_one_announcement_that_keeps_its_history(town: Town) -> None:
    incident = town.send(units="nord", incident="true")
    town.act("announce.corrected", incident, **{**TEXTS, "body_nb": "Feilen er funnet."})
    town.wait()
    town.act("announce.corrected", town.now_is(incident), **{**TEXTS, "body_nb": "Alt virker."})
    town.wait()
    shown = town.shown("nils", incident.slot)
    assert [shown.rindex(text) for text in ("Alt virker.", "Feilen er funnet.", "Vi jobber med saken.")] == sorted(
        shown.rindex(text) for text in ("Alt virker.", "Feilen er funnet.", "Vi jobber med saken.")
    )
    what = town.texts("nils")("announce.banner.info")
    assert town.texts("nils")("announce.banner.update", what=what, number=2) in shown
    assert town.slots("nils", "announce/") == [incident.slot]


def pace(town: Town, sent: Announcement) -> str:
    """Return the sentence of the progress card about pace and time left."""
    card = town.posts["anja", sent.desk].card
    assert card is not None
    texts = [str(each.get("text", "")) for each in card["body"]]
    return next((text for text in texts if " i sekundet" in text), "")


@pytest.mark.full
def test_the_pace_is_that_of_what_is_being_done_now(town: Town) -> None:
    town.put(*(person(f"q{n:05d}", "nord") for n in range(300)))
    sent = town.send(units="nord")
    failed = [f"q{n:05d}" for n in range(100)]
    for who in failed:
        town.statuses[who, sent.slot] = "dead"
    town.act("announce.resend", sent)
    for who in failed[:50]:
        town.statuses[who, sent.slot] = "waiting"
    for who in failed[50:]:
        town.statuses[who, sent.slot] = "sent"
    town.wait(10)
    town.act("announce.refresh", sent)
    assert "5" in pace(town, sent).split()
    for who in failed[:50]:
        del town.statuses[who, sent.slot]
    town.wait(60)
    assert pace(town, sent) == ""


@pytest.mark.full
def test_a_correction_tells_its_pace_too(town: Town) -> None:
    town.put(*(person(f"q{n:05d}", "nord") for n in range(98)))
    sent = town.send(units="nord")
    town.act("announce.corrected", sent, **CORRECTED)
    for n in range(60):
        town.statuses[f"q{n:05d}", sent.slot] = "waiting"
    town.wait(10)
    town.act("announce.refresh", sent)
    assert "4" in pace(town, sent).split()


def test_quiet_hours_hold_a_reminder_back(town: Town) -> None:
    town.change("nils", quiet=True)
    sent = town.send(units="nord", confirm="true")
    evening = town.now.replace(hour=20)
    town.ring_until(evening)
    town.act("announce.chase", town.now_is(sent))
    outcome = town.ring("announce.expand", id=sent.id)
    due = {one.to: one.not_before for one in outcome.posts}
    assert due == {"nils": evening.replace(day=25, hour=7, minute=0), "nora": None}


@pytest.mark.parametrize(
    ("change", "severity", "gets"),
    [
        pytest.param({}, "important", True, id="as before"),
        pytest.param({"municipality_id": "storvik", "unit_id": "brygge"}, "critical", False, id="moved away"),
        pytest.param({"unit_id": "skole"}, "important", False, id="no longer in its audience"),
        pytest.param({"muted": True}, "important", False, id="wants none any more"),
        pytest.param({"muted": True}, "critical", True, id="wants none, but it is critical"),
    ],
)
@pytest.mark.parametrize("verb", ["announce.resend", "announce.chase"])
def test_what_is_sent_again_is_still_for_its_reader(
    town: Town, change: dict[str, Any], severity: str, gets: bool, verb: str
) -> None:
    sent = town.send(units="helse", confirm="true", severity=severity)
    if verb == "announce.resend":
        town.statuses["nils", sent.slot] = "dead"
    town.change("nils", **change)
    town.news.clear()
    assert not town.act(verb, sent).notices
    town.ring("announce.expand", id=sent.id)
    assert ("nils" in {to for to, slot in town.news if slot.startswith(sent.slot)}) is gets


def test_quiet_hours_hold_back_what_is_sent_again(town: Town) -> None:
    town.change("nils", quiet=True)
    sent = town.send(units="nord")
    evening = town.now.replace(hour=20)
    town.ring_until(evening)
    town.statuses["nils", sent.slot] = "dead"
    town.act("announce.resend", town.now_is(sent))
    outcome = town.ring("announce.expand", id=sent.id)
    due = {one.to: one.not_before for one in outcome.posts if one.to == "nils"}
    assert due == {"nils": evening.replace(day=25, hour=7, minute=0)}


@pytest.mark.parametrize("verb", ["announce.resend", "announce.chase"])
def test_what_no_longer_applies_is_neither_sent_again_nor_reminded_of(town: Town, verb: str) -> None:
    sent = town.send(units="nord", confirm="true", expires="2026-11-24")
    town.statuses["nils", sent.slot] = "dead"
    town.ring_until(town.now.replace(day=25))
    outcome = town.act(verb, town.now_is(sent))
    assert outcome.notice == town.texts("anja")("announce.refuse.over")
    assert not outcome.changed


def test_the_card_tells_who_waits_for_working_hours_and_until_when(town: Town) -> None:
    town.change("nils", quiet=True)
    town.ring_until(town.now.replace(hour=19))
    sent = town.send(units="nord")
    town.statuses["nils", sent.slot] = "waiting"
    town.act("announce.refresh", sent)
    texts, opens = town.texts("anja"), town.now.replace(hour=7, minute=0, second=0) + timedelta(days=1)
    told = texts.plural("announce.resting", 1, until=texts.moment(opens))
    assert told in town.shown("anja", sent.desk)


def test_what_applies_no_longer_says_so_and_offers_neither_to_send_again_nor_to_remind(town: Town) -> None:
    sent = town.send(units="nord", confirm="true", expires="2026-11-24")
    texts = town.texts("anja")
    assert texts("announce.valid_until", day=texts.day(town.now.date())) in town.shown("anja", sent.desk)
    assert "announce.chase" in town.buttons("anja", sent.desk)
    town.statuses["nils", sent.slot] = "expired"
    town.ring_until(town.now + timedelta(days=1))
    town.act("announce.refresh", sent)
    assert texts("announce.refuse.over") in town.shown("anja", sent.desk)
    assert not {"announce.chase", "announce.resend"} & set(town.buttons("anja", sent.desk))


@pytest.mark.parametrize(("status", "waits"), [("waiting", True), ("sent", False)])
def test_a_correction_wakes_nobody_whom_it_had_yet_to_reach(town: Town, status: str, waits: bool) -> None:
    town.change("nils", quiet=True)
    town.ring_until(town.now.replace(hour=19))
    sent = town.send(units="nord")
    town.statuses["nils", sent.slot] = status
    town.act("announce.corrected", sent, **CORRECTED)
    outcome = town.ring("announce.expand", id=sent.id)
    [due] = [one.not_before for one in outcome.posts if one.to == "nils"]
    assert due == (town.now.replace(day=25, hour=7, minute=0, second=0) if waits else None)


def test_the_figures_of_a_recalled_one_keep_what_it_had_reached(town: Town) -> None:
    sent = town.send(units="helse", confirm="true")
    town.press("nils", "announce.confirm", announcement_id=sent.id)
    town.act("announce.recalled", town.now_is(sent))
    town.wait()
    gone = town.now_is(sent)
    assert gone.before_recall == Reached(people=3, confirmed=1)
    figures = run(FlowRun(store=town.store).result_of(figures_of(gone)))
    shown = dict(standing(town.texts("anja"), gone, figures))
    assert shown == {
        "Levert før den ble trukket tilbake": "3",
        "Bekreftet før den ble trukket tilbake": "1",
        "Fjernet": "3",
        "Ikke fjernet ennå": "0",
    }


def test_a_second_reminder_waits_for_a_day(town: Town) -> None:
    sent = town.send(units="helse", confirm="true")
    assert not town.act("announce.chase", sent).notices
    town.wait()
    refused = town.act("announce.chase", town.now_is(sent))
    assert "nettopp minnet" in refused.notice
    assert not refused.changed
    town.wait(24 * 3600)
    assert not town.act("announce.chase", town.now_is(sent)).notices
    assert town.now_is(sent).chases == 2
