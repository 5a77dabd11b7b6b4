"""The numbers to call reach whoever writes of an emergency, also where a colleague reads along."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.content.catalogue import load_catalogue
from bot.content.index_builder import published_content
from dialogs import router
from dialogs.ask.meaning import meaning_of, understand
from dialogs.ask.readings import Meaning
from dialogs.core.content import Content
from dialogs.core.query import MatchEach
from dialogs.core.question import Question
from knowledge.article.action import ActionBook, ActionKind
from knowledge.article.article import ArticleBook, Language
from knowledge.language.emergency import Emergency
from knowledge.matching.match import Candidate, Match
from knowledge.matching.policy import OutcomeKind, Policy
from tests.learned import sample_content, sample_matcher
from tests.unit.ask.test_actions import OTHER, action
from tests.unit.ask.test_parameters import Routed
from tests.unit.driver import TUESDAY
from tests.unit.handoff.scene import ARTICLE, accepted, ambassador, enlist, organisation, person

EMERGENCIES = Path(__file__).parents[2] / "data" / "concerns" / "emergencies.txt"
CALL = "Ring 113"
KINDS = {kind: dict.fromkeys(Language, f"{CALL}: {kind}") for kind in Emergency}
URGENT = replace(
    action("emergency", kind=ActionKind.OUT_OF_SCOPE),
    urgent=True,
    replies=dict.fromkeys(Language, CALL),
    emergencies=KINDS,
)


class Alarmed(Routed):
    """A stage on which some words are surely, and others remotely, about an emergency."""

    def _understand(self, utterance: str, previous: object) -> Match:
        found = super()._understand(utterance, ())
        if "brenner i innboksen" not in utterance:
            return found
        remote = (Candidate(article_id="print", confidence=0.4), Candidate(article_id="emergency", confidence=0.35))
        return replace(found, candidates=remote)


@pytest.fixture
def stage() -> Alarmed:
    articles = ArticleBook.from_articles([ARTICLE, OTHER])
    scene = Alarmed(organisation(), verbs=router.VERBS, timers=router.TIMERS, articles=articles)
    scene.content = replace(scene.content, actions=ActionBook.from_actions([URGENT]))
    scene.now = TUESDAY
    scene.put(person("kari", "nord"))
    scene.means = {
        "jeg får ikke puste": ("emergency",),
        "hvordan skriver jeg ut": ("print",),
    }
    return scene


def test_the_numbers_come_first_and_the_question_beside_them_is_answered(stage: Alarmed) -> None:
    stage.say("kari", "Hvordan skriver jeg ut? Jeg får ikke puste!".lower())
    first, second = (stage.shown("kari", f"ask/{each.id}") for each in stage.all(Question))
    assert CALL in first
    assert OTHER.answer in second


@pytest.mark.parametrize("reply", ["ja", "nei", "ok"])
def test_a_short_reply_to_the_numbers_gets_them_again(stage: Alarmed, reply: str) -> None:
    stage.say("kari", "jeg får ikke puste")
    assert stage.all(Question)[-1].outcome is OutcomeKind.OUT_OF_SCOPE
    stage.say("kari", reply)
    assert CALL in stage.shown("kari", stage.slots("kari", "ask/")[-1])
    assert len(stage.slots("kari", "ask/")) == 2


def test_words_that_go_to_a_colleague_get_the_numbers_too(stage: Alarmed) -> None:
    enlist(stage, ambassador("ana", "nord"))
    accepted(stage)
    told = ("jeg får ikke puste", "det brenner i innboksen", "hvordan skriver jeg ut")
    for words in told:
        stage.say("kari", words)
    passed_on = [stage.shown("ana", each) for each in stage.slots("ana", "handoff/") if "/said/" in each]
    assert all(words in each for words, each in zip(told, passed_on, strict=True))
    assert [CALL in stage.shown("kari", each) for each in stage.slots("kari", "ask/")] == [True]


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("det brenner på kjøkkenet", Emergency.FIRE),
        ("eg orkar ikkje leve meir", Emergency.SELF_HARM),
        ("a man with a knife is in the reception", Emergency.VIOLENCE),
        ("pasienten Ola Nordmann puster ikke", Emergency.MEDICAL),
    ],
)
def test_words_alone_lead_to_the_text_of_the_kind_without_a_privacy_warning(
    stage: Alarmed, words: str, kind: Emergency
) -> None:
    stage.say("kari", words)
    [slot] = stage.slots("kari", "ask/")
    assert f"{CALL}: {kind}" in stage.shown("kari", slot)
    stage.say("kari", "ja")
    assert f"{CALL}: {kind}" in stage.shown("kari", stage.slots("kari", "ask/")[-1])


def test_an_illness_beside_a_question_about_the_office_is_no_emergency(stage: Alarmed) -> None:
    said = "pasienten på rom 2 har diabetes og får ikke logget inn"
    stage.means = {**stage.means, said: ("emergency",)}
    stage.say("kari", said)
    assert not any(CALL in stage.shown("kari", slot) for slot in stage.slots("kari", "ask/"))


def test_an_emergency_in_the_middle_of_a_long_message_is_read(stage: Alarmed) -> None:
    filling = "Vi har brukt Teams i hele dag. " * 40
    stage.say("kari", f"{filling}Det brenner på kjøkkenet! {filling}")
    assert any(f"{CALL}: {Emergency.FIRE}" in stage.shown("kari", slot) for slot in stage.slots("kari", "ask/"))


@pytest.mark.parametrize(
    "around",
    [
        "Hei! {}. Hvordan logger jeg inn i journalen? Mvh Kari",
        "{}. Når kommer Teams?",
        "Jeg er vikar her. {}. Får ikke opp journalen, hva gjør jeg?",
        "{} hvordan logger jeg inn i journalen",
    ],
)
def test_an_emergency_is_noticed_beside_courtesy_background_and_another_question(around: str) -> None:
    content = published_content(sample_content(), texts=load_catalogue(), policy=Policy())
    told = [line.split("\t")[-1] for line in EMERGENCIES.read_text("utf-8").splitlines() if line and line[0] != "#"]
    missed = [said for said in told if not is_urgent(content, around.format(said)) and is_urgent(content, said)]
    assert missed == []


@pytest.mark.parametrize(
    "said", ["det brenner her, har 40 mail og outlook svarer ikke", "tør ikke alene, hvordan oppdaterer jeg?"]
)
def test_a_part_that_sounds_like_an_emergency_is_none_in_a_message_about_the_office(said: str) -> None:
    content = published_content(sample_content(), texts=load_catalogue(), policy=Policy())
    assert not is_urgent(content, said)


def test_only_the_numbers_are_left_out_where_they_are_not_the_likeliest(stage: Alarmed) -> None:
    found = (Candidate(article_id="print", confidence=0.4), Candidate(article_id="emergency", confidence=0.35))
    matched = Match(utterance="det brenner i innboksen", language="nb", small_talk=None, candidates=found, precision=0)
    assert [each.article_id for each in meaning_of(matched, stage.content).match.candidates] == ["print"]


def is_urgent(content: Content, said: str) -> bool:
    """Return whether a message is understood as an emergency, among others, without the encoder."""
    reading = understand(said, content=content, previous_article_ids=(), municipality_id=None)
    query = next(reading)
    try:
        while True:
            assert isinstance(query, MatchEach)
            query = reading.send(sample_matcher().match_each(query.utterances))
    except StopIteration as end:
        meaning: Meaning = end.value
    return any(part.action is not None and part.action.urgent for part in meaning.parts or (meaning,))
