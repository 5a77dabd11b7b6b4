"""The helper's tools: passing on, the network's advice, articles, images, several conversations, suggestions."""

from dataclasses import replace
from datetime import time, timedelta
from itertools import product

import pytest

from dialogs.ambassadors import feature as ambassador_flow
from dialogs.ask.cards import answered
from dialogs.availability.profile import AmbassadorProfile
from dialogs.availability.worklist import Worklist
from dialogs.core.article_view import ArticleView
from dialogs.core.event import Attachment, Refusal
from dialogs.core.image import Image
from dialogs.core.person import Address, Person, Role
from dialogs.core.session import Session
from dialogs.handoff import feature as handoff_flow
from dialogs.handoff.addition import Addition
from dialogs.handoff.deadlines import WORKING_DAY
from dialogs.handoff.draft import Unsent
from dialogs.handoff.suggestion import Suggestion, Verdict
from dialogs.handoff.transitions import Status
from dialogs.privacy import flow as privacy_flow
from knowledge.article.article import ArticleBook, Language
from knowledge.matching.matcher import Candidate
from knowledge.organisation.nearest import Absence
from knowledge.organisation.organisation import Organisation
from tests.channels import TEAMS
from tests.unit.driver import TUESDAY, Stage
from tests.unit.handoff.scene import (
    ARTICLE,
    accepted,
    alter,
    ambassador,
    asked,
    enlist,
    handoff,
    person,
    stage,
    suggests,
)


def test_a_question_can_be_passed_to_a_colleague_by_name() -> None:
    scene = stage()
    id_ = accepted(scene)
    scene.press("ana", "handoff.pass_card", handoff_id=id_)
    card = scene.shown("ana", f"handoff/{id_}/pass")
    assert "Ambassadør Cato, Skole" in card
    assert "Ambassadør Dag" not in card, "Dag works in another municipality"
    scene.press("ana", "handoff.pass", handoff_id=id_, colleague_id="cato")
    assert handoff(scene, id_).assignment.offered_to == "cato"
    scene.press("cato", "handoff.decline", handoff_id=id_)
    assert handoff(scene, id_).assignment.offered_to == "bo", "and it does not come back to the one who passed it"


def test_what_was_laid_out_to_choose_among_goes_when_there_is_nothing_to_choose_any_more() -> None:
    scene = stage()
    scene.matches = lambda _: (Candidate(article_id="mfa", confidence=0.9),)
    for end in ("pass", "pass_cancel", "release", "resolve"):
        id_ = accepted(scene)
        for laid_out in ("pass_card", "search"):
            scene.press("ana", f"handoff.{laid_out}", handoff_id=id_)
        cards = {f"handoff/{id_}/pass", f"handoff/{id_}/articles"}
        assert cards <= set(scene.slots("ana"))
        scene.press("ana", f"handoff.{end}", handoff_id=id_, colleague_id="cato")
        assert not [verb for slot in cards for verb in scene.buttons("ana", slot)], end
    scene.press("kari", "handoff.withdraw", handoff_id=(id_ := asked(scene)))
    scene.press("ana", "handoff.pass_card", handoff_id=id_)
    assert scene.slots("ana", f"handoff/{id_}/pass") == []


def test_who_passed_it_on_reads_to_whom_on_the_card_itself() -> None:
    scene = stage()
    id_ = accepted(scene)
    scene.press("ana", "handoff.pass", handoff_id=id_, colleague_id="cato")
    assert "Gitt videre til Ambassadør Cato." in scene.shown("ana", f"handoff/{id_}/offer")
    scene.press("cato", "handoff.decline", handoff_id=id_)
    assert handoff(scene, id_).passed_on_by("ana") == "cato", "whoever has it by now"


def test_whoever_has_declined_is_not_counted_among_those_who_know_a_topic() -> None:
    scene = stage()
    id_ = asked(scene)
    for helper in ("ana", "bo", "cato"):
        scene.press(helper, "handoff.decline", handoff_id=id_)
    assert handoff(scene, id_).status is Status.ESCALATED
    alter(scene, "cato", topics=frozenset({"citrix"}))
    scene.press("kim", "handoff.pass_card", handoff_id=id_)
    assert "citrix" not in scene.shown("kim", f"handoff/{id_}/pass")
    outcome = scene.press("kim", "handoff.pass", handoff_id=id_, topic="citrix")
    assert outcome.notice == scene.texts("kim")("handoff.refused.nobody_knows")
    assert handoff(scene, id_).status is Status.ESCALATED, "it would have come straight back"


def test_a_forged_colleague_of_another_municipality_is_refused() -> None:
    scene = stage()
    id_ = accepted(scene)
    outcome = scene.press("ana", "handoff.pass", handoff_id=id_, colleague_id="dag")
    assert outcome.notice
    assert outcome.audits
    assert handoff(scene, id_).assignment.owner_id == "ana"


def test_where_both_municipalities_share_their_people_help_may_come_from_the_other() -> None:
    scene = stage(shares=True)
    id_ = asked(scene)
    for helper in ("ana", "bo", "cato"):
        scene.press(helper, "handoff.decline", handoff_id=id_)
    assert handoff(scene, id_).assignment.offered_to == "dag"


def test_a_question_can_be_passed_to_whoever_knows_the_topic() -> None:
    scene = stage()
    alter(scene, "cato", topics=frozenset({"citrix"}))
    id_ = accepted(scene)
    assert scene.press("ana", "handoff.pass", handoff_id=id_, topic="printing").notice
    scene.press("ana", "handoff.pass", handoff_id=id_, topic="citrix")
    assert handoff(scene, id_).assignment.offered_to == "cato"


def test_a_full_colleague_is_not_offered_more() -> None:
    scene = stage()
    alter(scene, "ana", capacity=1)
    first, second = asked(scene), asked(scene)
    assert handoff(scene, first).assignment.offered_to == "ana"
    assert handoff(scene, second).assignment.offered_to == "bo"


def test_two_questions_at_once_do_not_share_one_free_place() -> None:
    scene = stage()
    alter(scene, "ana", capacity=1)
    ids = []
    for _ in range(2):
        scene.press("kari", "handoff.start")
        ids.append(scene.slots("kari", "handoff/")[-1].split("/")[1])
    scene.race(*(scene.pressing("kari", "handoff.send", handoff_id=id_, question="hei?") for id_ in ids))
    assert scene.get(Worklist, "ana").used_capacity == 1
    assert {handoff(scene, id_).assignment.offered_to for id_ in ids} == {"ana", "bo"}


def test_when_all_are_busy_the_question_waits_for_the_first_free_place() -> None:
    scene = stage()
    for helper in ("ana", "bo", "cato"):
        alter(scene, helper, capacity=1)
    first = [accepted(scene, by) for by in ("ana", "bo", "cato")]
    waiting = asked(scene, "ola")
    assert handoff(scene, waiting).status is Status.WAITING
    assert "kø" in scene.shown("ola", f"handoff/{waiting}/status")
    scene.press("bo", "handoff.resolve", handoff_id=first[1], answer="slik")
    assert handoff(scene, waiting).assignment.offered_to == "bo"


def test_the_queue_does_not_last_forever() -> None:
    scene = stage()
    for helper in ("ana", "bo", "cato"):
        alter(scene, helper, capacity=1)
        accepted(scene, helper)
    waiting = asked(scene, "ola")
    scene.ring_until(TUESDAY + timedelta(hours=2))
    assert handoff(scene, waiting).status is Status.ESCALATED


def test_the_network_gives_advice_and_the_question_stays() -> None:
    scene = stage()
    id_ = accepted(scene)
    scene.press("ana", "handoff.ask_network", handoff_id=id_)
    assert scene.slots("dag") == []
    assert "Kari" not in scene.shown("bo", f"handoff/{id_}/network")
    scene.press("bo", "handoff.tip", handoff_id=id_, words="Se under Tilgang")
    assert "Se under Tilgang" in scene.shown("ana", f"handoff/{id_}/tip/1")
    assert handoff(scene, id_).assignment.owner_id == "ana"
    assert scene.press("bo", "handoff.tip", handoff_id=id_, words="en gang til").notice
    scene.press("ana", "handoff.resolve", handoff_id=id_, answer="slik")
    assert scene.buttons("cato", f"handoff/{id_}/network") == []
    assert scene.press("dag", "handoff.tip", handoff_id=id_, words="hei").audits


def test_an_article_can_be_the_answer() -> None:
    scene = stage()
    scene.matches = lambda _: (Candidate(article_id="mfa", confidence=0.9),)
    id_ = accepted(scene)
    scene.press("ana", "handoff.search", handoff_id=id_, words="totrinn")
    assert "Totrinnsbekreftelse" in scene.shown("ana", f"handoff/{id_}/articles")
    scene.press("ana", "handoff.send_article", handoff_id=id_, article_id="mfa")
    assert "Bruk appen på telefonen." in scene.shown("kari", f"handoff/{id_}/said/1")
    assert scene.buttons("kari", f"handoff/{id_}/said/1") == ["handoff.focus"]
    assert scene.press("ana", "handoff.send_article", handoff_id=id_, article_id="../etc").notice


def test_an_article_from_a_colleague_is_read_as_one_from_the_bot() -> None:
    scene = stage()
    linked = "Bruk **appen**, og les [mer om den](https://lillevik.example/app)."
    article = replace(ARTICLE, answer=linked, municipality_id="lillevik")
    scene.content = replace(scene.content, articles=ArticleBook.from_articles([article]))
    id_ = accepted(scene)
    scene.press("ana", "handoff.send_article", handoff_id=id_, article_id="mfa")
    told = scene.posts["kari", f"handoff/{id_}/said/1"].card
    view = ArticleView(article=article, applies_to="Lillevik kommune")
    own = answered(scene.texts("kari"), view, question_id="q", masked=frozenset()).card
    assert told is not None
    assert own is not None
    assert told["body"][0]["text"] == "Ambassadør Ana svarer med en artikkel:"
    *answer, _whether_it_helped = own["body"]
    assert told["body"][1:] == answer
    assert {"type": "TextBlock", "text": linked, "wrap": True} in told["body"], "Markdown is shown, not read out"


def test_a_screenshot_is_relayed_and_anything_else_refused() -> None:
    scene = stage()
    id_ = accepted(scene)
    scene.put(Image(id="img-1", person_id="kari", media_type="image/png", size_bytes=1000, at=scene.now))
    shot = Attachment(id="img-1", name="skjerm.png", media_type="image/png", size_bytes=1000)
    scene.say("kari", "slik ser det ut", [shot])
    assert scene.posts[("ana", f"handoff/{id_}/said/1")].image_id == "img-1"
    assert handoff(scene, id_).chat.images == ("img-1",)
    assert scene.get(Image, "img-1").handoff_id == id_
    for refusal in Refusal:
        outcome = scene.say("kari", "og her", [replace(shot, id="", refused=refusal)])
        assert not outcome.changed
    assert handoff(scene, id_).chat.messages == 1


def test_an_ambassador_with_two_conversations_is_asked_whom_the_words_are_for() -> None:
    scene = stage()
    first = accepted(scene, "ana", "kari")
    scene.now += timedelta(minutes=1)
    second = asked(scene, "ola")
    scene.press("cato", "handoff.pass", handoff_id=second, colleague_id="ana")
    scene.press("ana", "handoff.accept", handoff_id=second)
    scene.now += timedelta(minutes=1)
    scene.say("kari", "Er du der?")
    scene.now += timedelta(minutes=1)
    scene.say("ana", "Ja, trykk Del")
    assert not [slot for slot in scene.slots("ola") if "/said/" in slot], "it would have gone to the wrong person"
    assert scene.get(Unsent, "ana").text == "Ja, trykk Del"
    scene.say("ana", "øverst til høyre")
    scene.press("ana", "handoff.send_unsent", handoff_id=first)
    assert "Ja, trykk Del\nøverst til høyre" in scene.shown("kari", f"handoff/{first}/said/2")
    assert scene.get(Session, "ana").talking_in == first
    scene.say("ana", "Mer til deg")
    assert "Mer til deg" in scene.shown("kari", f"handoff/{first}/said/3")


def test_the_asker_can_go_back_to_the_bot_and_return() -> None:
    scene = stage()
    id_ = accepted(scene)
    scene.press("kari", "handoff.stop", handoff_id=id_)
    scene.say("kari", "hva er totrinn?")
    assert not [slot for slot in scene.slots("ana") if "/said/" in slot]
    scene.press("kari", "handoff.focus", handoff_id=id_)
    scene.say("kari", "hei igjen")
    assert "hei igjen" in scene.shown("ana", f"handoff/{id_}/said/1")


@pytest.mark.parametrize("change", [{"paused": True}, {"active": False}])
def test_what_a_lost_helper_had_moves_on_by_itself(change: dict[str, bool]) -> None:
    scene = stage()
    taken, offered = accepted(scene), asked(scene, "kari")
    assert handoff(scene, offered).assignment.offered_to == "ana"
    alter(scene, "ana", **change)
    scene.ring("handoff.lost", person_id="ana")
    assert handoff(scene, taken).assignment.offered_to == "bo"
    assert handoff(scene, offered).assignment.offered_to == "bo"
    assert "ikke tilgjengelig" in scene.shown("ana", f"handoff/{taken}/offer")
    assert scene.buttons("ana", f"handoff/{taken}/offer") == []


def test_an_absent_helpers_substitute_gets_what_they_had() -> None:
    scene = stage()
    id_ = accepted(scene)
    today = TUESDAY.date()
    alter(scene, "ana", absences=(Absence(first_day=today, last_day=today, substitute_id="cato"),))
    scene.ring("handoff.lost", person_id="ana")
    assert handoff(scene, id_).assignment.offered_to == "cato"


def _with_a_substitute(scene: Stage) -> None:
    """Let Cato stand in for Ana, who is away today."""
    today = TUESDAY.date()
    alter(scene, "ana", absences=(Absence(first_day=today, last_day=today, substitute_id="cato"),))


def test_both_ends_are_told_whose_substitute_the_helper_is_as_long_as_the_helper_has_it() -> None:
    scene = stage()
    _with_a_substitute(scene)
    id_ = asked(scene)
    to_asker, to_helper = "Ambassadør Cato er vikar for Ambassadør Ana.", "Du får det som vikar for Ambassadør Ana."
    assert to_asker in scene.shown("kari", f"handoff/{id_}/status")
    assert to_helper in scene.shown("cato", f"handoff/{id_}/offer")
    scene.press("cato", "handoff.accept", handoff_id=id_)
    assert to_asker in scene.shown("kari", f"handoff/{id_}/status")
    assert to_helper in scene.shown("cato", f"handoff/{id_}/offer")
    scene.press("cato", "handoff.release", handoff_id=id_)
    assert handoff(scene, id_).assignment.offered_to == "bo", "who is nearest for his own sake"
    assert "vikar" not in scene.shown("kari", f"handoff/{id_}/status")
    assert "vikar" not in scene.shown("bo", f"handoff/{id_}/offer")


def test_a_guest_is_not_told_whose_substitute_it_is() -> None:
    scene = stage()
    _with_a_substitute(scene)
    scene.put(person("guest-1", "nord", name=""))
    id_ = asked(scene, "guest-1")
    assert handoff(scene, id_).assignment.stands_in_for == "ana"
    assert "vikar" not in scene.shown("guest-1", f"handoff/{id_}/status")
    assert "vikar for Ambassadør Ana" in scene.shown("cato", f"handoff/{id_}/offer")


def test_who_was_chosen_by_name_is_nobodys_substitute() -> None:
    scene = stage()
    _with_a_substitute(scene)
    id_ = asked(scene)
    scene.press("cato", "handoff.pass", handoff_id=id_, colleague_id="bo")
    assert (handoff(scene, id_).assignment.offered_to, handoff(scene, id_).assignment.stands_in_for) == ("bo", None)


def test_a_helper_who_is_still_there_keeps_what_they_have() -> None:
    scene = stage()
    id_ = accepted(scene)
    scene.ring("handoff.lost", person_id="ana")
    assert handoff(scene, id_).assignment.owner_id == "ana"


def test_uninstalling_moves_the_questions_on() -> None:
    scene = stage()
    id_ = accepted(scene)
    scene.remove("ana")
    scene.ring_until(scene.now)
    assert handoff(scene, id_).assignment.offered_to == "bo"


def test_somebody_from_another_municipality_learns_nothing() -> None:
    scene = stage()
    id_ = asked(scene)
    for verb in ("accept", "decline", "release", "pass_card", "resolve"):
        outcome = scene.press("dag", f"handoff.{verb}", handoff_id=id_)
        assert outcome.notice == scene.press("dag", f"handoff.{verb}", handoff_id="handoff-made-up").notice
        assert outcome.audits
        assert not outcome.changed
    assert scene.slots("dag") == []


def test_a_removed_ambassador_cannot_take_the_offer_still_on_screen() -> None:
    scene = stage()
    id_ = asked(scene)
    alter(scene, "ana", active=False)
    outcome = scene.press("ana", "handoff.accept", handoff_id=id_)
    assert "ikke lenger som ambassadør" in outcome.notice
    assert outcome.audits
    assert handoff(scene, id_).status is Status.OFFERED


def test_an_old_card_says_where_the_question_is_now() -> None:
    scene = stage()
    id_ = asked(scene)
    scene.press("ana", "handoff.decline", handoff_id=id_)
    scene.press("bo", "handoff.accept", handoff_id=id_)
    outcome = scene.press("ana", "handoff.accept", handoff_id=id_)
    assert "Ambassadør Bo" in outcome.notice
    assert handoff(scene, id_).assignment.owner_id == "bo"


def test_each_reads_their_own_language() -> None:
    scene = stage()
    scene.put(replace(scene.get(Person, "ana"), language=Language.EN))
    scene.put(replace(scene.get(Person, "kari"), language=Language.NN))
    id_ = asked(scene)
    assert "A colleague needs help" in scene.shown("ana", f"handoff/{id_}/offer")
    assert "Om Ambassadør Ana ikkje kan" in scene.shown("kari", f"handoff/{id_}/status")


def test_a_direct_chat_is_offered_when_both_have_an_address_and_the_owner_has_teams() -> None:
    scene = stage()
    teams = {TEAMS: Address(channel=TEAMS)}
    scene.put(replace(scene.get(Person, "ana"), email="ana@lillevik.example", addresses=teams))
    scene.put(replace(scene.get(Person, "kari"), email="kari@lillevik.example"))
    id_ = accepted(scene)
    assert "users=ana@lillevik.example" in scene.shown("kari", f"handoff/{id_}/status")
    assert "users=kari@lillevik.example" in scene.shown("ana", f"handoff/{id_}/offer")


def test_a_name_cannot_smuggle_in_a_link() -> None:
    scene = stage()
    scene.put(person("ond", "nord", name="[Trykk her](https://ond.example)"))
    id_ = accepted(scene, asker="ond")
    scene.say("ond", "hei")
    assert "](" not in scene.shown("ana", f"handoff/{id_}/said/1")
    assert "](" not in scene.shown("ana", f"handoff/{id_}/offer")


def suggested(scene: Stage) -> str:
    scene.put(person("ed", "lillevik", Role.EDITOR, name="Redaktør Ed"))
    id_ = accepted(scene)
    suggests(scene, "ana", id_, "Trykk Del.")
    newest: str = scene.all(Suggestion)[-1].id
    return newest


def test_an_answer_worth_sharing_reaches_the_editors() -> None:
    scene = stage()
    id_ = suggested(scene)
    assert "Trykk Del." in scene.shown("ed", f"suggestion/{id_}")
    scene.press("ed", "editor.suggestions")
    assert "Trykk Del." in scene.shown("ed", scene.slots("ed", "editor/")[0])
    scene.press("ed", "editor.approve", suggestion_id=id_)
    assert scene.get(Suggestion, id_).verdict is Verdict.APPROVED
    assert "utkast" in scene.shown("ana", f"suggestion/{id_}/thanks"), "and that is all that came of it"
    assert "Redaktør Ed" in scene.press("ed", "editor.reject", suggestion_id=id_).notice
    assert scene.get(Suggestion, id_).verdict is Verdict.APPROVED


def test_an_approved_answer_without_an_article_is_a_draft_in_the_editors_words() -> None:
    scene = stage()
    id_ = suggested(scene)
    words = {"question": "Dele en mappe? Fnr 13097248022", "answer": "Trykk Del øverst."}
    scene.press("ed", "editor.approve", suggestion_id=id_, **words)
    draft = scene.get(Addition, id_)
    assert draft.answer == "Trykk Del øverst."
    assert "13097248022" not in draft.question, "what editors type is masked too"
    assert not draft.live
    assert "utkast" in scene.shown("ed", f"suggestion/{id_}")


def test_an_approved_way_to_ask_is_live_until_it_is_undone() -> None:
    scene = stage()
    scene.put(person("ed", "lillevik", Role.EDITOR, name="Redaktør Ed"))
    handoff_id = accepted(scene)
    scene.press("ana", "handoff.send_article", handoff_id=handoff_id, article_id="mfa")
    suggests(scene, "ana", handoff_id)
    [suggestion] = scene.all(Suggestion)
    scene.press("ed", "editor.approve", suggestion_id=suggestion.id)
    assert scene.get(Addition, suggestion.id).live
    assert "editor.undo" in scene.buttons("ed", f"suggestion/{suggestion.id}")
    scene.press("ed", "editor.undo", suggestion_id=suggestion.id)
    undone = scene.get(Addition, suggestion.id)
    assert not undone.live
    assert undone.undone_by == "ed"
    assert scene.press("ed", "editor.undo", suggestion_id=suggestion.id).notice
    assert scene.get(Addition, suggestion.id) == undone


def test_what_an_approval_added_can_be_undone_when_the_suggestion_is_gone() -> None:
    scene = stage()
    scene.put(person("ed", "lillevik", Role.EDITOR, name="Redaktør Ed"))
    addition = Addition(
        id="s-1",
        municipality_id="lillevik",
        handoff_id="h-1",
        language=Language.NB,
        article_id="mfa",
        question="Hva er det med koden?",
        answer="",
        suggested_at=TUESDAY,
        added_by="ed",
        added_at=TUESDAY,
    )
    scene.put(addition, replace(addition, id="s-2", municipality_id="storvik"))
    scene.press("ed", "editor.undo", suggestion_id="s-1")
    assert not scene.get(Addition, "s-1").live
    assert scene.get(Addition, "s-1").question == ""
    scene.press("ed", "editor.undo", suggestion_id="s-2")
    assert scene.get(Addition, "s-2").live


def test_the_editor_is_told_how_far_a_new_way_to_ask_for_a_shared_article_reaches() -> None:
    scene = stage()
    scene.put(person("ed", "lillevik", Role.EDITOR, name="Redaktør Ed"))
    handoff_id = accepted(scene)
    scene.press("ana", "handoff.send_article", handoff_id=handoff_id, article_id="mfa")
    suggests(scene, "ana", handoff_id)
    [suggestion] = scene.all(Suggestion)
    told = scene.texts("ed")("suggestion.for_own")
    assert told in scene.shown("ed", f"suggestion/{suggestion.id}")
    towns = scene.content.organisation.municipalities
    provider = {**towns, "lillevik": replace(towns["lillevik"], provider=True)}
    scene.content = replace(scene.content, organisation=replace(scene.content.organisation, municipalities=provider))
    scene.press("ed", "editor.suggestions")
    assert scene.texts("ed")("suggestion.for_all") in scene.shown("ed", scene.slots("ed", "editor/")[0])
    own = replace(ARTICLE, municipality_id="lillevik")
    scene.content = replace(scene.content, articles=ArticleBook.from_articles([own]))
    scene.press("ed", "editor.approve", suggestion_id=suggestion.id)
    assert told not in scene.shown("ed", f"suggestion/{suggestion.id}")


@pytest.mark.parametrize("words", ["hei", "teams", "kode nå", "takk skal du ha"])
def test_a_greeting_or_a_single_word_becomes_no_way_to_ask(words: str) -> None:
    scene = stage()
    scene.put(person("ed", "lillevik", Role.EDITOR, name="Redaktør Ed"))
    handoff_id = accepted(scene)
    scene.press("ana", "handoff.send_article", handoff_id=handoff_id, article_id="mfa")
    suggests(scene, "ana", handoff_id)
    [suggestion] = scene.all(Suggestion)
    outcome = scene.press("ed", "editor.approve", suggestion_id=suggestion.id, question=words)
    assert outcome.notice == scene.texts("ed")("suggestion.too_short")
    assert not scene.all(Addition)


def test_a_suggestion_that_is_left_out_is_told_kindly() -> None:
    scene = stage()
    id_ = suggested(scene)
    scene.press("ed", "editor.reject", suggestion_id=id_)
    assert "Takk" in scene.shown("ana", f"suggestion/{id_}/thanks")
    assert not scene.all(Addition)


def test_what_an_asker_deletes_goes_from_the_knowledge_too() -> None:
    scene = stage(verbs={**handoff_flow.VERBS, **ambassador_flow.VERBS, **privacy_flow.VERBS})
    id_ = suggested(scene)
    scene.press("ed", "editor.approve", suggestion_id=id_)
    scene.press("kari", "privacy.erase_now")
    assert not scene.all(Addition)


def test_where_a_unit_is_gone_the_municipality_stands_in_its_place() -> None:
    scene = stage()
    taken, offered = accepted(scene), asked(scene)
    towns = scene.content.organisation.municipalities.values()
    scene.content = replace(scene.content, organisation=Organisation.from_units(municipalities=towns, units=()))
    scene.press("ana", "ambassador.desk")
    scene.press("ana", "handoff.pass_card", handoff_id=taken)
    scene.press("kari", "ambassador.mine")
    [desk] = scene.slots("ana", "ambassador/desk")
    assert "Medarbeider Kari, kommunen" in scene.shown("ana", desk)
    assert "kommunen" in scene.shown("ana", f"handoff/{taken}/pass")
    assert "**Ambassadør Bo**, kommunen" in scene.shown("kari", scene.slots("kari", "ambassador/mine")[0])
    assert handoff(scene, offered).assignment.offered_to == "ana"


def test_an_empty_answer_is_not_suggested_in_silence() -> None:
    scene = stage()
    id_ = accepted(scene)
    outcome = scene.press("ana", "handoff.resolve", handoff_id=id_, share="true")
    assert outcome.notice == scene.texts("ana")("handoff.resolve_nothing_to_share")
    assert handoff(scene, id_).status is Status.ACCEPTED
    scene.press("ana", "handoff.resolve", handoff_id=id_)
    assert handoff(scene, id_).status is Status.RESOLVED, "what was said in the conversation may be all"


def test_the_editors_list_follows_every_verdict_wherever_it_is_given() -> None:
    scene = stage()
    scene.put(person("eva", "lillevik", Role.EDITOR, name="Redaktør Eva"))
    first, second, third = suggested(scene), suggested(scene), suggested(scene)
    for editor in ("ed", "eva"):
        scene.press(editor, "editor.suggestions")
    lists = {editor: scene.slots(editor, "editor/")[-1] for editor in ("ed", "eva")}
    scene.press("ed", "editor.approve", slot=lists["ed"], suggestion_id=first)
    scene.race(
        scene.pressing("ed", "editor.reject", slot=f"suggestion/{second}", suggestion_id=second),
        scene.pressing("eva", "editor.reject", slot=lists["eva"], suggestion_id=third),
    )
    for editor, slot in lists.items():
        assert scene.shown(editor, slot).startswith(scene.texts(editor)("suggestion.none"))
        assert scene.buttons(editor, slot) == []
    fourth = suggested(scene)
    assert scene.buttons("eva", lists["eva"]) == ["editor.approve", "editor.reject"]
    scene.press("eva", "editor.suggestions")
    assert scene.slots("eva", "editor/") != [lists["eva"]], "asked for again, it is where one is reading"
    assert len(scene.slots("eva", "editor/")) == 1
    assert scene.get(Suggestion, fourth).verdict is Verdict.WAITING


def test_only_the_municipalitys_editors_decide() -> None:
    scene = stage()
    id_ = suggested(scene)
    scene.put(person("eva", "bryggen", Role.EDITOR, municipality_id="storvik"))
    for stranger, verb in product(("kari", "eva", "ana"), ("approve", "reject", "undo")):
        outcome = scene.press(stranger, f"editor.{verb}", suggestion_id=id_)
        assert outcome.notice
        assert outcome.audits
    assert scene.get(Suggestion, id_).verdict is Verdict.WAITING


def test_an_ambassadors_own_hours_set_their_deadline() -> None:
    scene = stage()
    hours = replace(scene.content.organisation.municipalities["lillevik"].office_hours, opens=time(10))
    alter(scene, "ana", office_hours=hours)
    id_ = asked(scene)
    assert handoff(scene, id_).next_at == TUESDAY + timedelta(hours=1) + WORKING_DAY / 4, "she begins an hour from now"


def test_an_ambassador_who_works_later_than_the_promise_has_until_then() -> None:
    scene = stage()
    hours = replace(scene.content.organisation.municipalities["lillevik"].office_hours, weekdays=frozenset({2}))
    alter(scene, "ana", office_hours=hours)
    id_ = asked(scene)
    assert handoff(scene, id_).next_at == handoff(scene, id_).assignment.expected_at == TUESDAY + timedelta(days=1)


def test_a_pupil_never_helps() -> None:
    scene = stage()
    enlist(scene, ambassador("elev", "nord", pupil=True))
    for helper in ("ana", "bo", "cato"):
        alter(scene, helper, paused=True)
    assert handoff(scene, asked(scene)).status is Status.ESCALATED
    assert scene.get(AmbassadorProfile, "elev").ambassador.pupil


def test_the_preview_says_that_the_colleague_may_suggest_it_and_a_box_says_no() -> None:
    scene = stage()
    scene.put(person("ed", "lillevik", Role.EDITOR))
    scene.press("kari", "handoff.start")
    slot = scene.slots("kari", "handoff/")[-1]
    shown = scene.shown("kari", slot)
    assert "Kollegaen kan foreslå spørsmålet og svaret for redaktørene, uten navnet ditt." in shown
    id_ = slot.split("/")[1]
    scene.press("kari", "handoff.send", handoff_id=id_, question="Hvordan deler jeg en mappe?", no_suggestion="true")
    scene.press("ana", "handoff.accept", handoff_id=id_)
    assert "Foreslå svaret" not in scene.shown("ana", f"handoff/{id_}/helper")
    suggests(scene, "ana", id_, "Høyreklikk.")
    assert scene.all(Suggestion) == []
    assert handoff(scene, id_).status is Status.RESOLVED


@pytest.mark.parametrize("box", [{}, {"no_suggestion": ""}])
def test_a_question_sent_from_a_card_without_the_box_is_not_suggested(box: dict[str, str]) -> None:
    scene = stage()
    scene.press("kari", "handoff.start")
    id_ = scene.slots("kari", "handoff/")[-1].split("/")[1]
    scene.press("kari", "handoff.send", handoff_id=id_, question="Hvordan deler jeg en mappe?", **box)
    assert not handoff(scene, id_).suggestible


def test_a_warning_keeps_the_sentence_and_what_the_box_said() -> None:
    scene = stage()
    scene.press("kari", "handoff.start")
    slot = scene.slots("kari", "handoff/")[-1]
    id_ = slot.split("/")[1]
    scene.press("kari", "handoff.send", handoff_id=id_, question="Jeg har kreft, kan jeg dele?", no_suggestion="true")
    card = scene.posts["kari", slot].card
    assert card is not None
    [box] = [element for element in card["body"] if element.get("id") == "no_suggestion"]
    assert box["value"] == "true"
    assert scene.texts("kari")("handoff.preview.may_suggest") in scene.shown("kari", slot)


def test_a_helper_sees_and_edits_what_the_editors_get_and_is_warned() -> None:
    scene = stage()
    scene.put(person("ed", "lillevik", Role.EDITOR))
    id_ = accepted(scene)
    scene.press("ana", "handoff.resolve", handoff_id=id_, answer="Ola Berg har kreft, ring ham.", share="true")
    slot = f"handoff/{id_}/suggest"
    assert scene.all(Suggestion) == []
    assert scene.texts("ana")("warned.health") in scene.shown("ana", slot)
    press = {"handoff_id": id_, "question": "Hvordan deler jeg en mappe?"}
    scene.press("ana", "handoff.suggest", **press, answer="Ola Berg har kreft, ring ham.")
    assert scene.all(Suggestion) == []
    scene.press("cato", "handoff.suggest", **press, answer="Slik.")
    assert scene.all(Suggestion) == [], "the one who solved it suggests it"
    scene.press("ana", "handoff.suggest", **press, answer="Høyreklikk og del.")
    [suggestion] = scene.all(Suggestion)
    assert (suggestion.question, suggestion.answer) == ("Hvordan deler jeg en mappe?", "Høyreklikk og del.")
    scene.press("ana", "handoff.suggest", **press, answer="Høyreklikk og del.")
    assert len(scene.all(Suggestion)) == 1
    assert "sendt til redaktørene" in scene.shown("ana", slot)


def test_a_helper_may_keep_the_answer() -> None:
    scene = stage()
    id_ = accepted(scene)
    scene.press("ana", "handoff.resolve", handoff_id=id_, answer="Høyreklikk.", share="true")
    scene.press("ana", "handoff.keep", handoff_id=id_)
    assert scene.all(Suggestion) == []
    assert scene.buttons("ana", f"handoff/{id_}/suggest") == []


def test_the_form_to_close_is_the_last_message_and_gives_way_to_the_outcome() -> None:
    scene = stage()
    id_ = accepted(scene)
    scene.press("kari", "handoff.focus", handoff_id=id_)
    scene.say("kari", "Det gjelder Teams")
    scene.press("ana", "handoff.resolve_card", handoff_id=id_)
    slot = scene.slots("ana")[-1]
    assert "Lukke spørsmålet fra Medarbeider Kari?" in scene.shown("ana", slot)
    assert scene.buttons("ana", slot) == ["handoff.resolve"]
    scene.press("ana", "handoff.resolve", slot=slot, handoff_id=id_, answer="Trykk Del.")
    assert handoff(scene, id_).status is Status.RESOLVED
    assert scene.slots("ana", f"handoff/{id_}/resolve") == []


def test_only_the_owner_gets_the_form_to_close() -> None:
    scene = stage()
    id_ = accepted(scene)
    for who in ("bo", "kari", "kim", "dag"):
        assert scene.press(who, "handoff.resolve_card", handoff_id=id_).notice
        assert scene.slots(who, f"handoff/{id_}/resolve") == []


def test_every_row_of_the_worklist_has_the_actions_of_its_question() -> None:
    scene = stage()
    own, offered = accepted(scene), asked(scene, "kari", "Hva er OneDrive?")
    scene.press("ana", "ambassador.desk")
    slot = scene.slots("ana", "ambassador/desk")[-1]
    for id_, verbs in (
        (own, ["handoff.focus", "handoff.resolve_card", "handoff.pass_card", "handoff.release"]),
        (offered, ["handoff.accept", "handoff.decline", "handoff.pass_card"]),
    ):
        on_card = [
            action["verb"]
            for to, at, action in scene.presses()
            if (to, at) == ("ana", slot) and action["data"].get("handoff_id") == id_
        ]
        assert on_card == verbs
    scene.press("ana", "handoff.resolve_card", slot=slot, handoff_id=own)
    assert "handoff.resolve" in scene.buttons("ana", scene.slots("ana")[-1])


def test_an_erased_helper_is_named_in_no_list_of_own_questions() -> None:
    scene = stage(verbs={**handoff_flow.VERBS, **ambassador_flow.VERBS, **privacy_flow.VERBS})
    id_ = accepted(scene)
    scene.press("ana", "handoff.resolve", handoff_id=id_, answer="Trykk Del.")
    scene.press("kari", "handoff.mine")
    [mine] = scene.slots("kari", "handoff/mine")
    assert "Ambassadør Ana" in scene.shown("kari", mine)
    scene.press("ana", "privacy.erase_now")
    assert "Ambassadør Ana" not in scene.shown("kari", mine)
