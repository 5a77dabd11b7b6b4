"""Every card as people see it, in three languages, checked against the schema of Adaptive Cards 1.5.

The outlines stand in ``__snapshots__/test_cards``, a file a feature; ``outline.py`` says how to read them.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from dialogs.ask import cards as ask
from dialogs.core.article_view import ArticleView
from dialogs.core.event import ChannelNews, Scope, TeamNews
from dialogs.core.message import Message
from dialogs.core.nightly_run import NightlyRun
from dialogs.core.person import Person, Role
from dialogs.core.question import Question
from dialogs.core.texts import Texts
from dialogs.handoff.warning import recipients_of_question, warning_message
from dialogs.privacy import notice
from dialogs.privacy.inventory import INVENTORY
from dialogs.profile.cards import found_units, place_card, unit_card
from dialogs.profile.place import NextAction
from dialogs.provisioning import cards as removals
from dialogs.rollout.software.model import Application
from knowledge.article.article import Article, ArticleBook, Language, Source
from knowledge.language.concerns import Concern
from knowledge.language.masking import Secret
from knowledge.language.smalltalk import SmallTalk
from knowledge.matching.matcher import Candidate
from knowledge.matching.policy import OutcomeKind
from knowledge.organisation.nearest import Absence
from knowledge.organisation.organisation import Organisation
from tests.learned import sample_content
from tests.snapshot.outline import BUILDERS
from tests.snapshot.seen import Watched, checked, side_by_side
from tests.snapshot.stages import reading
from tests.unit.announce.town import Town
from tests.unit.driver import CATALOGUE, TUESDAY
from tests.unit.handoff import scene
from tests.unit.rollout.learning_scene import CURRICULUM

CONTENT = Path(__file__).parents[2] / "knowledge" / "content"
EVERY_LANGUAGE = pytest.mark.parametrize("language", list(Language))


def test_welcome_and_profile(stages: Watched, snapshot: SnapshotAssertion) -> None:
    for language, stage in stages.stages.items():
        stage.press("nina", "arrive")
        stage.press("nina", "arrive", scope=Scope.TEAM)
        stage.press("nina", "profile.place", slot="profile/1")
        stage.press("nina", "profile.municipality", slot="profile/1", municipality="lillevik")
        stage.press("nina", "profile.unit", slot="profile/1", unit="nord")
        stage.press("nina", "profile.show", slot="profile/1")
        stage.press("nina", "profile.language", slot="profile/2")
        stage.press("nina", "profile.language", slot="profile/2", language="follow")
        stage.press("nina", "profile.language", slot="profile/2", language=str(language))
        stage.put(replace(stage.get(Person, "kari"), registered=True, roles=frozenset(Role)))
        stage.press("kari", "arrive")
        stage.press("kari", "profile.show")
    assert str(stages) == snapshot


def test_ones_own_data(stages: Watched, snapshot: SnapshotAssertion, monkeypatch: pytest.MonkeyPatch) -> None:
    # The notice of all kinds is tested by rule; here two show how it looks, whatever is stored besides.
    monkeypatch.setattr(notice, "INVENTORY", [each for each in INVENTORY if each.kind in {"question", "person"}])
    for stage in stages:
        question = Question(
            id="q1",
            person_id="ola",
            municipality_id="lillevik",
            utterance="Hvor er filene mine?",
            language=Language.NB,
            outcome=OutcomeKind.HAND_OVER,
            asked_at=TUESDAY,
        )
        stage.put(question)
        for verb in ("privacy.show", "privacy.notice", "privacy.erase", "privacy.export", "privacy.erase_now"):
            stage.press("ola", verb)
        stage.put(replace(stage.get(Person, "kari"), registered=True))
        for verb in ("privacy.show", "privacy.erase", "privacy.erase_now"):
            stage.press("kari", verb)
        officer = Person(
            id="ombud", name="Ombudet", municipality_id="lillevik", roles=frozenset({Role.DPO}), created_at=TUESDAY
        )
        stage.put(officer, NightlyRun(id="retention", done_at=TUESDAY))
        stage.press("ombud", "officer.show")
        stage.press("ombud", "officer.audit")
        for verb in ("officer.person", "officer.erase"):
            stage.press("ombud", verb, person="kari")
        stage.press("ombud", "officer.person", person="ingen")
        stage.press("kari", "officer.show")
    assert str(stages) == snapshot


def test_programs(stages: Watched, snapshot: SnapshotAssertion) -> None:
    for stage in stages:
        stage.press("kari", "software.ask")
        for name in ("7-zip", "dropbox", "zoom", "zom", "WinRAR"):
            stage.press("kari", "software.ask", program=name)
        stage.press("kari", "software.apply", program="WinRAR")
        for program in ("WinRAR", "Inkscape"):
            stage.press("kari", "software.send", program=program, reason="Pakke ut arkiv")
        stage.press("kim", "software.list")
        first, second = stage.all(Application)
        stage.press("kim", "software.decide", application_id=first.id, verdict="approved", word="Hent det.")
        stage.press("kim", "software.decide", application_id=second.id, verdict="declined", word="Bruk GIMP.")
        stage.press("kim", "software.list")
        stage.press("kari", "software.send", program="Blender", reason="Tegne")
        stage.press("kari", "software.withdraw", application_id=stage.all(Application)[-1].id)
    assert str(stages) == snapshot


def test_courses_and_status(stages: Watched, snapshot: SnapshotAssertion) -> None:
    for stage in stages:
        stage.press("kari", "learn.show", topic="mfa")
        stage.press("kari", "learn.done", course_id="safe")
        stage.press("kari", "status.show")
        stage.press("kari", "status.follow")
    assert str(stages) == snapshot


def test_a_module_from_its_first_step_to_a_refresher(stages: Watched, snapshot: SnapshotAssertion) -> None:
    for stage in stages:
        stage.content = replace(stage.content, curriculum=CURRICULUM)
        stage.press("kari", "learn.open", module_id="share")
        stage.press("kari", "learn.step", module_id="share", step="2")
        stage.press("kari", "learn.answer", module_id="share", step="2")
        for choice in ("1", "2"):
            stage.press("kari", "learn.answer", module_id="share", step="2", choice=choice)
        stage.press("kari", "learn.show")
        stage.press("kari", "learn.step", module_id="share", step="3")
        stage.press("kari", "learn.plan")
        stage.press("kari", "learn.choose_plan", plan_id="care")
        stage.press("kari", "learn.finish", module_id="share")
        stage.press("kari", "learn.open", module_id="outside")
        stage.ring("learn.refresh", person_id="kari")
        stage.press("kari", "learn.recall", module_id="share", step="2", choice="1")
        for on in ("false", "true"):
            stage.press("kari", "learn.refreshers", on=on)
    assert str(stages) == snapshot


def test_a_question_on_its_way_to_a_colleague(stages: Watched, snapshot: SnapshotAssertion) -> None:
    for stage in stages:
        handoff_id = scene.accepted(stage)
        stage.say("kari", "Det gjelder mappen til teamet.")
        stage.press("ana", "handoff.resolve", handoff_id=handoff_id, answer="Høyreklikk og velg Del.")
        stage.press("kari", "handoff.confirm", handoff_id=handoff_id)
        stage.press("kari", "handoff.rate", handoff_id=handoff_id, rating="5")
        stage.press("kari", "handoff.mine")
        second = scene.asked(stage)
        for helper in ("ana", "bo", "cato"):
            stage.press(helper, "handoff.decline", handoff_id=second)
        stage.press("kari", "handoff.withdraw", handoff_id=second)
    assert str(stages) == snapshot


def test_a_colleague_answers_with_an_article_and_passes_another_on(
    stages: Watched, snapshot: SnapshotAssertion
) -> None:
    for stage in stages:
        away = Absence(first_day=TUESDAY.date(), last_day=TUESDAY.date(), substitute_id="cato")
        scene.alter(stage, "ana", absences=(away,))
        stage.matches = lambda _: (Candidate(article_id="mfa", confidence=0.9),)
        handoff_id = scene.accepted(stage, by="cato")
        stage.press("cato", "handoff.search", handoff_id=handoff_id, words="totrinn")
        stage.press("cato", "handoff.send_article", handoff_id=handoff_id, article_id="mfa")
        second = scene.asked(stage)
        stage.press("cato", "handoff.pass_card", handoff_id=second)
        stage.press("cato", "handoff.pass", handoff_id=second, colleague_id="bo")
    assert str(stages) == snapshot


def test_an_ambassador_from_the_application_to_the_desk(stages: Watched, snapshot: SnapshotAssertion) -> None:
    for stage in stages:
        stage.matches = lambda _: ()
        stage.press("kari", "ambassador.mine")
        stage.press("kari", "ambassador.apply")
        stage.press("kari", "ambassador.send", motive="Jeg liker å hjelpe.")
        stage.press("kim", "ambassador.approve", person_id="kari", word="Velkommen!")
        stage.press("kari", "ambassador.settings")
        stage.press("kari", "ambassador.absence", first_day="2026-11-25", substitute_id="ana")
        stage.press("kari", "ambassador.tip")
        stage.press("kari", "ambassador.desk")
        stage.press("kari", "ambassador.nominate")
    assert str(stages) == snapshot


def test_removals_that_wait_for_an_administrator(snapshot: SnapshotAssertion) -> None:
    def messages(language: Language) -> Iterator[tuple[str, Message]]:
        texts, place = CATALOGUE[language], {"municipality_id": "lillevik", "municipality": "Lillevik kommune"}
        yield "reported", removals.removals_wait(texts, **place)
        for people in (1, 412):
            yield "looked at", removals.removals_confirm(texts, people=people, **place)
            yield "approved", removals.removals_approved(texts, people)
        yield "many lost units or roles", removals.many_demoted(texts, municipality="Lillevik kommune")
        yield "none left", removals.no_removals(texts)
        yield "refused", removals.not_administrator(texts)

    assert side_by_side(messages) == snapshot


def test_an_announcement_from_draft_to_recall(snapshot: SnapshotAssertion) -> None:
    towns = {language: Town() for language in Language}
    for language, town in towns.items():
        for id_ in ("anja", "nils"):
            town.change(id_, language=language)
        town.change("anja", registered=True)
    watched = Watched(towns)
    for town in towns.values():
        room = ChannelNews(id="rom", name="", data={"channel_id": "rom"})
        town.add_to(TeamNews(id="lag", tenant_id="t", name="Lag", channels=(room,)), by="anja")
        sent = town.send(severity="critical", confirm="true", channels="rom")
        town.press("nils", "announce.ask", slot=sent.slot, announcement_id=sent.id)
        town.say("nils", "når?")
        town.act("announce.correct", sent)
        town.act("announce.recall", town.now_is(sent))
        town.act("announce.report", town.now_is(sent))
        town.press("anja", "announce.mine")
    assert str(watched) == snapshot


def _article(id_: str, title: str, language: Language, municipality: str | None = None) -> Article:
    return Article(
        id=id_,
        language=language,
        title=title,
        answer="Bruk **appen** på telefonen.",
        phrasings=("x",),
        source=Source(title="Brukerstøtten", url="https://help.example/mfa"),
        changed=TUESDAY.date(),
        review_by=TUESDAY.date(),
        municipality_id=municipality,
    )


def _long(view: ArticleView) -> ArticleView:
    answer = "- **Nettbrett:** Vent.\n- **Mobil:** Ring brukerstøtten.\n\n" + "Gjør dette. " * 40
    return replace(view, article=replace(view.article, answer=answer), related=(("print", "Utskrift"),))


ASK: Mapping[str, Callable[[Texts, ArticleView], Message]] = {
    "answered": lambda texts, view: ask.answered(texts, view, question_id="q1", masked=frozenset(Secret)),
    "answered for a municipality": lambda texts, view: ask.answered(
        texts,
        replace(view, applies_to="Lillevik kommune", service_desk=("00 00 00 01",), related=(("print", "Utskrift"),)),
        question_id="q1",
        masked=frozenset(),
    ),
    "answered at length": lambda texts, view: ask.answered(texts, _long(view), question_id="q1", masked=frozenset()),
    "answered beside another": lambda texts, view: ask.answered(
        texts, _long(view), question_id="q1", masked=frozenset(), asked="mobil", beside=True
    ),
    "helped": lambda texts, view: ask.answered_with_thanks(texts, view, question_id="q1"),
    "not helped": lambda texts, view: ask.did_not_help(texts, view, [view], question_id="q1", to_editors=True),
    "shown to the editors": lambda texts, view: ask.did_not_help(
        texts, view, [], question_id="q1", to_editors=False, told=True
    ),
    "clarify": lambda texts, view: ask.clarify(texts, [view] * 3, question_id="q1", masked=frozenset()),
    "unknown": lambda texts, _: ask.unknown(texts, question_id="q1", masked=frozenset(), to_editors=True),
    "help": lambda texts, _: ask.said(texts, "ask.help", suggestions=["Når?", "Hvor?"]),
}


def test_answers(snapshot: SnapshotAssertion) -> None:
    def messages(language: Language) -> Iterator[tuple[str, Message]]:
        texts, view = CATALOGUE[language], ArticleView(article=_article("mfa", "Totrinnsbekreftelse", language))
        yield from ((name, build(texts, view)) for name, build in ASK.items())
        yield from ((talk, ask.said(texts, f"ask.small_talk.{talk}")) for talk in SmallTalk)

    assert side_by_side(messages) == snapshot


@EVERY_LANGUAGE
def test_the_sample_organisations_fit_into_a_card(language: Language) -> None:
    organisation, faults = Organisation.parse((CONTENT / "organisation.yaml").read_text("utf-8"))
    assert not faults
    content = replace(scene.stage().content, organisation=organisation, articles=ArticleBook())
    texts = CATALOGUE[language]
    checked(place_card(content, texts, person=Person(id="new", name="", created_at=TUESDAY)))
    for id_ in organisation.municipalities:
        checked(unit_card(content, texts, id_, chosen=None, next_action=NextAction(verb="handoff.start")))
        checked(found_units(content, texts, id_, words="nord", next_action=NextAction(verb="handoff.start")))
        checked(found_units(content, texts, id_, words="qqqq", next_action=NextAction(verb="handoff.start")))


@EVERY_LANGUAGE
def test_the_sample_courses_fit_into_a_card(language: Language) -> None:
    stage = reading(language)
    stage.content = replace(stage.content, curriculum=sample_content().curriculum)
    stage.press("kari", "learn.show")
    [message] = stage.posts.values()
    assert checked(message).card


def test_a_warning_before_a_handoff(snapshot: SnapshotAssertion) -> None:
    def messages(language: Language) -> Iterator[tuple[str, Message]]:
        yield (
            "warned",
            warning_message(
                CATALOGUE[language],
                frozenset(Concern),
                words="passordet mitt er Sommer2024!",
                field="question",
                verb="handoff.send",
                handoff_id="h1",
                carries={},
                recipients=recipients_of_question(CATALOGUE[language], "Hjemmetjenesten Nord"),
            ),
        )

    assert side_by_side(messages) == snapshot


def test_building_blocks(snapshot: SnapshotAssertion) -> None:
    looks = {name: json.dumps(build("Text"), indent=1) for name, build in BUILDERS.items()}
    assert "\n".join(f"{name} {look}" for name, look in looks.items()) + "\n" == snapshot
