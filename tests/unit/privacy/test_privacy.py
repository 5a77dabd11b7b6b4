"""One's own data: shown, taken out, deleted everywhere."""

import json
import re
from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import pytest

from bot.channels.teams.setup import MAX_CHARACTERS
from bot.records.codec import encode
from bot.turn.identity import UnknownPerson
from dialogs.ambassadors import feature as ambassador
from dialogs.announce.following import Following
from dialogs.availability.profile import AmbassadorProfile
from dialogs.availability.worklist import Worklist
from dialogs.core.audit import AuditEntry
from dialogs.core.decision import Forget, Put
from dialogs.core.erasure_receipt import ErasureReceipt
from dialogs.core.event import ChannelName
from dialogs.core.person import Person, Role
from dialogs.core.question import Question
from dialogs.core.session import Session, Topic, TopicKind
from dialogs.core.web_utterance import WebUtterance
from dialogs.handoff import feature as handoff
from dialogs.handoff.model import Handoff
from dialogs.handoff.suggestion import Suggestion
from dialogs.handoff.transitions import Status
from dialogs.privacy import flow as privacy
from dialogs.privacy.erasing import reset
from dialogs.privacy.export import parts
from dialogs.privacy.inventory import INVENTORY
from dialogs.rollout.learn.learner import CourseTaken
from dialogs.rollout.software import feature as software
from dialogs.signin.model import SignInLink, SignInMethod, WebSession
from knowledge.article.article import Language
from knowledge.matching.policy import OutcomeKind
from tests.channels import TEAMS, WEB
from tests.unit.driver import TUESDAY, Stage
from tests.unit.handoff.scene import accepted, asked, person, suggests
from tests.unit.handoff.scene import stage as town
from tests.unit.own_values import own_values

SECRET = "Hvorfor får ikke jeg slettet fødselsdagen min?"


def question(id_: str, person_id: str, utterance: str = SECRET) -> Question:
    return Question(
        id=id_,
        person_id=person_id,
        municipality_id="lillevik",
        utterance=utterance,
        language=Language.NB,
        outcome=OutcomeKind.HAND_OVER,
        asked_at=TUESDAY,
    )


@pytest.fixture
def stage() -> Stage:
    scene = town(
        verbs={**handoff.VERBS, **privacy.VERBS, **software.VERBS},
        timers={**handoff.TIMERS, **privacy.TIMERS, **software.TIMERS},
    )
    for id_ in ("kari", "ola"):
        scene.put(
            question(f"q-{id_}", id_),
            WebUtterance(said_id="1", person_id=id_, text=SECRET, at=TUESDAY),
            web_session(id_),
            SignInLink(id=f"link-{id_}", person_id=id_, created_at=TUESDAY, expires_at=TUESDAY),
            CourseTaken(person_id=id_, course_id="teams", taken_at=TUESDAY),
            Following(id=id_, topics=frozenset({"teams"}), changed_at=TUESDAY),
            Session(id=id_, article_id="mfa", changed_at=TUESDAY),
        )
    return scene


def sent(stage: Stage, asker: str = "kari") -> Handoff:
    stage.press(asker, "handoff.start", question_id=f"q-{asker}")
    draft_id = stage.slots(asker, "handoff/")[-1].split("/")[1]
    stage.press(asker, "handoff.send", handoff_id=draft_id)
    found: Handoff = stage.get(Handoff, draft_id)
    return found


def web_session(person_id: str) -> WebSession:
    return WebSession(
        id=f"session-{person_id}",
        person_id=person_id,
        way=SignInMethod.LINK,
        created_at=TUESDAY,
        seen_at=TUESDAY,
        expires_at=TUESDAY,
    )


def everything_exported(stage: Stage, person_id: str) -> str:
    """Return the JSON of the newest message that holds an export."""
    text = stage.posts[(person_id, stage.slots(person_id, "privacy/")[-1])].text
    return text.partition("```json\n")[2].removesuffix("\n```")


def stored_text(stage: Stage) -> str:
    kinds = [h.record for h in INVENTORY if h.record not in {None, AuditEntry}]  # privileged acts stay accounted for
    return json.dumps([encode(record) for kind in kinds for record in stage.all(kind)], ensure_ascii=False)


def test_my_data_counts_what_is_mine_only(stage: Stage) -> None:
    stage.put(question("q2", "kari"))
    stage.press("kari", "privacy.show")
    card = stage.posts[("kari", stage.slots("kari", "privacy/")[0])].card
    assert card is not None
    shown = {fact["title"]: fact["value"] for fact in card["body"][2]["facts"]}
    texts = stage.texts("kari")
    assert shown[texts("privacy.kind.question")].startswith("2 · slettes innen 12 måneder")
    assert shown[texts("privacy.kind.course_taken")].startswith("1 ·")
    assert texts("privacy.kind.handoff") not in shown


@pytest.mark.parametrize(("channel", "named"), [(TEAMS, True), (WEB, False)])
def test_a_channel_without_files_names_the_web_page_that_has_the_file(
    stage: Stage, channel: ChannelName, named: bool
) -> None:
    stage.race(replace(stage.pressing("kari", "privacy.show"), channel=channel))
    [slot] = stage.slots("kari", "privacy/")
    assert stage.posts[("kari", slot)].data_of == ""
    assert (stage.texts("kari")("privacy.on_the_web") in stage.shown("kari", slot)) is named


def test_the_notice_opens_with_the_people_responsible_and_leads_to_the_data(stage: Stage) -> None:
    stage.press("kari", "privacy.notice")
    [slot] = stage.slots("kari", "privacy/notice")
    assert "Lillevik" in stage.shown("kari", slot)
    assert stage.buttons("kari", slot) == ["privacy.show"]


def test_the_export_is_json_of_everything_found(stage: Stage) -> None:
    stage.press("kari", "privacy.export")
    [slot] = stage.slots("kari", "privacy/")
    text = stage.posts[("kari", slot)].text
    exported = json.loads(text.partition("```json\n")[2].removesuffix("\n```"))["data"]
    assert exported["question"][0]["utterance"] == SECRET
    assert exported["following"][0]["topics"] == ["teams"]
    assert {each["person_id"] for kind in ("question", "course_taken", "signin_link") for each in exported[kind]} == {
        "kari"
    }
    assert stage.audits[-1].act == "privacy.exported"


def test_an_export_cannot_break_out_of_its_code_block(stage: Stage) -> None:
    stage.put(question("q2", "kari", "```\n# Overskrift"))
    stage.press("kari", "privacy.export")
    text = stage.posts[("kari", stage.slots("kari", "privacy/")[0])].text
    assert text.count("```") == 2
    exported = json.loads(text.partition("```json\n")[2].removesuffix("\n```"))
    assert "```\n# Overskrift" in [each["utterance"] for each in exported["data"]["question"]]


def test_in_teams_a_long_export_comes_in_parts_that_join_to_the_whole(stage: Stage) -> None:
    stage.put(*(question(f"q{n}", "kari", "x" * 2000) for n in range(30)))
    event = replace(stage.pressing("kari", "privacy.export"), channel=TEAMS)
    stage.race(event)
    messages = [stage.posts[("kari", slot)].text for slot in stage.slots("kari", "privacy/")]
    assert len(messages) > 3
    chunks = [text.partition("```json\n")[2].removesuffix("\n```") for text in messages]
    assert all(len(chunk) <= MAX_CHARACTERS for chunk in chunks)
    assert len(json.loads("".join(chunks))["data"]["question"]) == 31


@pytest.mark.parametrize("text", ["", "a", "a" * 50, "a\n" * 30, "\n" * 50, "aaa\n" + "b" * 47])
def test_parts_join_to_the_text(text: str) -> None:
    found = list(parts(text, most=10))
    assert "".join(found) == text
    assert all(len(part) <= 10 for part in found)


def test_deleting_asks_first(stage: Stage) -> None:
    stage.put(Session(id="kari", changed_at=stage.now))
    before = stored_text(stage)
    stage.press("kari", "privacy.erase")
    assert "privacy.erase_now" in stage.buttons("kari", stage.slots("kari", "privacy/")[0])
    kept = stage.get(Session, "kari")
    assert kept.topic == Topic(kind=TopicKind.ERASURE)
    stage.put(replace(kept, topic=None))
    assert stored_text(stage) == before


def test_deleting_leaves_nothing_of_the_person_and_everything_of_others(stage: Stage) -> None:
    handed = sent(stage)
    outcome = stage.press("kari", "privacy.erase_now")
    for holding in INVENTORY:
        if holding.record not in {None, AuditEntry}:
            mine = [r for r in stage.all(holding.record) if "kari" in {r.id, *r.id.split(":")}]
            mine += [r for r in stage.all(holding.record) if set(holding.terms_of("kari")) & set(r.terms())]
            assert not mine, holding.kind
    assert "kari" not in stored_text(stage)
    assert stage.find(Question, "q-ola")
    assert stage.find(Person, "ola")
    assert stage.find(Handoff, handed.id) is None
    assert Forget(person_id="kari") in outcome.decision.effects
    assert stage.audits[-1].act == "privacy.erased"


def test_the_receipt_of_a_deletion_is_for_the_reader_to_keep(stage: Stage) -> None:
    stage.press("kari", "privacy.erase_now")
    [kept] = [message for (who, _), message in stage.posts.items() if who == "kari" and message.to_keep]
    assert [receipt.id.removeprefix("receipt-") in kept.text for receipt in stage.all(ErasureReceipt)] == [True]


def test_deleting_ends_sessions_and_unused_links_of_the_person_alone(stage: Stage) -> None:
    stage.press("kari", "privacy.erase_now")
    assert stage.signed_out == ["kari"]
    assert [each.person_id for kind in (WebSession, SignInLink) for each in stage.all(kind)] == ["ola", "ola"]


def test_a_leaver_who_deletes_is_told_what_stays_and_stays_marked(stage: Stage) -> None:
    account = {"object_id": "kari", "tenant_id": "t"}
    stage.put(replace(stage.get(Person, "kari"), municipality_id=None, unit_id=None, left=True, **account))
    stays = stage.texts("kari")("privacy.former_stays")
    stage.press("kari", "privacy.show")
    stage.press("kari", "privacy.erase")
    assert [stays in stage.shown("kari", slot) for slot in stage.slots("kari", "privacy/")] == [True, True]
    stage.press("kari", "privacy.export")
    assert json.loads(everything_exported(stage, "kari"))["besides"][-1] == stays
    stage.press("kari", "privacy.erase_now")
    assert stage.texts("kari")("privacy.erased_former") in stage.shown("kari", stage.slots("kari", "privacy/")[-1])
    assert (stage.find(Person, "kari"), stage.marked) == (None, ["kari"])


def test_one_who_was_never_in_the_registry_leaves_no_mark(stage: Stage) -> None:
    stage.press("kari", "privacy.export")
    assert stage.texts("kari")("privacy.former_stays") not in everything_exported(stage, "kari")
    stage.press("kari", "privacy.erase_now")
    assert stage.marked == []


def test_deleting_withdraws_the_question_and_takes_it_out_of_the_helpers_chat(stage: Stage) -> None:
    handed = sent(stage)
    helper = handed.assignment.offered_to
    assert helper is not None
    stage.press(helper, "handoff.accept", handoff_id=handed.id)
    stage.say("kari", "Det haster litt med passordet")
    assert "Det haster litt" in " ".join(stage.shown(helper, slot) for slot in stage.slots(helper))
    stage.press("kari", "privacy.erase_now")
    left = " ".join(stage.shown(helper, slot) for slot in stage.slots(helper))
    assert SECRET not in left
    assert "Det haster litt" not in left
    assert not [key for key in stage.timers if handed.id in key]
    assert handed.id not in {*stage.get(Worklist, helper).open, *stage.get(Worklist, helper).offered}


def test_an_answer_suggested_from_the_question_goes_with_it(stage: Stage) -> None:
    handed = sent(stage)
    suggestion = Suggestion(
        id="s1",
        municipality_id="lillevik",
        handoff_id=handed.id,
        language=Language.NB,
        question=SECRET,
        answer="Spør ambassadøren.",
        by="ana",
        created_at=TUESDAY,
    )
    stage.put(suggestion, replace(suggestion, id="s2", handoff_id="another"))
    stage.press("kari", "privacy.erase_now")
    assert [each.id for each in stage.all(Suggestion)] == ["s2"]


def test_what_a_leaving_helper_had_goes_to_the_next_nearest(stage: Stage) -> None:
    handed = sent(stage)
    stage.press("ana", "handoff.accept", handoff_id=handed.id)
    stage.press("ana", "privacy.erase_now")
    now = stage.get(Handoff, handed.id)
    assert (now.status, now.assignment.offered_to) == (Status.OFFERED, "bo")


def test_registered_people_keep_their_registry_row_and_nothing_else(stage: Stage) -> None:
    told = replace(stage.get(Person, "ana"), registered=True, language_chosen=True, welcomed=True, muted=True)
    stage.put(told)
    stage.press("ana", "privacy.erase_now")
    ana = stage.get(Person, "ana")
    assert (ana.name, ana.unit_id, ana.roles) == (told.name, told.unit_id, told.roles)
    assert ana == reset(told)
    assert not ana.addresses
    assert stage.find(AmbassadorProfile, "ana")
    assert stage.find(Session, "ana") is None


def test_an_application_disappears_from_those_who_decide(stage: Stage) -> None:
    stage.press("kari", "software.send", program="WinRAR", reason=SECRET)
    decider = next(to for to, slot in stage.posts if slot.startswith("software/") and to != "kari")
    stage.press("kari", "privacy.erase_now")
    assert SECRET not in " ".join(stage.shown(decider, slot) for slot in stage.slots(decider))


def test_deleting_twice_at_once_is_no_fault(stage: Stage) -> None:
    first, second = stage.race(*(stage.pressing("kari", "privacy.erase_now") for _ in range(2)))
    assert first.changed
    assert [type(write.record) for write in second.decision.writes if isinstance(write, Put)] == [ErasureReceipt]
    assert len(second.decision.writes) == 1
    assert stage.find(Person, "kari") is None


def test_a_deleted_persons_web_session_opens_nothing(stage: Stage) -> None:
    stage.press("kari", "privacy.erase_now")
    with pytest.raises(UnknownPerson):
        stage.press("kari", "privacy.erase_now")


def test_nobody_can_name_somebody_else(stage: Stage) -> None:
    named: dict[str, Any] = {"person_id": "ola", "id": "ola", "by": "ola"}
    stage.press("kari", "privacy.export", **named)
    assert "ola" not in stage.posts[("kari", stage.slots("kari", "privacy/")[0])].text
    stage.press("kari", "privacy.erase_now", **named)
    assert stage.find(Question, "q-ola")


def test_reset_keeps_what_the_registry_says_and_when_the_person_came() -> None:
    full = Person(id="p", name="P", registered=True, **own_values())
    changed = {f.name for f in fields(Person) if getattr(reset(full), f.name) != getattr(full, f.name)}
    assert {"muted", "quiet", "addresses"} <= changed
    assert changed == own_values().keys() - {"language", "created_at"}


def test_an_export_names_nobody_else(stage: Stage) -> None:
    handoff_id = accepted(stage)
    stage.say("ana", "Ring meg.")
    stage.press("ana", "handoff.ask_network", handoff_id=handoff_id)
    stage.press("kari", "privacy.export")
    written = " ".join(stage.shown("kari", slot) for slot in stage.slots("kari", "privacy/"))
    exported = json.loads(written.partition("```json\n")[2].partition("\n```")[0])["data"]
    [held] = [each for each in exported["handoff"] if each["id"] == handoff_id]
    assert held["asker_id"] == "kari"
    assert held["assignment"]["owner_id"] == "somebody else"
    assert {moment["by"] for moment in held["history"]} <= {None, "kari", "somebody else"}
    assert held["chat"]["receipts"] == held["chat"]["advisers"][:1] == ["somebody else"]
    assert not {"ana", "bo", "cato"} & set(re.findall(r"\w+", json.dumps(held)))


def test_an_erased_persons_words_leave_the_editors_chats_too() -> None:
    stage = town(
        verbs={**handoff.VERBS, **privacy.VERBS}, timers={**handoff.TIMERS, **privacy.TIMERS, **ambassador.TIMERS}
    )
    stage.put(person("ed", "lillevik", Role.EDITOR, name="Redaktør Ed"))
    handoff_id = accepted(stage)
    suggests(stage, "ana", handoff_id, "Slik gjør du det.")
    [slot] = stage.slots("ed", "suggestion/")
    assert "Hvordan deler jeg en mappe?" in stage.shown("ed", slot)
    stage.press("kari", "privacy.erase_now")
    assert stage.slots("ed", "suggestion/") == []


@pytest.fixture
def whole_town() -> Stage:
    verbs = {**handoff.VERBS, **privacy.VERBS, **ambassador.VERBS}
    return town(verbs=verbs, timers={**handoff.TIMERS, **privacy.TIMERS, **ambassador.TIMERS})


def seen_by(stage: Stage, person_id: str) -> str:
    return " ".join(stage.shown(person_id, slot) for slot in stage.slots(person_id))


def test_an_erased_persons_question_leaves_the_desk_of_who_solved_it(whole_town: Stage) -> None:
    whole_town.press("ana", "ambassador.desk")
    handoff_id = accepted(whole_town)
    whole_town.say("ana", "Ring meg.")
    whole_town.press("ana", "handoff.resolve", handoff_id=handoff_id, answer="Slik.")
    name = whole_town.get(Person, "kari").name
    assert "Hvordan deler jeg en mappe?" in seen_by(whole_town, "ana")
    assert name in seen_by(whole_town, "ana")
    whole_town.press("kari", "privacy.erase_now")
    assert "Hvordan deler jeg en mappe?" not in seen_by(whole_town, "ana")
    assert name not in seen_by(whole_town, "ana")


def test_an_erased_persons_question_leaves_the_queue_of_a_desk_nobody_has_looked_at_lately(whole_town: Stage) -> None:
    for id_ in ("ana", "bo", "cato"):
        whole_town.press(id_, "ambassador.pause")
    handoff_id = asked(whole_town)
    assert whole_town.get(Handoff, handoff_id).status in {Status.WAITING, Status.ESCALATED}
    whole_town.press("ana", "ambassador.desk")
    assert "Hvordan deler jeg en mappe?" in seen_by(whole_town, "ana")
    whole_town.now += timedelta(hours=9)
    whole_town.press("kari", "privacy.erase_now")
    whole_town.ring_until(whole_town.now + timedelta(minutes=2))
    assert "Hvordan deler jeg en mappe?" not in seen_by(whole_town, "ana")


def test_an_erased_persons_name_leaves_the_colleague_they_nominated(whole_town: Stage) -> None:
    kari = whole_town.get(Person, "kari")
    whole_town.put(person("siri", kari.unit_id or ""))
    whole_town.press("kari", "ambassador.nominate", colleague="Medarbeider Siri")
    assert kari.name in seen_by(whole_town, "siri")
    whole_town.press("kari", "privacy.erase_now")
    assert kari.name not in seen_by(whole_town, "siri")


def test_an_erased_ambassadors_tips_leave_the_others_cards(whole_town: Stage) -> None:
    whole_town.press("ana", "ambassador.tip", tip="Bruk hurtigtastene.")
    whole_town.press("bo", "ambassador.tip", tip="Merk flere filer.")
    whole_town.ring_until(whole_town.now + timedelta(days=7))
    [slot] = whole_town.slots("cato", "ambassador/tips/")
    assert "Bruk hurtigtastene." in whole_town.shown("cato", slot)
    whole_town.press("ana", "privacy.erase_now")
    assert "Bruk hurtigtastene." not in whole_town.shown("cato", slot)
    assert "Merk flere filer." in whole_town.shown("cato", slot)
    whole_town.press("bo", "privacy.erase_now")
    assert not whole_town.slots("cato", "ambassador/tips/")
