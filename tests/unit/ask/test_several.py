"""Several questions in one message: an action that writes the session, too, and an emergency as a whole."""

from dataclasses import replace

from bot.content.catalogue import load_catalogue
from bot.content.index_builder import published_content
from dialogs.ask.meaning import Meaning, understand
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


def test_an_emergency_that_only_the_whole_message_tells_of_counts() -> None:
    content = published_content(sample_content(), texts=load_catalogue(), policy=Policy())
    said = "pasienten på rom 7 har 39,8 i feber og er uklar, hva gjør jeg"
    reading = understand(said, content=content, previous_article_ids=(), municipality_id=None)
    query = next(reading)
    assert isinstance(query, MatchEach)
    assert len(query.utterances) > 2

    def matched(words: str) -> Match:
        entry = "medical-emergency" if words == said else "look-up-pupil-or-patient"
        found = (Candidate(article_id=entry, confidence=0.8),)
        return Match(utterance=words, language="nb", small_talk=None, candidates=found, precision=0.9)

    try:
        reading.send(tuple(map(matched, query.utterances)))
    except StopIteration as end:
        meaning: Meaning = end.value
    assert meaning.outcome.article_id == "medical-emergency"
