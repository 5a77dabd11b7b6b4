"""The life of a handoff, as the people in it see it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dialogs.availability.worklist import Worklist
from dialogs.core.content import Holidays
from dialogs.core.event import Scope
from dialogs.core.person import Person, Role
from dialogs.core.question import Question
from dialogs.core.session import Session
from dialogs.handoff.deadlines import WORKING_DAY
from dialogs.handoff.draft import Draft, Unsent
from dialogs.handoff.model import Handoff
from dialogs.handoff.transitions import Status, Transition
from knowledge.article.article import Language
from knowledge.language.masking import MASKS, Secret
from knowledge.matching.policy import OutcomeKind
from tests.unit.driver import TUESDAY, Stage
from tests.unit.handoff.scene import accepted, alter, ambassador, asked, enlist, handoff, person, stage

HOUR = timedelta(hours=1)


def test_nothing_is_sent_before_the_asker_has_seen_it() -> None:
    scene = stage()
    scene.put(
        Question(
            id="q-1",
            person_id="kari",
            municipality_id="lillevik",
            utterance="hva er totrinn?",
            language=Language.NB,
            outcome=OutcomeKind.ANSWER,
            article_id="mfa",
            asked_at=TUESDAY,
        )
    )
    scene.press("kari", "handoff.start", question_id="q-1")
    [slot] = scene.slots("kari")
    assert "hva er totrinn?" in scene.shown("kari", slot)
    assert "Hjemmetjenesten Nord" in scene.shown("kari", slot)
    assert not scene.slots("ana")
    scene.press("kari", "handoff.send", handoff_id=slot.split("/")[1], question="Hva er totrinn, egentlig?")
    [offer] = scene.slots("ana")
    assert "Hva er totrinn, egentlig?" in scene.shown("ana", offer)
    assert "Totrinnsbekreftelse" in scene.shown("ana", offer), "the helper sees what the bot had answered"
    assert "Kari" not in scene.shown("ana", offer), "the name is for the one who takes it"
    assert "Ambassadør Ana" in scene.shown("kari", slot)
    assert "unanswered" in set(scene.all(Question)[0].terms()), "a colleague had to answer it"


def test_somebody_elses_question_cannot_be_handed_over() -> None:
    scene = stage()
    scene.put(
        Question(
            id="q-1",
            person_id="ola",
            municipality_id="lillevik",
            utterance="hemmelig",
            language=Language.NB,
            outcome=OutcomeKind.HAND_OVER,
            asked_at=TUESDAY,
        )
    )
    outcome = scene.press("kari", "handoff.start", question_id="q-1")
    assert outcome.notice
    assert outcome.audits
    assert not outcome.changed


def test_whoever_has_no_unit_is_asked_for_it_and_led_back() -> None:
    scene = stage()
    scene.put(person("ny", "nord", municipality_id="lillevik"))
    newcomer = scene.get(type(person("ny", "nord")), "ny")
    scene.put(type(newcomer)(id="ny", name="Ny", created_at=TUESDAY))
    scene.press("ny", "handoff.start")
    [slot] = scene.slots("ny")
    assert slot.startswith("profile/")
    assert not scene.all(Draft)


def test_a_dropped_preview_leaves_nothing_behind() -> None:
    scene = stage()
    scene.press("kari", "handoff.start")
    id_ = scene.slots("kari")[0].split("/")[1]
    scene.press("kari", "handoff.cancel", handoff_id=id_)
    assert not scene.all(Draft)
    assert not scene.timers
    assert scene.press("kari", "handoff.send", handoff_id=id_, question="likevel").notice


def test_a_preview_left_alone_is_forgotten_after_a_day() -> None:
    scene = stage()
    scene.press("kari", "handoff.start")
    scene.ring_until(TUESDAY + timedelta(days=2))
    assert not scene.all(Draft)


def test_sending_twice_sends_once() -> None:
    scene = stage()
    scene.press("kari", "handoff.start")
    id_ = scene.slots("kari")[0].split("/")[1]
    send = scene.pressing("kari", "handoff.send", handoff_id=id_, question="hei?")
    again = scene.pressing("kari", "handoff.send", handoff_id=id_, question="hei?")
    scene.race(send, again)
    assert len(scene.all(Handoff)) == 1
    assert scene.get(Worklist, "ana").offered == (id_,)


def test_a_national_identity_number_goes_to_nobody() -> None:
    scene = stage()
    number = "13097248022"
    id_ = asked(scene, question=f"Fødselsnummeret er {number}")
    assert number not in handoff(scene, id_).question
    assert number not in scene.shown("ana", f"handoff/{id_}/offer")
    assert _told_of_a_number(scene, "kari")
    scene.press("ana", "handoff.accept", handoff_id=id_)
    scene.say("kari", f"altså {number}")
    assert number not in scene.shown("ana", f"handoff/{id_}/said/1")
    assert "skjult" in scene.shown("kari", f"handoff/{id_}/sent/1")


def test_a_declined_offer_goes_to_the_next_nearest_by_itself() -> None:
    scene = stage()
    id_ = asked(scene)
    scene.press("ana", "handoff.decline", handoff_id=id_)
    assert handoff(scene, id_).assignment.offered_to == "bo"
    assert scene.buttons("ana", f"handoff/{id_}/offer") == []
    assert "handoff.accept" in scene.buttons("bo", f"handoff/{id_}/offer")
    assert "Ambassadør Bo" in scene.shown("kari", f"handoff/{id_}/status")


def test_silence_lets_an_offer_run_out_after_a_quarter_of_the_promised_time() -> None:
    scene = stage()
    id_ = asked(scene)
    scene.ring_until(TUESDAY + WORKING_DAY / 4 - timedelta(seconds=1))
    assert handoff(scene, id_).assignment.offered_to == "ana"
    scene.ring_until(TUESDAY + WORKING_DAY / 4)
    assert handoff(scene, id_).assignment.offered_to == "bo"


def test_the_night_does_not_count() -> None:
    friday = datetime(2026, 11, 27, 14, 0, tzinfo=UTC)  # 15:00 in Norway, half an hour before closing
    scene = stage(at=friday)
    id_ = asked(scene)
    scene.ring_until(friday + timedelta(days=2))
    assert handoff(scene, id_).assignment.offered_to == "ana"
    assert handoff(scene, id_).next_at == datetime(2026, 11, 30, 8, 22, 30, tzinfo=UTC)


def test_when_nobody_is_left_the_contact_gets_it() -> None:
    scene = stage()
    id_ = asked(scene)
    for helper in ("ana", "bo", "cato"):
        scene.press(helper, "handoff.decline", handoff_id=id_)
    assert handoff(scene, id_).status is Status.ESCALATED
    assert "handoff.accept" in scene.buttons("kim", f"handoff/{id_}/offer")
    assert "Digitaliseringsansvarlig" in scene.shown("kari", f"handoff/{id_}/status")
    scene.press("kim", "handoff.accept", handoff_id=id_)
    assert handoff(scene, id_).assignment.owner_id == "kim"


def test_without_a_reachable_contact_the_asker_gets_the_published_address() -> None:
    scene = stage()
    scene.put(person("kim", "lillevik"))  # no longer the contact
    id_ = asked(scene)
    for helper in ("ana", "bo", "cato"):
        scene.press(helper, "handoff.decline", handoff_id=id_)
    assert handoff(scene, id_).adrift
    assert "digital@lillevik.example" in scene.shown("kari", f"handoff/{id_}/status")
    assert f"handoff/{id_}/deadline" in scene.timers


def test_an_escalated_question_stays_with_the_contact_who_is_reminded() -> None:
    scene = stage()
    id_ = asked(scene)
    scene.press("ana", "handoff.decline", handoff_id=id_)
    scene.ring_until(TUESDAY + timedelta(hours=5))
    assert handoff(scene, id_).status is Status.ESCALATED
    scene.ring_until(TUESDAY + timedelta(days=9))
    assert handoff(scene, id_).assignment.contacts == ("kim",)
    assert [slot for slot in scene.slots("kim") if "/reminder/" in slot]


def test_without_a_reachable_contact_those_who_come_back_are_asked() -> None:
    scene = stage()
    scene.put(person("kim", "lillevik"))
    for id_ in ("ana", "bo", "cato"):
        alter(scene, id_, paused=True)
    id_ = asked(scene)
    assert handoff(scene, id_).adrift
    alter(scene, "cato", paused=False)
    scene.ring_until(TUESDAY + timedelta(days=2))
    assert [e.to for e in handoff(scene, id_).history if e.what is Transition.OFFERED] == ["cato"]


def test_both_ends_see_the_words_of_the_other() -> None:
    scene = stage()
    id_ = accepted(scene)
    assert scene.get(Session, "kari").talking_in == id_
    scene.say("kari", "Det gjelder mappa Turnus")
    assert "Det gjelder mappa Turnus" in scene.shown("ana", f"handoff/{id_}/said/1")
    scene.say("ana", "Trykk Del")
    assert "Trykk Del" in scene.shown("kari", f"handoff/{id_}/said/2")
    assert "Sendt til Ambassadør Ana" in scene.shown("kari", f"handoff/{id_}/sent/1")


def test_the_receipt_comes_once_a_conversation_and_whenever_something_was_masked() -> None:
    scene = stage()
    id_ = accepted(scene)
    for words in ("en", "to", "fnr 13097248022", "tre"):
        scene.say("kari", words)
    assert scene.slots("kari", f"handoff/{id_}/sent/") == [f"handoff/{id_}/sent/1", f"handoff/{id_}/sent/3"]
    scene.press("ana", "handoff.release", handoff_id=id_)
    scene.press("bo", "handoff.accept", handoff_id=id_)
    scene.say("kari", "fire")
    assert "Sendt til Ambassadør Bo" in scene.shown("kari", f"handoff/{id_}/sent/5"), "it is another conversation"


def test_solved_confirmed_and_rated() -> None:
    scene = stage()
    id_ = accepted(scene)
    scene.press("ana", "handoff.resolve", handoff_id=id_, answer="Trykk Del.")
    assert "Trykk Del." in scene.shown("kari", f"handoff/{id_}/closing/1")
    assert scene.get(Session, "kari").talking_in is None
    scene.press("kari", "handoff.confirm", handoff_id=id_)
    assert "Ambassadør Ana får se hva du svarer." in scene.shown("kari", f"handoff/{id_}/closing/1")
    scene.press("kari", "handoff.rate", handoff_id=id_, rating="4")
    again = scene.press("kari", "handoff.rate", handoff_id=id_, rating="4")
    assert again.notice
    assert handoff(scene, id_).outcome.rating == 4
    assert "4 – god" in scene.shown("ana", f"handoff/{id_}/offer")


def test_a_rating_is_changed_where_it_was_given_and_the_helper_sees_the_last_one() -> None:
    scene = stage()
    id_ = accepted(scene)
    scene.press("ana", "handoff.resolve", handoff_id=id_, answer="Trykk Del.")
    scene.press("kari", "handoff.confirm", handoff_id=id_)
    closing = f"handoff/{id_}/closing/1"
    unrated = scene.buttons("kari", closing)
    steps = len(handoff(scene, id_).history)
    for rating in ("1", "5", "4"):
        assert scene.press("kari", "handoff.rate", slot=closing, handoff_id=id_, rating=rating).notice == ""
        assert scene.buttons("kari", closing) == unrated, "the buttons stay where they were"
    assert "Du svarte «4 – god»." in scene.shown("kari", closing)
    assert "4 – god" in scene.shown("ana", f"handoff/{id_}/offer")
    assert "5 – svært god" not in scene.shown("ana", f"handoff/{id_}/offer")
    assert len(handoff(scene, id_).history) == steps + 1


def test_a_rating_stands_once_the_question_is_closed_for_good() -> None:
    scene = stage()
    id_ = accepted(scene)
    scene.press("ana", "handoff.resolve", handoff_id=id_, answer="Trykk Del.")
    scene.press("kari", "handoff.confirm", handoff_id=id_)
    scene.press("kari", "handoff.rate", handoff_id=id_, rating="4")
    scene.ring_until(TUESDAY + timedelta(days=15))
    assert scene.buttons("kari", f"handoff/{id_}/closing/1") == []
    assert scene.press("kari", "handoff.rate", handoff_id=id_, rating="1").notice
    assert handoff(scene, id_).outcome.rating == 4


def test_an_answer_that_helped_is_rated_with_one_press_on_the_same_card() -> None:
    scene = stage()
    id_ = accepted(scene)
    scene.press("ana", "handoff.resolve", handoff_id=id_, answer="Trykk Del.")
    closing = f"handoff/{id_}/closing/1"
    assert _pressable(scene) == {closing: ["handoff.confirm", "handoff.reopen"]}, "and on no other card besides"
    scene.press("kari", "handoff.confirm", slot=closing, handoff_id=id_)
    assert _pressable(scene) == {closing: ["handoff.rate"] * 5}
    good = [action["data"] for to, slot, action in scene.presses() if (to, slot) == ("kari", closing)][1]
    scene.press("kari", "handoff.rate", slot=closing, **good)
    assert handoff(scene, id_).outcome.rating == 4
    assert "Takk! Ambassadør Ana får se tilbakemeldingen." in scene.shown("kari", closing)


def test_an_answer_that_helped_can_be_rated_and_reopened_later_among_the_askers_questions() -> None:
    scene = stage()
    id_ = accepted(scene)
    scene.press("ana", "handoff.resolve", handoff_id=id_, answer="Trykk Del.")
    scene.press("kari", "handoff.confirm", handoff_id=id_)
    assert scene.texts("kari")("handoff.closing.later") in scene.shown("kari", f"handoff/{id_}/closing/1")
    scene.press("kari", "handoff.mine")
    [mine] = scene.slots("kari", "handoff/mine")
    assert scene.buttons("kari", mine) == ["handoff.reopen", *["handoff.rate"] * 5]
    assert scene.texts("kari")("handoff.reopen_after_all") in scene.shown("kari", mine)


def test_a_reopened_question_goes_back_to_the_same_helper_with_the_askers_words() -> None:
    scene = stage()
    id_ = accepted(scene)
    scene.press("ana", "handoff.resolve", handoff_id=id_, answer="Trykk Del.")
    scene.ring_until(TUESDAY + timedelta(days=13))
    scene.press("kari", "handoff.reopen", handoff_id=id_, words="Knappen er borte")
    assert handoff(scene, id_).status is Status.ACCEPTED
    assert handoff(scene, id_).assignment.owner_id == "ana"
    assert "Knappen er borte" in scene.shown("ana", f"handoff/{id_}/said/1")


def test_after_fourteen_days_it_is_closed_for_good() -> None:
    scene = stage()
    id_ = accepted(scene)
    scene.press("ana", "handoff.resolve", handoff_id=id_, answer="Trykk Del.")
    scene.ring_until(TUESDAY + timedelta(days=15))
    outcome = scene.press("kari", "handoff.reopen", handoff_id=id_)
    assert outcome.notice
    assert handoff(scene, id_).status is Status.RESOLVED
    assert scene.buttons("kari", f"handoff/{id_}/status") == []
    assert not scene.timers


def test_a_withdrawn_question_cannot_be_taken() -> None:
    scene = stage()
    id_ = asked(scene)
    scene.press("kari", "handoff.withdraw", handoff_id=id_)
    assert scene.buttons("ana", f"handoff/{id_}/offer") == []
    outcome = scene.press("ana", "handoff.accept", handoff_id=id_)
    assert "trukket tilbake" in outcome.notice or outcome.notice
    assert handoff(scene, id_).status is Status.WITHDRAWN
    assert not scene.timers
    assert scene.get(Worklist, "ana").used_capacity == 0


def test_an_edited_question_changes_on_the_helpers_card() -> None:
    scene = stage()
    id_ = asked(scene)
    scene.press("kari", "handoff.edit", handoff_id=id_, question="Hvordan deler jeg et dokument?")
    assert "et dokument" in scene.shown("ana", f"handoff/{id_}/offer")
    scene.press("ana", "handoff.accept", handoff_id=id_)
    assert scene.press("kari", "handoff.edit", handoff_id=id_, question="noe annet").notice
    assert "noe annet" not in handoff(scene, id_).question


def test_of_two_who_accept_at_once_one_wins_and_the_other_is_told_who() -> None:
    scene = stage()
    scene.put(person("kine", "lillevik", *scene.get(type(person("x", "nord")), "kim").roles, name="Kontakt Kine"))
    id_ = asked(scene)
    for helper in ("ana", "bo", "cato"):
        scene.press(helper, "handoff.decline", handoff_id=id_)
    one = scene.pressing("kim", "handoff.accept", handoff_id=id_)
    other = scene.pressing("kine", "handoff.accept", handoff_id=id_)
    first, second = scene.race(one, other)
    assert not first.notice
    assert "Kontakt Kim" in second.notice
    assert handoff(scene, id_).assignment.owner_id == "kim"
    assert "Kontakt Kim" in scene.shown("kine", f"handoff/{id_}/offer")


def test_a_silent_helper_is_reminded_twice_and_then_the_question_moves_on() -> None:
    scene = stage()
    id_ = accepted(scene)
    scene.ring_until(TUESDAY + 4 * HOUR)
    assert len([slot for slot in scene.slots("ana") if "/reminder/" in slot]) == 1
    scene.ring_until(TUESDAY + timedelta(days=1, hours=1))
    assert len([slot for slot in scene.slots("ana") if "/reminder/" in slot]) == 2
    assert handoff(scene, id_).assignment.owner_id == "ana"
    scene.ring_until(TUESDAY + timedelta(days=1, hours=5))
    assert handoff(scene, id_).assignment.contacts == ("kim",), "the promised time has passed"
    assert "Jeg finner en annen" in " ".join(scene.shown("kari", slot) for slot in scene.slots("kari"))


def test_a_silent_asker_is_reminded_and_then_taken_as_content() -> None:
    scene = stage()
    id_ = accepted(scene)
    scene.say("ana", "Hjalp det?")
    scene.ring_until(TUESDAY + timedelta(days=4))
    assert [slot for slot in scene.slots("kari") if "/reminder/" in slot]
    scene.ring_until(TUESDAY + timedelta(days=9))
    assert handoff(scene, id_).status is Status.RESOLVED
    assert "handoff.reopen" in scene.buttons("kari", f"handoff/{id_}/closing/1")


def test_a_public_holiday_does_not_count() -> None:
    scene = stage(holidays=Holidays(days=frozenset({TUESDAY.date()})))
    id_ = asked(scene)
    assert handoff(scene, id_).next_at == TUESDAY + timedelta(days=1, minutes=52.5), "Wednesday, before ten"


def test_the_asker_is_told_when_an_answer_can_be_expected() -> None:
    scene = stage()
    id_ = asked(scene)
    assert "innen onsdag 25. november kl. 09:00" in scene.shown("kari", f"handoff/{id_}/status")


def test_asking_in_a_channel_shows_the_preview_to_the_asker_alone() -> None:
    scene = stage()
    scene.press("kari", "handoff.start", scope=Scope.TEAM)
    [slot] = scene.slots("kari")
    assert "handoff.send" in scene.buttons("kari", slot)
    [public] = scene.slots("conversation:c-kari")
    assert scene.buttons("conversation:c-kari", public) == []


def test_ones_own_questions_are_listed_with_where_they_stand() -> None:
    scene = stage()
    first = accepted(scene)
    asked(scene, "ola", "ikke Karis")
    scene.press("kari", "handoff.mine")
    [slot] = scene.slots("kari", "handoff/mine")
    assert "hjelper deg nå" in scene.shown("kari", slot)
    assert "ikke Karis" not in scene.shown("kari", slot)
    assert "handoff.withdraw" in scene.buttons("kari", slot)
    assert handoff(scene, first).status is Status.ACCEPTED


def test_the_list_of_own_questions_says_the_deadline_and_follows_what_happens() -> None:
    scene = stage()
    id_ = asked(scene)
    scene.press("kari", "handoff.mine")
    [slot] = scene.slots("kari", "handoff/mine")
    due = handoff(scene, id_).promised_at
    assert due is not None
    assert f"Du kan vente svar innen {scene.texts('kari').moment(due)}." in scene.shown("kari", slot)
    scene.press("ana", "handoff.accept", handoff_id=id_)
    assert "hjelper deg nå" in scene.shown("kari", slot)
    assert "vente svar" not in scene.shown("kari", slot)
    scene.press("ana", "handoff.resolve", handoff_id=id_, answer="Trykk Del.")
    assert scene.buttons("kari", slot) == ["handoff.confirm", "handoff.reopen"]
    scene.press("kari", "handoff.confirm", slot=slot, handoff_id=id_)
    assert "Løst, med hjelp fra Ambassadør Ana." in scene.shown("kari", slot)


def test_there_is_one_list_of_own_questions_and_it_is_the_last_message() -> None:
    scene = stage()
    asked(scene)
    for _ in range(2):
        scene.press("kari", "handoff.mine")
    [slot] = scene.slots("kari", "handoff/mine")
    second = asked(scene, question="Hva er OneDrive?")
    assert "Hva er OneDrive?" in scene.shown("kari", slot)
    assert scene.slots("kari", "handoff/mine") == [slot]
    scene.press("kari", "handoff.withdraw", handoff_id=second)
    scene.press("kari", "handoff.mine")
    assert scene.slots("kari")[-1] == scene.slots("kari", "handoff/mine")[-1]


def test_one_person_does_not_fill_the_network() -> None:
    scene = stage()
    for _ in range(5):
        asked(scene)
    scene.press("kari", "handoff.start")
    assert not scene.all(Draft)


def test_somebody_elses_handoff_is_as_unknown_as_a_made_up_one() -> None:
    scene = stage()
    id_ = accepted(scene)
    for verb in ("edit", "withdraw", "confirm", "reopen", "rate", "focus", "send_unsent"):
        outcome = scene.press("ola", f"handoff.{verb}", handoff_id=id_, question="x", rating="1")
        assert outcome.notice == scene.press("ola", f"handoff.{verb}", handoff_id="handoff-made-up").notice
        assert outcome.audits
        assert not outcome.changed


def test_a_rating_before_the_confirmation_or_out_of_range_is_refused() -> None:
    scene = stage()
    id_ = accepted(scene)
    assert scene.press("kari", "handoff.rate", handoff_id=id_, rating="5").notice
    scene.press("kari", "handoff.confirm", handoff_id=id_)
    for rating in ("0", "6", "fem", ""):
        assert scene.press("kari", "handoff.rate", handoff_id=id_, rating=rating).notice
    assert handoff(scene, id_).outcome.rating is None


def test_a_timer_that_rings_late_or_twice_does_no_harm() -> None:
    scene = stage()
    id_ = accepted(scene)
    before = handoff(scene, id_)
    outcome = scene.ring("handoff.due", handoff_id=id_)
    assert not outcome.changed
    assert handoff(scene, id_) == before
    assert not scene.ring("handoff.due", handoff_id="handoff-made-up").changed


def test_words_written_after_the_end_go_to_nobody() -> None:
    scene = stage()
    id_ = accepted(scene)
    session = scene.get(Session, "kari")
    scene.press("ana", "handoff.resolve", handoff_id=id_, answer="slik")
    scene.put(session)  # a session from before, as after a restart with an old backup
    scene.say("kari", "en ting til")
    assert not [slot for slot in scene.slots("ana") if "/said/" in slot]
    assert "ble ikke sendt" not in scene.shown("ana", f"handoff/{id_}/offer")
    assert scene.get(Session, "kari").talking_in is None


def in_queue(scene: Stage) -> str:
    """Let a question wait that every helper may take, while all three have their desks open."""
    for helper in ("ana", "bo", "cato"):
        alter(scene, helper, paused=True)
        scene.press(helper, "ambassador.desk")
    return asked(scene)


def desk_of(scene: Stage, helper: str) -> str:
    return scene.shown(helper, scene.get(Worklist, helper).slot)


def test_a_question_that_somebody_takes_from_the_queue_leaves_the_others_desks_within_a_minute() -> None:
    scene = stage()
    id_ = in_queue(scene)
    scene.ring_until(scene.now + timedelta(minutes=1))
    assert "deler jeg en mappe" in desk_of(scene, "bo")
    scene.press("ana", "handoff.accept", handoff_id=id_)
    before = len(scene.news)
    scene.ring_until(scene.now + timedelta(minutes=1))
    assert "deler jeg en mappe" not in desk_of(scene, "bo")
    assert sorted(to for to, _ in scene.news[before:]) == ["bo", "cato"], "one card each, and none for nothing"
    scene.ring_until(scene.now + timedelta(minutes=5))
    assert len(scene.news) == before + 2


def test_a_desk_nobody_has_looked_at_today_is_left_alone() -> None:
    scene = stage()
    id_ = in_queue(scene)
    scene.ring_until(scene.now + timedelta(hours=9))
    scene.press("ana", "handoff.accept", handoff_id=id_)
    before = len(scene.news)
    scene.ring_until(scene.now + timedelta(minutes=1))
    assert len(scene.news) == before


def test_what_comes_to_somebody_again_is_a_new_message_and_the_old_card_goes() -> None:
    """Teams tells nobody that an old message has changed: it would lie unseen, far up."""
    scene = stage()
    id_ = accepted(scene)
    first, second = (f"handoff/{id_}/offer{turn}" for turn in ("", "/2"))
    scene.press("ana", "handoff.resolve", handoff_id=id_, answer="Trykk Del.")
    assert scene.slots("ana", f"handoff/{id_}/offer") == [first]
    scene.press("kari", "handoff.reopen", handoff_id=id_)
    assert scene.slots("ana", f"handoff/{id_}/offer") == [second], "though the asker wrote nothing more"
    scene.press("ana", "handoff.release", handoff_id=id_)
    assert scene.shown("ana", second).startswith("Du ga spørsmålet tilbake.")


def test_what_a_colleague_passes_to_one_who_let_it_run_out_is_a_new_message() -> None:
    scene = stage()
    id_ = asked(scene)
    scene.ring_until(TUESDAY + WORKING_DAY / 4)
    scene.press("bo", "handoff.pass", handoff_id=id_, colleague_id="ana")
    second = f"handoff/{id_}/offer/2"
    assert scene.slots("ana", f"handoff/{id_}/offer") == [second]
    assert "handoff.accept" in scene.buttons("ana", second)
    scene.press("ana", "handoff.accept", handoff_id=id_)
    assert scene.slots("ana", f"handoff/{id_}/offer") == [second], "taking what one has been offered is nothing new"


def test_a_contact_who_let_an_offer_run_out_is_told_anew_when_nobody_took_it() -> None:
    scene = stage()
    enlist(scene, ambassador("kim", "nord"))
    scene.put(replace(scene.get(Person, "kim"), roles=frozenset({Role.CONTACT, Role.AMBASSADOR})))
    scene.put(person("knut", "lillevik", Role.CONTACT, name="Kontakt Knut"))
    alter(scene, "ana", capacity=0)
    id_ = asked(scene)
    assert handoff(scene, id_).assignment.offered_to == "kim"
    for helper in ("kim", "bo", "cato"):
        scene.press(helper, "handoff.decline", handoff_id=id_)
    assert handoff(scene, id_).status is Status.ESCALATED
    assert scene.slots("kim", f"handoff/{id_}/offer") == [f"handoff/{id_}/offer/2"]
    assert scene.slots("knut", f"handoff/{id_}/offer") == [f"handoff/{id_}/offer"]


@pytest.mark.parametrize(
    ("who", "verb", "field"),
    [
        ("kari", "edit", "question"),
        ("ana", "resolve", "answer"),
        ("kari", "reopen", "words"),
        ("bo", "tip", "words"),
    ],
)
def test_whoever_writes_a_national_identity_number_is_told_that_it_is_hidden(who: str, verb: str, field: str) -> None:
    scene = stage()
    id_ = asked(scene)
    before: dict[str, list[str]] = {
        "edit": [],
        "resolve": ["accept"],
        "reopen": ["accept", "resolve"],
        "tip": ["accept", "ask_network"],
    }
    for step in before[verb]:
        scene.press("ana", f"handoff.{step}", handoff_id=id_)
    scene.press(who, f"handoff.{verb}", handoff_id=id_, **{field: "Det er 13097248022"})
    assert _told_of_a_number(scene, who)
    assert [to for to, slot in scene.posts if slot.startswith("handoff/masked/")] == [who], "and nobody else"
    assert "13097248022" not in str(scene.posts)
    assert MASKS[Secret.NATIONAL_ID] in str(scene.posts), "what was written still arrives"


def test_a_number_in_words_whose_reader_is_not_clear_yet_is_told_at_once() -> None:
    scene = stage()
    first, second = accepted(scene), accepted(scene)
    scene.press("kari", "handoff.focus", handoff_id=first)
    scene.now += timedelta(minutes=1)
    scene.press("ana", "handoff.focus", handoff_id=second)
    scene.say("ana", "Hei!")
    scene.say("kari", "jeg er 13097248022")
    assert scene.texts("kari")("handoff.masked") in scene.shown("kari", scene.slots("kari")[-1])


def test_two_halves_of_a_number_that_come_together_are_hidden_too() -> None:
    scene = stage()
    id_ = asked(scene, question="Hvem er 130972")
    scene.press("ana", "handoff.accept", handoff_id=id_)
    scene.press("ana", "handoff.resolve", handoff_id=id_, answer="Si mer.")
    alter(scene, "ana", active=False)
    scene.press("kari", "handoff.reopen", handoff_id=id_, words="48022?")
    assert handoff(scene, id_).question == f"Hvem er {MASKS[Secret.NATIONAL_ID]}?"


def test_two_halves_of_a_number_whose_reader_is_not_clear_yet_are_hidden_too() -> None:
    scene = stage()
    first, second = accepted(scene), accepted(scene)
    scene.press("kari", "handoff.focus", handoff_id=first)
    scene.now += timedelta(minutes=1)
    scene.press("ana", "handoff.focus", handoff_id=second)
    scene.say("ana", "Hei!")
    scene.say("kari", "130972")
    scene.say("kari", "48022")
    assert scene.get(Unsent, "kari").text == MASKS[Secret.NATIONAL_ID]
    assert scene.texts("kari")("handoff.masked") in scene.shown("kari", scene.slots("kari")[-1])


def _told_of_a_number(scene: Stage, who: str) -> bool:
    told = scene.texts(who)("handoff.masked")
    return [scene.shown(who, slot) for slot in scene.slots(who, "handoff/masked/")] == [f"{told} {told}"]


def _pressable(scene: Stage) -> dict[str, list[str]]:
    """Return the verbs Kari can press, by slot."""
    return {slot: verbs for slot in scene.slots("kari") if (verbs := scene.buttons("kari", slot))}
