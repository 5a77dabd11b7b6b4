"""Several questions in one message, one of which is an action that writes the session, too."""

from dataclasses import replace

from dialogs.ask.meaning import Meaning
from dialogs.ask.several import answer_each
from dialogs.core.decision import Put, put
from dialogs.core.event import Said
from dialogs.core.message import Message
from dialogs.core.query import Flow
from dialogs.core.session import Session
from knowledge.article.action import Action, ActionKind
from knowledge.article.article import Language
from knowledge.language.masking import mask
from knowledge.matching.match import Match
from knowledge.matching.policy import Outcome, OutcomeKind
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
            answer=lambda question, _: Message(text=question.utterance),
            act=act,
        ),
    )
    sessions = [each.record for each in decision.writes if isinstance(each, Put) and isinstance(each.record, Session)]
    assert [each.announcement_id for each in sessions] == ["status.show hva er nytt"]
    assert len(decision.writes) == 2
