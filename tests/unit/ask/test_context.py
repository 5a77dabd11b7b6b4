"""A follow-up refers to the answers of the last five turns about the same subject."""

from dataclasses import replace
from datetime import timedelta

import pytest

from dialogs import router
from dialogs.ask.context import MAX_TURNS, context_of
from dialogs.core.event import Scope
from dialogs.core.question import Question
from dialogs.core.session import CONTEXT, Session
from dialogs.privacy.retention import VERB
from knowledge.article.action import ActionBook, ActionKind
from knowledge.article.article import ArticleBook
from knowledge.language.smalltalk import small_talk
from knowledge.matching.match import Candidate, Match
from knowledge.software.program import ProgramUse
from tests.unit.ask.test_actions import action
from tests.unit.driver import TUESDAY, Stage
from tests.unit.handoff.scene import ARTICLE, organisation, person

PHONE = replace(ARTICLE, id="phone", title="Ny mobil")
ROOM = replace(ARTICLE, id="room", title="Møterom", topics=("outlook",))


class Following(Stage):
    """A stage that keeps what each message may refer back to."""

    def _understand(self, utterance: str, previous_article_ids: tuple[str, ...]) -> Match:
        self.referred = previous_article_ids
        ids = [each.id for each in (ARTICLE, PHONE, ROOM) if each.id in utterance]
        ids += [id_ for word, id_ in (("været", "weather"), ("tjener", "wages")) if word in utterance]
        talk = small_talk(utterance)
        candidates = () if talk else tuple(Candidate(article_id=each, confidence=0.99) for each in ids)
        return Match(utterance="", language="nb", small_talk=talk, candidates=candidates, precision=0.99)

    def may_refer_to(self, *said: str) -> tuple[str, ...]:
        """Return what a follow-up after these messages may refer to."""
        for each in said:
            self.say("kari", each)
        self.say("kari", "og hvis jeg får en ny?")
        return self.referred


@pytest.fixture
def stage() -> Following:
    scene = Following(
        organisation(),
        verbs=router.VERBS,
        timers=router.TIMERS,
        articles=ArticleBook.from_articles([ARTICLE, PHONE, ROOM]),
    )
    outside = [action("weather", kind=ActionKind.OUT_OF_SCOPE), action("wages", kind=ActionKind.DECLINE)]
    scene.content = replace(scene.content, actions=ActionBook.from_actions(outside))
    scene.put(person("kari", "nord"))
    return scene


@pytest.mark.parametrize(
    ("said", "refers"),
    [
        (["hvordan bruker jeg mfa"], ("mfa",)),
        (["hvordan bruker jeg mfa", "takk"], ("mfa",)),
        (["hvordan bruker jeg mfa", "og på nettbrett?"], ("mfa",)),
        (["hvordan bruker jeg mfa", "hva gjør jeg med phone til dette formålet"], ("phone", "mfa")),
        (["hvordan bruker jeg mfa", "hvordan bestiller jeg room til i morgen"], ("room", "mfa")),
        (["hvordan bruker jeg mfa", "hvordan søker jeg om permisjon uten lønn"], ()),
        (["hvordan bruker jeg mfa", *["takk"] * (MAX_TURNS - 1)], ("mfa",)),
        (["hvordan bruker jeg mfa", *["takk"] * MAX_TURNS], ()),
        (["hvordan bruker jeg mfa", "fortell meg om været i helga"], ()),
        (["hvordan bruker jeg mfa", "hvor mye tjener naboen min"], ()),
        (["hvordan bruker jeg mfa", "hvordan bruker jeg mfa"], ("mfa",)),
        ([], ()),
    ],
)
def test_a_follow_up_reaches_back_five_turns_and_never_past_a_new_subject_without_an_answer(
    stage: Following, said: list[str], refers: tuple[str, ...]
) -> None:
    assert stage.may_refer_to(*said) == refers


def test_a_follow_up_is_read_with_the_question_before_and_those_that_it_continues(stage: Following) -> None:
    stage.may_refer_to("hvordan bruker jeg mfa", "takk")
    assert stage.asked_before == "hvordan bruker jeg mfa"
    stage.say("kari", "og på nettbrett?")
    assert stage.asked_before == "hvordan bruker jeg mfa\nog hvis jeg får en ny?"
    stage.now += timedelta(minutes=61)
    stage.say("kari", "og på nettbrett?")
    assert stage.asked_before == ""


def test_what_was_asked_alone_is_no_context_where_others_read_along(stage: Following) -> None:
    stage.say("kari", "hvordan bruker jeg mfa")
    stage.say("kari", "og på mobil?", scope=Scope.GROUP)
    assert (stage.referred, stage.asked_before) == ((), "")
    [*_, last] = stage.all(Question)
    assert last.follows_id is None


@pytest.mark.parametrize(("minutes", "refers"), [(60, ("mfa",)), (61, ())])
def test_after_an_hour_a_follow_up_refers_to_nothing(stage: Following, minutes: int, refers: tuple[str, ...]) -> None:
    stage.say("kari", "hvordan bruker jeg mfa")
    stage.now += timedelta(minutes=minutes)
    assert stage.may_refer_to() == refers


def test_a_session_of_an_earlier_version_has_its_last_answer_as_context() -> None:
    earlier = Session(id="kari", article_id="mfa", changed_at=TUESDAY)
    assert context_of(earlier, TUESDAY) == ("mfa",)


def test_a_list_of_programs_is_gone_the_next_night(stage: Following) -> None:
    listed = Session(id="kari", programs=("7-zip",), program_use=ProgramUse.PUPILS, changed_at=TUESDAY)
    assert CONTEXT in set(listed.terms())
    stage.put(listed)
    stage.now += timedelta(days=1)
    stage.ring(VERB, kind=CONTEXT)
    session = stage.get(Session, "kari")
    assert (session.programs, session.program_use) == ((), ProgramUse.STAFF)


def test_what_follow_ups_refer_to_is_gone_the_next_night(stage: Following) -> None:
    stage.say("kari", "hvordan bruker jeg mfa")
    assert CONTEXT in set(stage.get(Session, "kari").terms())
    stage.now += timedelta(days=1)
    stage.ring(VERB, kind=CONTEXT)
    session = stage.get(Session, "kari")
    assert (session.turns, session.article_id) == ((), None)
    assert CONTEXT not in set(session.terms())
