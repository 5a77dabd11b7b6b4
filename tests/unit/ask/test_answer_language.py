"""The language of an answer, and of the person: clear messages decide, short ones never do."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from dialogs.ask.language import (
    answer_language,
    changes_language,
    clear_language,
    in_language,
    in_this_language,
    small_talk_language,
)
from dialogs.core.decision import Decision, Notice, Post, Put, Remove, Reply, do, put
from dialogs.core.message import Message
from dialogs.core.person import Person
from dialogs.core.query import Flow, Get, find
from dialogs.core.session import Session
from dialogs.profile.flow import named_language
from knowledge.article.article import Language
from tests.labelled import SETS, asked
from tests.unit.driver import TUESDAY
from tests.unit.handoff.scene import person

FORGOTTEN = Remove(kind=Session, id="kari")
SPOKEN = {"nb": Language.NB, "nn": Language.NN, "en": Language.EN}
# Dialect is written by users of both varieties.
DIALECTS = frozenset({"bergensk", "nordnorsk", "trøndersk", "stavangersk"})


def written() -> Iterator[tuple[str, str]]:
    """Return every kept question with what its writer speaks: a language or dialect."""
    for name in SETS:
        for query in asked(name):
            words = query["sub"].replace("-", " ").split()
            spoken = next((each for each in words if each in SPOKEN or each in DIALECTS), None)
            if spoken is not None:
                yield query["text"], spoken


@pytest.mark.parametrize("language", list(Language))
def test_at_most_one_in_a_hundred_gets_an_answer_in_a_language_that_is_not_theirs(language: Language) -> None:
    own = [text for text, spoken in written() if SPOKEN.get(spoken) is language]
    wrong = [text for text in own if answer_language(text, usual=language, heard=language) is not language]
    assert len(own) >= 140
    assert len(wrong) <= 0.01 * len(own), wrong


def test_norwegians_are_not_answered_in_english() -> None:
    norwegian = [text for text, spoken in written() if spoken != "en"]
    english = [text for text in norwegian if answer_language(text, usual=Language.NB, heard=None) is Language.EN]
    assert len(english) <= 0.01 * len(norwegian), english


@pytest.mark.parametrize(
    ("text", "usual", "clear"),
    [
        ("where are my files", Language.NB, Language.EN),
        ("I want to talk to a real person", Language.NB, Language.EN),
        ("teams keeps nagging me to update every single morning", Language.NB, Language.EN),
        ("hvor er filene mine", Language.EN, Language.NB),
        ("eg hugsar ikkje passordet", Language.NB, Language.NN),
        ("når opnar brukarstøtta", Language.NB, Language.NN),
        ("tek det lang tid", Language.NB, Language.NN),
        # The ending of a word that no dictionary has says nothing.
        ("skal bruke det på kommunestyreseminar i kveld", Language.NB, None),
        ("kan vi legge bilder i teamet vårt", Language.NB, None),
        ("kem e ambassadør hos oss", Language.NN, None),
        ("har sjefen innsyn i denne chatten", Language.NB, None),
        ("shared mailbox", Language.NB, None),
        ("Teams", Language.NB, None),
        ("og på mobil?", Language.NN, None),
    ],
)
def test_a_message_is_clear_or_could_be_both(text: str, usual: Language, clear: Language | None) -> None:
    found = clear_language(text, usual)
    assert found is clear or (clear is None and found is usual)


def test_two_english_words_are_english_where_no_norwegian_was_heard() -> None:
    assert answer_language("shared mailbox", usual=Language.NB, heard=None) is Language.EN
    assert answer_language("shared mailbox", usual=Language.NB, heard=Language.NB) is Language.NB
    assert answer_language("password", usual=Language.NB, heard=None) is Language.NB
    assert answer_language("help me", usual=Language.NB, heard=None) is Language.EN
    assert answer_language("og på nettbrettet?", usual=Language.NB, heard=None) is Language.NB


@pytest.mark.parametrize(
    ("text", "heard", "changes"),
    [
        ("where are my files", None, False),
        ("where are my files", Language.NB, False),
        ("where are my files", Language.EN, True),
        ("can you tell me where my files are kept", None, True),
        ("can you tell me where my files are kept", Language.NB, False),
    ],
)
def test_a_persons_language_changes_at_the_second_clear_message_or_a_long_first_one(
    text: str, heard: Language | None, changes: bool
) -> None:
    assert changes_language(text, clear=Language.EN, usual=Language.NB, heard=heard) is changes
    assert not changes_language(text, clear=Language.EN, usual=Language.EN, heard=heard)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("svar på nynorsk", Language.NN),
        ("bytt til bokmål", Language.NB),
        ("Norsk, takk.", Language.NB),
        ("Can you speak English?", Language.EN),
        ("hvorfor svarer du på engelsk?", None),
        ("jeg skjønner ikke engelsk", Language.NB),
        ("I don't understand Norwegian", Language.EN),
        ("jeg forstår ikke engelsk, bytt til nynorsk", Language.NN),
        ("eg skjønar ikkje engelsk, byt til norsk", Language.NN),
        ("norsk", Language.NB),
        ("bytt fra bokmål til nynorsk", None),
        ("bytt språk", None),
    ],
)
def test_a_language_that_is_asked_for_by_name_is_chosen_at_once(text: str, named: Language | None) -> None:
    assert named_language(text) is named


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("når får me Teams?", Language.NN),
        ("koffor får vi ikkje teams?", Language.NN),
        ("gløymt passordet", Language.NN),
        ("me treng ny skjerm", Language.NN),
        ("eg får ikke logget inn", Language.NB),
        ("ka skjedd me office 365", Language.NB),
        ("skal vi velge eller vel du for oss", Language.NB),
        ("printer jam again", Language.EN),
        ("printer for meeting", Language.EN),
        ("in-person training?", Language.EN),
        ("email footer", Language.EN),
        ("blur", Language.NB),
        ("send letter to a person with no norwegian id number, refugee arrived last week", Language.EN),
        ("Obsidian Sync", Language.NB),
    ],
)
def test_the_first_message_of_a_person_is_answered_in_its_language(text: str, spoken: Language) -> None:
    assert answer_language(text, usual=Language.NB, heard=None) is spoken


def test_words_of_both_varieties_are_answered_in_the_language_of_the_conversation() -> None:
    for heard in (Language.NB, Language.NN):
        assert answer_language("og på mobil?", usual=Language.NB, heard=heard) is heard
        assert answer_language("eg får ikke til dette", usual=Language.NB, heard=heard) is heard


@pytest.mark.parametrize(
    ("text", "usual", "spoken"),
    [
        ("takk", Language.NN, Language.NN),
        ("takk", Language.EN, Language.NB),
        ("thanks", Language.NN, Language.EN),
        ("tusen takk", Language.EN, Language.NB),
        ("tusen takk skal du ha", Language.NN, Language.NN),
        ("godt spørsmål", Language.NN, Language.NN),
    ],
)
def test_courtesy_is_answered_in_a_language_that_has_its_words(text: str, usual: Language, spoken: Language) -> None:
    assert small_talk_language(text, usual) is spoken


def decided(flow: Flow, *people: Person) -> Decision:
    """Return the decision of a flow that reads these people."""
    by_id = {each.id: each for each in people}
    answer: Person | None = None
    while True:
        try:
            query = flow.send(answer)
        except StopIteration as end:
            decision: Decision = end.value
            return decision
        assert isinstance(query, Get)
        answer = by_id[query.id]


def test_a_flow_in_another_language_reads_the_asker_in_it_and_others_as_they_are() -> None:
    kari, ola = person("kari", "nord"), person("ola", "nord")

    def flow() -> Flow:
        asker, other = (yield from find(Person, "kari")), (yield from find(Person, "ola"))
        assert asker is not None
        assert other is not None
        return do(Notice(text=f"asker {asker.language}"), Notice(text=f"other {other.language}"))

    decision = decided(in_language(flow(), kari, Language.EN), kari, ola)
    assert decision.effects == (Notice(text="asker en"), Notice(text="other nb"))


def test_what_a_flow_stores_keeps_the_language_of_the_person_unless_it_was_chosen() -> None:
    kari, ola = person("kari", "nord"), replace(person("ola", "nord"), language=Language.NN)
    session = Session(id="kari", changed_at=TUESDAY)

    def flow(*, chosen: bool) -> Flow:
        asker = yield from find(Person, "kari")
        assert asker is not None
        return put(replace(asker, language_chosen=chosen), ola, session) + Decision(writes=(FORGOTTEN,))

    def stored(*, chosen: bool) -> list[object]:
        decision = decided(in_language(flow(chosen=chosen), kari, Language.EN), kari)
        return [write.record if isinstance(write, Put) else write for write in decision.writes]

    assert stored(chosen=False) == [kari, ola, session, FORGOTTEN]
    chosen = replace(kari, language=Language.EN, language_chosen=True)
    assert stored(chosen=True) == [chosen, ola, session, FORGOTTEN]


def test_replies_without_a_language_get_that_of_the_answer_and_other_effects_stay() -> None:
    bare, spoken = Message(text="hei"), Message(text="hallo", language=Language.NB)
    others = (Notice(text="hei"), Post(to="ola", slot="b", message=bare), Post(to="ola", slot="c", message=None))
    decision = in_this_language(
        do(Reply(slot="a", message=bare), Reply(slot="d", message=spoken), *others), Language.EN
    )
    english = Reply(slot="a", message=replace(bare, language=Language.EN))
    assert decision.effects == (english, Reply(slot="d", message=spoken), *others)
