"""Several questions in one message: an action that writes the session, too, and an emergency as a whole."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from bot.content.catalogue import load_catalogue
from bot.content.index_builder import published_content
from dialogs.ask import meaning as reading_of
from dialogs.ask.meaning import MAX_ANSWERS, asked_in, understand
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
from knowledge.language.smalltalk import SmallTalk
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


def test_a_question_after_another_one_is_named_though_the_same_article_answers_both() -> None:
    said = "hvordan får jeg e-posten på mobilen, og kan jeg ha privat e-post der også"
    first, second = said.split(", og ")
    found = {
        said: [("outlook-on-phone", 0.9)],
        first: [("outlook-on-phone", 0.9)],
        second: [("outlook-on-phone", 0.7), ("private-use", 0.2)],
    }
    (only,) = understood(said, found).parts
    assert (only.outcome.article_id, only.also) == ("outlook-on-phone", (second,))


def test_a_question_after_another_one_that_leans_on_it_is_offered_and_not_lost() -> None:
    said = "hvor lenge lagres chatten i Teams, og kan leder lese den"
    first, second = said.split(", og ")
    found = {
        said: [("retention-how-long", 0.9)],
        first: [("retention-how-long", 0.9)],
        second: [("retention-how-long", 0.2), ("heia-who-reads", 0.15)],
    }
    answered, left = understood(said, found).parts
    assert (answered.outcome.article_id, left.match.utterance) == ("retention-how-long", second)


def test_a_short_question_after_what_is_wrong_asks_about_that() -> None:
    said = "skriveren er tom for toner, hvem bestiller"
    first, second = said.split(", ")
    found = {
        said: [("printer-supplies", 0.9)],
        first: [("printer-supplies", 0.8)],
        second: [("order-equipment", 0.4), ("ambassador-find", 0.2)],
    }
    meaning = understood(said, found)
    assert (meaning.parts, meaning.outcome.article_id) == ((), "printer-supplies")


@pytest.mark.parametrize(("confidence", "answered"), [(0.91, True), (0.89, False)])
def test_what_is_surely_about_an_article_is_answered_without_the_form_of_a_question(
    monkeypatch: pytest.MonkeyPatch, confidence: float, answered: bool
) -> None:
    monkeypatch.setattr("dialogs.ask.meaning.own_shares", lambda *_: [0.1, 0.9])
    said = "skriveren melder papirstopp uten papir. batteriet varer tjue minutter"
    first, second = said.split(". ")
    found = {
        said: [("battery-charging", 0.9)],
        first: [("print-false-jam", confidence)],
        second: [("battery-charging", 0.95)],
    }
    assert [part.match.utterance for part in understood(said, found).parts] == ([first, second] if answered else [])


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
    human = "jeg vil ikke snakke med et menneske"
    assert understood(human, {human: [("talk-to-person", 0.9), ("my-ambassador", 0.05)]}).action is None
    # An answer is no act.
    said = "jeg vil ikke ha varsler fra Teams"
    assert understood(said, {said: [("teams-notifications", 0.9)]}).outcome.article_id == "teams-notifications"


PASSWORD, PRINT, FILES = [("password-change", 0.97)], [("print-stuck", 0.9)], [("files-what-where", 0.8)]
UNSURE = [("files-what-where", 0.3), ("old-files-where", 0.2)]


def split(
    monkeypatch: pytest.MonkeyPatch,
    whole: Sequence[tuple[str, float]],
    *clauses: tuple[str, float, Sequence[tuple[str, float]]],
) -> Meaning:
    """Return the meaning of clauses with these shares of being a question, and these candidates."""
    shares = [share for _, share, _ in clauses]
    monkeypatch.setattr(reading_of, "own_shares", lambda *_: shares)
    monkeypatch.setattr(reading_of, "asked_in", lambda text: text)
    said = ", ".join(words for words, _, _ in clauses)
    return understood(said, {said: whole} | {words: found for words, _, found in clauses})


def parts_of(meaning: Meaning) -> list[str]:
    return [each.match.utterance for each in meaning.parts]


@pytest.mark.parametrize(
    ("clause", "share", "found", "own"),
    [
        ("jeg trenger plass til filene", 0.3, FILES, True),
        ("jeg trenger plass til filene", 0.29, FILES, False),
        ("hvor er filene mine nå", 0.1, FILES, True),
        ("jeg trenger plass til filene", 0.9, [], False),
        ("hvor får jeg kjøpt hest", 0.1, [], True),
        ("jeg trenger filene", 0.5, FILES, True),
        ("jeg trenger filene", 0.49, FILES, False),
        ("jeg får den ikke åpnet her", 0.49, UNSURE, False),
        ("jeg får den ikke åpnet her", 0.5, UNSURE, True),
        ("jeg vil slette dataene mine", 0.0, [("delete-my-data", 0.9)], True),
        ("jeg vil slette dataene mine", 0.0, [("delete-my-data", 0.89)], False),
    ],
)
def test_a_clause_is_a_question_of_its_own_by_its_share_its_form_or_as_a_command(
    monkeypatch: pytest.MonkeyPatch, clause: str, share: float, found: Sequence[tuple[str, float]], own: bool
) -> None:
    asked = "hvordan bytter jeg passord"
    meaning = split(monkeypatch, PASSWORD, (asked, 0.9, PASSWORD), (clause, share, found))
    assert parts_of(meaning) == ([asked, clause] if own else [])
    assert own or meaning.outcome.article_id == "password-change"


def test_an_entry_of_a_list_is_a_question_whatever_it_looks_like(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_of, "own_shares", lambda *_: [0.0, 0.0])
    said, entries = "- ny mobil\n- tilgang til arkivet", ("ny mobil", "tilgang til arkivet")
    meaning = understood(said, {said: PRINT, entries[0]: FILES, entries[1]: PRINT})
    assert parts_of(meaning) == [*entries]


def test_the_least_sure_of_several_answers_says_how_sure_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    clauses = ("hvordan a", 0.9, PASSWORD), ("hvordan b", 0.9, PRINT)
    meaning = split(monkeypatch, PASSWORD, *clauses)
    assert (meaning.outcome.kind, meaning.outcome.confidence) == (OutcomeKind.ANSWERS, 0.9)


def test_what_is_more_than_can_be_answered_is_left_in_its_order(monkeypatch: pytest.MonkeyPatch) -> None:
    ids = ("password-change", "print-stuck", "files-what-where", "rollout-when", "new-name")
    clauses = [(f"hvordan {id_}", 0.9, [(id_, 0.97)]) for id_ in ids]
    meaning = split(monkeypatch, [], *clauses)
    assert parts_of(meaning) == [words for words, _, _ in clauses[:MAX_ANSWERS]]
    assert meaning.left == tuple(words for words, _, _ in clauses[MAX_ANSWERS:])


def test_questions_with_one_answer_are_answered_once_and_both_named(monkeypatch: pytest.MonkeyPatch) -> None:
    clauses = ("hvordan a", 0.9, PASSWORD), ("hvordan b", 0.9, PRINT), ("hvordan c", 0.9, PASSWORD)
    background = ("jeg sitter på kontoret", 0.1, PRINT)
    meaning = split(monkeypatch, [], *clauses, background)
    assert [(each.match.utterance, each.also) for each in meaning.parts] == [
        ("hvordan a", ("hvordan c",)),
        ("hvordan b", ()),
    ]


def test_questions_without_an_answer_are_each_named_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    clauses = ("hvordan a", 0.9, PASSWORD), ("hvordan b", 0.9, []), ("hvordan c", 0.9, [])
    assert [(each.match.utterance, each.also) for each in split(monkeypatch, [], *clauses).parts] == [
        ("hvordan a", ()),
        ("hvordan b", ()),
        ("hvordan c", ()),
    ]


@pytest.mark.parametrize("unsure", [[("password-change", 0.4), ("print-stuck", 0.3)], UNSURE])
@pytest.mark.parametrize(("said", "own"), [("hvordan b", True), ("jeg lurer på noe annet", False)])
def test_an_unsure_question_about_what_another_is_answered_with_is_offered_and_no_statement_is(
    monkeypatch: pytest.MonkeyPatch, unsure: Sequence[tuple[str, float]], said: str, own: bool
) -> None:
    meaning = split(monkeypatch, PASSWORD, ("hvordan a", 0.9, PASSWORD), (said, 0.9, unsure))
    assert (said in parts_of(meaning)) is (own or unsure is UNSURE)


@pytest.mark.parametrize(
    ("whole", "asked", "answer", "listed"),
    [
        ([("print-stuck", 0.95)], [("password-change", 0.97)], "password-change", None),
        ([("print-stuck", 0.97)], [("password-change", 0.95)], "print-stuck", None),
        ([("print-stuck", 0.97)], [("password-change", 0.97)], "print-stuck", None),
        (UNSURE, PASSWORD, None, ("password-change", "files-what-where")),
        ([("password-change", 0.3), ("print-stuck", 0.2)], PASSWORD, "password-change", None),
        ([("print-stuck", 0.3), ("password-change", 0.2)], PASSWORD, "password-change", None),
        ([], PASSWORD, "password-change", None),
        (UNSURE, [], None, ("files-what-where", "old-files-where")),
    ],
)
def test_a_message_that_asks_one_thing_is_read_whole_or_by_the_clause_that_asks_it(
    monkeypatch: pytest.MonkeyPatch,
    whole: Sequence[tuple[str, float]],
    asked: Sequence[tuple[str, float]],
    answer: str | None,
    listed: tuple[str, ...] | None,
) -> None:
    meaning = split(monkeypatch, whole, ("dette er bakgrunn", 0.1, []), ("jeg lurer på noe annet", 0.9, asked))
    assert meaning.outcome.article_id == answer
    if listed is not None:
        assert (meaning.outcome.kind, meaning.outcome.confidence) == (OutcomeKind.CLARIFY, whole[0][1])
        assert tuple(each.article_id for each in meaning.outcome.candidates) == listed
        assert tuple(each.article_id for each in meaning.match.candidates)[: len(listed)] == listed


def test_where_no_clause_is_asked_the_likeliest_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    clauses = ("dette er bakgrunn", 0.1, PRINT), ("dette er mer bakgrunn", 0.2, PASSWORD)
    assert split(monkeypatch, [], *clauses).outcome.article_id == "password-change"
    assert split(monkeypatch, [], *clauses[::-1]).outcome.article_id == "password-change"


def test_what_is_denied_is_no_candidate_and_the_others_share_what_it_had() -> None:
    said = "nei, jeg har ikke glemt passordet, det er skriveren"
    refused, asked = "jeg har ikke glemt passordet", "det er skriveren"
    found = {said: PASSWORD, refused: PASSWORD, asked: [("password-change", 0.6), ("print-stuck", 0.3)]}
    meaning = understood(said, found)
    assert [(each.article_id, round(each.confidence, 6)) for each in meaning.match.candidates] == [
        ("print-stuck", 0.75)
    ]
    found[asked] = [("print-stuck", 0.6), ("files-what-where", 0.3)]
    assert understood(said, found).match.candidates[0].confidence == 0.6, "it was not among them"
    found[refused] = []
    assert understood(said, found).match.candidates[0].article_id == "print-stuck"


def test_thanks_are_thanks_unless_the_message_is_surely_about_an_article() -> None:
    said = "tusen takk for hjelpen med skriveren"
    assert understood(said, {said: UNSURE}).match.small_talk is SmallTalk.THANKS


@pytest.mark.parametrize(
    ("message", "read"),
    [
        ("Norsk, takk", "Norsk, takk"),
        ("Hei! Hvordan bytter jeg passord på jobben? Mvh Kari", "Hvordan bytter jeg passord på jobben?"),
        (
            "Hei! Jobber som lærer på 4. trinn. Hvordan bytter jeg passord på jobben?",
            "Hvordan bytter jeg passord på jobben?",
        ),
        ("Hei! Jobber som lærer på 4. trinn. Er det lov?", "Jobber som lærer på 4. trinn. Er det lov?"),
        ("Hei! Jobber som lærer på 4. trinn. Hvordan får jeg tilgang?", "Hvordan får jeg tilgang?"),
        ("Hei!\n- ny mobil\n- tilgang til arkivet\nMvh Kari", "Hei!\n- ny mobil\n- tilgang til arkivet\nMvh Kari"),
    ],
)
def test_courtesy_is_not_read_and_background_only_where_the_question_leans_on_it(message: str, read: str) -> None:
    assert asked_in(message) == read


def test_a_message_of_one_question_must_be_surer_of_its_answer_than_one_of_several() -> None:
    said, found = "hvor lagrer jeg referater", [("files-what-where", 0.5), ("record-keeping", 0.3)]
    assert understood(said, {said: found}).outcome.kind is OutcomeKind.CLARIFY
    both = f"{said}, hvordan bytter jeg passord"
    meaning = understood(both, {both: [], said: found, "hvordan bytter jeg passord": PASSWORD})
    assert [each.outcome.kind for each in meaning.parts] == [OutcomeKind.ANSWER] * 2
