"""While an incident lasts, replies to questions about what it concerns begin with it."""

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from dialogs.announce.model import Announcement, AnnouncementState
from dialogs.ask.faults import after_faults
from dialogs.ask.own_answer import QuestionAsker
from dialogs.ask.readings import Meaning
from dialogs.core.decision import NOTHING, Reply
from dialogs.core.event import Event, Said, Scope
from dialogs.core.person import Person
from dialogs.core.session import Session
from knowledge.article.action import ActionBook
from knowledge.article.article import Article, ArticleBook, Language, Source
from knowledge.matching.kept_vector import pack_vector
from knowledge.matching.match import Candidate, Match
from knowledge.matching.policy import Outcome, OutcomeKind
from knowledge.software.program import Program
from knowledge.software.register import Register
from tests.channels import WEB
from tests.unit.announce.town import TEXTS, Town
from tests.unit.ask.test_emergency import CALL, URGENT
from tests.unit.read_cards import actions_of, words_of

FAULT = {**TEXTS, "title_nb": "Skriverne er nede", "body_nb": "Vi jobber med saken.", "expires": "2026-11-26"}
MEANT = {
    "skriveren virker ikke": "print",
    "får ikke skrevet ut": "print",
    "ferie": "holiday",
    "Skriverne er nede": "print",
    "kopimaskin": "copy",
}


def article(id_: str, title: str) -> Article:
    return Article(
        id=id_,
        language=Language.NB,
        title=title,
        answer=f"Slik gjør du med {id_}.",
        phrasings=(),
        source=Source(title="IT"),
        changed=date(2026, 11, 24),
        review_by=date(2027, 11, 24),
    )


@pytest.fixture
def town() -> Town:
    town = Town()
    articles = (article("print", "Utskrift"), article("copy", "Kopiering"), article("holiday", "Ferie"))
    register = Register.from_files([Program(id="gerica", name="Gerica", purpose={Language.NB: "Journal"})])
    town.content = replace(town.content, articles=ArticleBook.from_articles(articles), register=register)

    def matches(words: str) -> tuple[Candidate, ...]:
        id_ = next((meant for said, meant in MEANT.items() if words.startswith(said)), None)
        return (Candidate(article_id=id_, confidence=0.99),) if id_ else ()

    town.matches = matches
    return town


def announced(town: Town, *subjects: str, **fields: Any) -> Announcement:
    """Send an incident about these subjects to the health department."""
    draft = town.draft(**{**FAULT, "units": "helse", "incident": "true", **fields})
    outcome = town.act("announce.subjects", draft, subjects=",".join(subjects))
    assert not outcome.notices, outcome.notices
    assert not town.act("announce.send", town.now_is(draft)).notices
    town.wait()
    return town.now_is(draft)


def answer(town: Town, who: str, words: str, scope: Scope = Scope.PERSONAL) -> str:
    """Ask, and return what the reply shows."""
    effects = town.say(who, words, scope=scope).decision.effects
    return " ".join(" ".join(words_of(effect.message.card)) for effect in effects if isinstance(effect, Reply))


def test_a_question_about_it_is_answered_with_the_fault_first_and_then_the_article(town: Town) -> None:
    announced(town, "print")
    shown = answer(town, "nils", "får ikke skrevet ut")
    fault = town.texts("nils")("ask.fault", title="Skriverne er nede")
    assert 0 <= shown.index(fault) < shown.index("Vi jobber med saken.") < shown.index("Slik gjør du med print.")
    assert fault not in answer(town, "nils", "ferie")


def reads_meaning(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let texts about a lamp have one vector, and all others another."""
    read = town._understand

    def understood(utterance: str, previous: tuple[str, ...]) -> Match:
        vector = np.array([0.1, 1.0] if "lampen" in utterance else [1.0, 0.1], dtype=np.float32)
        return replace(read(utterance, previous), vector=pack_vector(vector, encoder="two"))

    monkeypatch.setattr(town, "_understand", understood)


def test_who_tells_of_the_same_trouble_in_other_words_is_told_of_the_fault(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads_meaning(town, monkeypatch)
    announced(town, "print")
    assert "Skriverne er nede" in answer(town, "nils", "det kommer ingenting på papir i dag")
    assert town.independent, "title and text of each language are read alone"
    assert "Skriverne er nede" not in answer(town, "nils", "lampen i taket blinker")
    assert "Skriverne er nede" not in answer(town, "nils", "hvor kjøper vi papir"), "no trouble"
    assert "Skriverne er nede" not in answer(town, "siri", "det kommer ingenting på papir i dag"), "not concerned"


def test_a_question_is_compared_with_the_three_newest_faults_in_one_language(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads_meaning(town, monkeypatch)
    understand, compared = town._understand, list[str]()
    in_english = {"title_en": "Out of order", "body_en": "We are on it."}
    announced(town, "copy", title_nb="Lampen er nede", **in_english)
    for number in range(4):
        announced(town, "holiday", title_nb=f"Skriver {number} er nede", **in_english)
    announced(town, "holiday", title_nb="Skriver i en annen etat er nede", units="skole")

    def understood(utterance: str, previous: tuple[str, ...]) -> Match:
        compared.append(str(utterance))
        return understand(utterance, previous)

    monkeypatch.setattr(town, "_understand", understood)
    shown = answer(town, "nils", "det kommer ingenting på papir i dag")
    told = [f"Skriver {number} er nede" for number in (3, 2, 1)]
    assert [title for title in told if title in shown] == told
    assert compared[1:] == [text for title in told for text in (title, f"{title}. Vi jobber med saken.")]
    assert "Lampen er nede" not in answer(town, "nils", "lampen i taket blinker"), "older than three"
    assert "Lampen er nede" in answer(town, "nils", "kopimaskin lampen"), "older ones are found by their subjects"


def test_a_fault_without_subjects_is_told_by_its_words(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    reads_meaning(town, monkeypatch)
    announced(town)
    assert "Skriverne er nede" in answer(town, "nils", "det kommer ingenting på papir i dag")
    assert "Skriverne er nede" not in answer(town, "nils", "lampen i taket blinker")


def test_those_it_does_not_concern_get_the_article_alone(town: Town) -> None:
    announced(town, "print")
    for who in ("bo", "siri"):
        shown = answer(town, who, "skriveren virker ikke")
        assert "Slik gjør du med print." in shown
        assert "Skriverne er nede" not in shown


def test_nothing_stands_above_the_numbers_to_call(town: Town) -> None:
    announced(town, "print")
    town.content = replace(town.content, actions=ActionBook.from_actions([URGENT]))
    shown = answer(town, "nils", "skriveren virker ikke. Jeg får ikke puste!")
    assert CALL in shown
    assert "Skriverne er nede" not in shown


def test_others_who_read_along_in_a_group_are_not_told(town: Town) -> None:
    announced(town, "print")
    shown = answer(town, "nils", "skriveren virker ikke", Scope.GROUP)
    assert "Slik gjør du med print." in shown
    assert "Skriverne er nede" not in shown


def test_it_is_told_as_it_was_last_corrected_until_it_ends(town: Town) -> None:
    fault = announced(town, "print")
    town.act("announce.corrected", fault, **{**FAULT, "body_nb": "Feilen er funnet."})
    assert "Feilen er funnet." in answer(town, "nils", "skriveren virker ikke")
    town.wait(3 * 24 * 3600)
    assert "Skriverne er nede" not in answer(town, "nils", "skriveren virker ikke")


def test_it_ends_early_when_it_is_recalled(town: Town) -> None:
    fault = announced(town, "print")
    assert not town.act("announce.recalled", fault).notices
    assert "Skriverne er nede" not in answer(town, "nils", "skriveren virker ikke")


def test_it_needs_an_end_and_must_be_an_incident(town: Town) -> None:
    texts = town.texts("anja")
    endless = town.draft(**{**FAULT, "expires": "", "incident": "true"})
    assert town.act("announce.subjects", endless, subjects="print").notice == texts("announce.fault.no_end")
    plain = town.draft(**FAULT)
    assert town.act("announce.subjects", plain, subjects="print").notice == texts("announce.fault.no_incident")


def test_what_is_ticked_goes_along_with_the_button_that_sends_it(town: Town) -> None:
    draft = town.draft(**FAULT, incident="true", units="helse")
    slot = town.slots("anja")[-1]
    card = town.posts["anja", slot].card
    [send] = [action for action in actions_of(card) if action["verb"] == "announce.send"]
    assert "associatedInputs" not in send, "the ticks are sent along"
    [fold] = [element for element in card["body"] if element.get("id") == "subjects_more"]
    assert fold.get("isVisible", True), "nothing is chosen yet"
    town.press("anja", "announce.send", slot=slot, **send["data"], subjects="print", subject_words="")
    assert town.now_is(draft).subjects == ("print",)
    town.wait()
    assert "Vi jobber med saken." in answer(town, "nils", "får ikke skrevet ut")


def test_what_is_ticked_is_kept_over_the_question_about_the_hour(town: Town) -> None:
    draft = town.draft(**FAULT, incident="true", units="helse")
    town.now = town.now.replace(hour=22)
    town.act("announce.send", draft, subjects="print")
    slot = town.slots("anja")[-1]
    [yes] = actions_of(town.posts["anja", slot].card)
    town.press("anja", yes["verb"], slot=slot, **yes["data"])
    assert town.now_is(draft).subjects == ("print",)


def test_what_is_unticked_does_not_come_back_with_the_question_about_the_hour(town: Town) -> None:
    draft = town.draft(**FAULT, incident="true", units="helse")
    town.act("announce.subjects", draft, subjects="print")
    unticked = {"subjects": "", "subject_words": ""}
    town.act("announce.schedule", town.now_is(draft), day="2026-11-25", time="03:00", **unticked)
    assert town.now_is(draft).subjects == ("print",), "nothing is stored before the answer"
    slot = town.slots("anja")[-1]
    [yes] = actions_of(town.posts["anja", slot].card)
    town.press("anja", yes["verb"], slot=slot, **yes["data"])
    now = town.now_is(draft)
    assert (now.state, now.subjects) == (AnnouncementState.SCHEDULED, ())


def test_without_an_end_nothing_can_be_ticked_and_it_can_be_sent(town: Town) -> None:
    draft = town.draft(**{**FAULT, "expires": "", "incident": "true", "units": "helse"})
    slot = town.slots("anja")[-1]
    assert town.texts("anja")("announce.subjects.no_end") in town.shown("anja", slot)
    assert "announce.subjects" not in town.buttons("anja", slot)
    assert not town.act("announce.send", draft).notices


def test_its_own_text_proposes_subjects_and_words_find_others(town: Town) -> None:
    draft = town.draft(**FAULT, incident="true")
    assert "Utskrift" in town.shown("anja", draft.desk)
    assert town.independent
    town.act("announce.subjects", draft, subjects="print,unknown", subject_words="kopimaskin\nGerica")
    assert town.now_is(draft).subjects == ("print", "copy", "program:gerica")
    assert "Utskrift, Kopiering, Gerica" in town.shown("anja", draft.desk)


def test_neighbours_of_the_proposed_articles_are_proposed_too(town: Town) -> None:
    articles = (
        replace(article("print", "Utskrift"), related=("copy",), topics=("printing",)),
        article("copy", "Kopiering"),
        replace(article("scan", "Skanning"), topics=("printing",)),
        replace(article("holiday", "Ferie"), topics=("leave",)),
    )
    town.content = replace(town.content, articles=ArticleBook.from_articles(articles))
    shown = town.shown("anja", town.draft(**FAULT, incident="true").desk)
    assert [name for name in ("Utskrift", "Kopiering", "Skanning", "Ferie") if name in shown] == [
        "Utskrift",
        "Kopiering",
        "Skanning",
    ]


def test_a_program_is_told_by_its_name(town: Town) -> None:
    announced(town, "program:gerica")
    assert "Skriverne er nede" in answer(town, "nils", "kommer ikke inn i Gerica")


def test_a_list_begins_with_the_fault_where_its_articles_are_likely_together(town: Town) -> None:
    def unsure(words: str) -> tuple[Candidate, ...]:
        shares = {"holiday": 0.3, "print": 0.2, "copy": 0.2}
        return tuple(Candidate(article_id=id_, confidence=share) for id_, share in shares.items())

    announced(town, "print", "copy")
    town.matches = unsure
    assert "Skriverne er nede" in answer(town, "nils", "papiret kommer ikke")
    town.act("announce.subjects", town.all(Announcement)[0], subjects="copy")
    assert "Skriverne er nede" not in answer(town, "nils", "papiret kommer ikke")


def test_nothing_stands_above_a_follow_up_whose_answer_began_with_it(town: Town) -> None:
    followed = Outcome(kind=OutcomeKind.ANSWER, article_id="print", confidence=0.99, continues=True)
    match = Match(utterance="og på mobil?", language="nb", small_talk=None, candidates=(), precision=0.99)
    texts = town.content.texts[Language.NB]
    session, person = Session(id="nils", changed_at=town.now), town.get(Person, "nils")
    asker = QuestionAsker(id="nils", person=person, session=session, language=Language.NB, texts=texts)
    said = Said(utterance="og på mobil?")
    event = Event(id="e", at=town.now, channel=WEB, person_id="nils", conversation_id="c-nils", what=said)
    asking = after_faults(NOTHING, Meaning(match=match, outcome=followed), asker, event, town.content, begins=True)
    # It ends without reading anything.
    with pytest.raises(StopIteration) as ended:
        next(asking)
    assert ended.value.value is NOTHING
