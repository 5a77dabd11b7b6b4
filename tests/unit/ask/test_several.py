"""Several questions in one message: an action that writes the session, too, and an emergency as a whole."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.content.catalogue import load_catalogue
from bot.content.index_builder import published_content
from dialogs.ask.meaning import understand
from dialogs.ask.readings import Meaning
from dialogs.ask.several import answer_each
from dialogs.core.decision import Put, put
from dialogs.core.event import Said
from dialogs.core.message import Message
from dialogs.core.query import Flow, MatchEach
from dialogs.core.session import Session
from knowledge.article.action import Action, ActionKind
from knowledge.article.article import Language
from knowledge.language.masking import mask
from knowledge.matching.match import Candidate, Match
from knowledge.matching.policy import Outcome, OutcomeKind, Policy
from tests.learned import sample_content
from tests.unit.handoff.scene import stage

TITLES = dict.fromkeys(Language, "Nytt")
NEWS = Action(id="news", kind=ActionKind.ACT, verb="status.show", titles=TITLES, replies={}, phrasings={})


def part(words: str, action: Action | None = None) -> Meaning:
    match = Match(utterance=words, language="nb", small_talk=None, candidates=(), precision=0.0)
    kind = OutcomeKind.HAND_OVER if action is None else OutcomeKind.ACT
    return Meaning(match=match, outcome=Outcome(kind=kind), action=action)


def test_a_record_is_written_once_and_as_the_action_writes_it() -> None:
    scene = stage()
    event = replace(scene.pressing("kari", "x"), what=Said(utterance=mask("hva er nytt, og hvor er heisen")))
    meaning = replace(part("begge"), parts=(part("hva er nytt", NEWS), part("hvor er heisen")))
    session = Session(id="kari", changed_at=scene.now)

    def act(verb: str, words: str) -> Flow:
        yield from ()
        return put(replace(session, announcement_id=f"{verb} {words}"))

    decision = scene.answer_to(
        "kari",
        lambda _: answer_each(
            event,
            meaning,
            scene.texts("kari"),
            session=session,
            municipality_id="lillevik",
            also_from=0.03,
            answer=lambda question, _: Message(text=question.utterance),
            act=act,
        ),
    )
    sessions = [each.record for each in decision.writes if isinstance(each, Put) and isinstance(each.record, Session)]
    assert [each.announcement_id for each in sessions] == ["status.show hva er nytt"]
    assert len(decision.writes) == 2


def understood(said: str, found: Mapping[str, Sequence[tuple[str, float]]]) -> Meaning:
    """Return the meaning of a message of which the words, and those of its clauses, have these candidates."""
    content = published_content(sample_content(), texts=load_catalogue(), policy=Policy())
    reading = understand(said, content=content, previous_article_ids=(), municipality_id=None)
    query = next(reading)
    assert isinstance(query, MatchEach)
    assert {*query.utterances} == {*found}

    def matched(words: str) -> Match:
        candidates = tuple(Candidate(article_id=each, confidence=sure) for each, sure in found[words])
        return Match(
            utterance=words, language="nb", small_talk=None, candidates=candidates, precision=0.9, measured=True
        )

    try:
        reading.send(tuple(map(matched, query.utterances)))
    except StopIteration as end:
        meaning: Meaning = end.value
    return meaning


def test_an_emergency_that_only_the_whole_message_tells_of_counts() -> None:
    said = "pasienten på rom 7 har 39,8 i feber og er uklar"
    clauses = ("pasienten på rom 7 har 39,8 i feber", "er uklar")
    pupil = {each: [("look-up-pupil-or-patient", 0.8)] for each in clauses}
    assert understood(said, {said: [("medical-emergency", 0.8)], **pupil}).outcome.article_id == "medical-emergency"


def test_a_question_beside_a_sure_one_stays_though_the_whole_is_about_something_else() -> None:
    said = "hvor lagrer jeg referater, og hvem sletter det gamle fellesområdet"
    first, second = said.split(", og ")
    meaning = understood(
        said,
        {
            said: [("retention-how-long", 0.2), ("old-files-where", 0.15)],
            first: [("files-what-where", 0.5), ("record-keeping", 0.1)],
            second: [("files-after-move", 0.3), ("old-files-where", 0.2)],
        },
    )
    assert [each.match.utterance for each in meaning.parts] == [first, second]
    assert meaning.parts[0].outcome.article_id == "files-what-where"
    assert meaning.parts[1].outcome.kind is OutcomeKind.CLARIFY


def test_what_is_said_to_be_another_matter_is_one_without_the_form_of_a_question() -> None:
    said = "får ikke åpnet fila. forresten, skriveren sier at den er koblet fra"
    first, second = "får ikke åpnet fila", "skriveren sier at den er koblet fra"
    found = {
        said: [("attachment-wont-open", 0.6), ("file-locked", 0.2)],
        first: [("attachment-wont-open", 0.7), ("file-locked", 0.2)],
        second: [("print-stuck", 0.3), ("print-new-pc", 0.2)],
    }
    assert [each.match.utterance for each in understood(said, found).parts] == [first, second]


def test_a_clause_that_tells_what_has_led_to_a_question_is_none() -> None:
    said = "jeg har fått nytt navn, men i Teams står det gamle. hvem retter det?"
    first, second, third = "jeg har fått nytt navn", "i Teams står det gamle", "hvem retter det"
    found = {
        said: [("profile-photo-details", 0.7), ("new-name", 0.2)],
        first: [("new-name", 0.5), ("profile-photo-details", 0.2)],
        second: [("profile-photo-details", 0.3), ("teams-presence", 0.2)],
        third: [("service-desk", 0.2), ("my-profile", 0.1)],
    }
    assert understood(said, found).outcome.article_id == "profile-photo-details"


def test_a_clause_that_leans_on_the_one_before_is_not_answered_by_its_words_alone() -> None:
    said = "kontoen min er låst, hvor lang tid tar det"
    first, second = said.split(", ")
    found = {
        said: [("account-locked", 0.5), ("it-ticket-status", 0.3)],
        first: [("account-locked", 0.9), ("sign-in-problem", 0.1)],
        second: [("it-ticket-status", 0.7), ("rollout-when", 0.1)],
    }
    meaning = understood(said, found)
    assert (meaning.parts, meaning.outcome.article_id) == ((), "account-locked")


def test_what_is_not_wanted_is_not_done() -> None:
    said = "ikke slett dataene mine"
    assert understood("slett dataene mine", {"slett dataene mine": [("delete-my-data", 0.9)]}).action is not None
    assert understood(said, {said: [("delete-my-data", 0.9), ("my-data", 0.05)]}).action is None
    # That something is not wanted is the way to ask for this.
    robot = "jeg vil ikke snakke med en robot"
    assert understood(robot, {robot: [("talk-to-person", 0.9)]}).action is not None
