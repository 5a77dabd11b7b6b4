"""Passages of an answer: how they are marked, what is shown first, and which one a question is about."""

from collections.abc import Sequence
from datetime import date

import numpy as np
import pytest

from knowledge.article.article import Article, Language, Source
from knowledge.article.passage import (
    MAX_BRIEF_WORDS,
    MAX_FIRST_WORDS,
    Passage,
    first_part,
    first_sentences,
    passages,
    places_of,
    quotes,
    unread,
)
from knowledge.matching.encoder import Vectors
from knowledge.matching.kept_vector import highest_likeness, pack_vector
from knowledge.matching.match import NOTHING_ASKED, Asked
from knowledge.matching.passages import QuoteVectors, passage_for, quote_evidence, rate_quotes
from knowledge.matching.policy import Policy
from tests.learned import sample_content

KEYS = """\
1. **Trådløs:** Bytt batteri.
2. **Ingen tall:** Trykk Num Lock.
3. Start PC-en på nytt.

**Søl?** Slå av, og snu PC-en opp ned.

**Venter du på nytt?**

1. Spør lederen.
2. Vent.

Ellers ring."""


def article(answer: str, title: str = "Mus eller tastatur virker ikke") -> Article:
    return Article(
        id="keys",
        language=Language.NB,
        title=title,
        answer=answer,
        phrasings=(),
        source=Source(title=""),
        changed=date(2026, 11, 24),
        review_by=date(2027, 11, 24),
    )


def test_a_case_begins_with_its_label_in_bold_and_ends_with_its_paragraph_or_item() -> None:
    assert passages(KEYS) == (
        Passage(text="**Trådløs:** Bytt batteri.", label="Trådløs"),
        Passage(text="**Ingen tall:** Trykk Num Lock.", label="Ingen tall"),
        Passage(text="3. Start PC-en på nytt."),
        Passage(text="**Søl?** Slå av, og snu PC-en opp ned.", label="Søl?"),
        Passage(text="**Venter du på nytt?**\n\n1. Spør lederen.\n2. Vent.", label="Venter du på nytt?"),
        Passage(text="Ellers ring."),
    )


@pytest.mark.parametrize("answer", ["**Viktig:** Ring.\n\nVent.", "Trykk **Legg til**.\n\n- En\n- To", "Ring."])
def test_an_answer_without_two_labels_is_one_passage(answer: str) -> None:
    assert passages(answer) == (Passage(text=answer),)
    assert passages("") == ()


def test_the_parts_of_the_sample_content_are_its_words_in_their_order() -> None:
    for shown in sample_content().articles.articles.values():
        parts = passages(shown.answer)
        assert [each.text in shown.answer for each in parts] == [True] * len(parts), shown.id
        assert sum(len(each.text) for each in parts) >= len(shown.answer) * 0.9, shown.id


def test_the_first_part_is_whole_paragraphs_and_items_of_at_most_sixty_words() -> None:
    steps = "\n".join(f"{number}. {'ord ' * 20}slutt." for number in range(1, 6))
    assert first_part(steps) == "\n".join(steps.split("\n")[:2])
    assert first_part("ett to") == "ett to"
    nearly = f"{'ord ' * MAX_FIRST_WORDS}\n\nKort slutt."
    assert first_part(nearly) == nearly, "two words are not worth a press"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Ring IT. Vent.", "Ring IT. Vent."),
        (f"Ring IT. Ord {'ord ' * 45}slutt.", "Ring IT."),
        (f"1. Ring IT. Ord {'ord ' * 45}slutt.", "Ring IT."),
        (f"**Søl?** Slå av. Ord {'ord ' * 45}slutt.", "**Søl?** Slå av."),
        (f"**Søl?**\n\n1. Slå av. Ord {'ord ' * 45}slutt.\n2. Vent.", "**Søl?** Slå av."),
        (f"1. Ring IT.\n2. Vent.\n3. Ord {'ord ' * 45}slutt.", "1. Ring IT.\n2. Vent."),
        (f"**Ring IT. Nå.** Ord {'ord ' * 45}slutt.", "**Ring IT. Nå.**"),
    ],
)
def test_the_first_sentences_break_no_bold_text_and_are_more_than_a_label(text: str, shown: str) -> None:
    assert first_sentences(text) == shown


def test_what_is_shown_first_of_the_sample_content_fits() -> None:
    answers = [shown.answer for shown in sample_content().articles.articles.values()]
    lengths = sorted(len(first_part(answer).split()) for answer in answers)
    assert lengths[len(lengths) // 2] <= MAX_FIRST_WORDS
    assert all(first_sentences(answer).count("**") % 2 == 0 for answer in answers)
    brief = sorted(len(first_sentences(answer).split()) for answer in answers)
    assert brief[len(brief) // 2] <= MAX_BRIEF_WORDS


@pytest.mark.parametrize(
    ("question", "label"),
    [
        ("får ikke skrevet tall", "Ingen tall"),
        ("den trådløse musa er død", "Trådløs"),
        ("jeg har sølt kaffe", "Søl?"),
        ("tastaturet virker ikke", None),
        ("", None),
        ("   🙂", None),
    ],
)
def test_a_question_gets_the_case_it_names_and_none_where_it_names_none(question: str, label: str | None) -> None:
    found = passage_for(article(KEYS), question)
    assert (found.label if found else None) == label


SHARING = """\
1. Velg «Del» øverst.
2. Velg skjermen.

**Svart skjerm hos de andre?** Stopp, og del skjermen på nytt.

**Nettbrett:** Sveip ned, og del skjermen der."""


@pytest.mark.parametrize(
    ("question", "label"),
    [
        ("Hvordan deler jeg skjerm?", None),
        ("dele skjermen i Teams", None),
        ("de andre ser svart skjerm", "Svart skjerm hos de andre?"),
        ("dele skjermen fra nettbrettet", "Nettbrett"),
    ],
)
def test_a_question_that_says_no_more_than_the_title_gets_the_beginning(question: str, label: str | None) -> None:
    case = passage_for(article(SHARING, "Hvordan deler jeg skjermen i Teams?"), question)
    assert (case.label if case else None) == label


def test_a_word_of_a_compound_in_the_title_says_no_more_than_the_title() -> None:
    recording = "Ta opp bare når alle vet det.\n\n**Hvor er opptaket?** I møtechatten.\n\n**Grå knapp?** Ring."
    assert passage_for(article(recording, "Kan jeg ta opp et Teams-møte?"), "kan jeg ta opp et møte") is None


@pytest.mark.parametrize(
    ("question", "label"),
    [
        ("svart skjerm", "Svart skjerm hos de andre?"),
        ("nettbrett", "Nettbrett"),
        ("dele skjerm: svart skjerm, og nettbrett", None),
    ],
)
def test_a_case_that_the_title_lists_is_named_by_its_label(question: str, label: str | None) -> None:
    case = passage_for(article(SHARING, "Dele skjerm: svart skjerm, og nettbrett"), question)
    assert (case.label if case else None) == label


def test_no_title_of_the_sample_content_asks_for_one_case() -> None:
    articles = sample_content().articles.articles.values()
    assert [(shown.id, shown.language) for shown in articles if passage_for(shown, shown.title)] == []


def test_an_answer_without_cases_has_no_passage() -> None:
    assert passage_for(article("Ring IT."), "ring") is None


def test_a_quote_is_a_paragraph_or_item_or_what_names_others_with_them() -> None:
    assert [(quote.text, quote.label, quote.places) for quote in quotes(KEYS)] == [
        ("**Trådløs:** Bytt batteri.", "Trådløs", (0,)),
        ("**Ingen tall:** Trykk Num Lock.", "Ingen tall", (1,)),
        ("Start PC-en på nytt.", "", (2,)),
        ("**Søl?** Slå av, og snu PC-en opp ned.", "Søl?", (3,)),
        ("**Venter du på nytt?**\n\n1. Spør lederen.\n2. Vent.", "Venter du på nytt?", (4, 5, 6)),
        ("Spør lederen.", "Venter du på nytt?", (5,)),
        ("Vent.", "Venter du på nytt?", (6,)),
        ("Ellers ring.", "", (7,)),
    ]
    assert [quote.places for quote in quotes("Slik:\n\n- a\n- b\n\nTil slutt:")] == [(0, 1, 2), (1,), (2,), (3,)]
    assert [quote.places for quote in quotes("Slik:\n\n- a\n\n**Ellers:** b")] == [(0, 1), (1,), (2,)]
    assert [quote.label for quote in quotes("**Slik:**\n- a\n- **X:** b")] == ["Slik", "Slik", "X"]
    assert quotes("") == ()


def test_the_places_of_a_part_and_what_is_unread_after_them() -> None:
    assert places_of(KEYS, first_part(KEYS)) == tuple(range(8))
    assert places_of(KEYS, "Spør lederen.\n\nEllers ring.") == (5, 7)
    rest = unread(KEYS, (0, 1, 2, 3))
    assert rest is not None
    assert (rest.text, rest.places) == (
        "**Venter du på nytt?**\n\n1. Spør lederen.\n2. Vent.\n\nEllers ring.",
        (4, 5, 6, 7),
    )
    assert unread(KEYS, range(8)) is None
    steps = "\n".join(f"{number}. {'ord ' * 20}slutt." for number in range(1, 6))
    part = unread(steps, (0,))
    assert part is not None
    assert (part.text, part.places) == ("\n".join(steps.split("\n")[1:3]), (1, 2)), "as much as is shown first"


class Pointing:
    """Encodes a text by which of three words are in it, and notes what it read."""

    name = "pointing"

    def __init__(self) -> None:
        self.read: list[str] = []

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.read += texts
        found = [[float(word in text.lower()) for word in ("hemmelig", "anonym", "leder")] for text in texts]
        return np.array(found, dtype=np.float32)

    def packed(self, text: str) -> bytes:
        """Return the vector of a text as a match has it, without noting it."""
        vector = self.encode([text])[0]
        self.read.pop()
        return pack_vector(vector, encoder=self.name)


AVVIK = "Meld avvik i kvalitetssystemet.\n\nDu kan melde anonymt.\n\nLederen din følger opp."


def test_a_follow_up_rates_the_paragraph_that_speaks_of_it_highest() -> None:
    told = article(AVVIK, "Avvik")
    ((first, named, last),) = rate_quotes(
        [told], "kan det være anonymt", asked_before=Asked(text="hvordan melder jeg avvik")
    )
    assert named > max(first, last, Policy().quote_from)
    ((*none,),) = rate_quotes([told], "hva koster middagen", asked_before=Asked(text="hvordan melder jeg avvik"))
    assert max(none) < named
    assert rate_quotes([article("", "Avvik")], "hva koster det", asked_before=NOTHING_ASKED) == ((),)


def test_with_the_encoder_other_words_for_the_same_are_rated_and_each_quote_is_read_once() -> None:
    told, encoder = article(AVVIK.replace("anonymt", "hemmelig"), "Avvik"), Pointing()
    vectors = QuoteVectors(encoder)
    before = Asked(text="avvik", vectors=(encoder.packed("avvik fra leder"),))
    said = encoder.packed("kan leder se det")
    ((*by_words,),) = rate_quotes([told], "kan det skje hemmeleg", asked_before=before)
    ((*rated,),) = rate_quotes([told], "kan leder se det", asked_before=before, vector=said, vectors=vectors)
    assert rated[2] == max(rated)
    assert len(by_words) == len(rated) == 3
    assert len(encoder.read) == 3, "the quotes; what was said has its vectors"
    rate_quotes([told], "kan leder se det", asked_before=before, vector=said, vectors=vectors)
    assert len(encoder.read) == 3
    rate_quotes([told], "kan leder se det", asked_before=Asked(text="avvik"), vector=said, vectors=vectors)
    assert encoder.read[3:] == ["avvik"], "a title stands for what was asked"


def test_articles_beside_the_one_before_are_rated_by_words_alone() -> None:
    told, encoder = article(AVVIK, "Avvik"), Pointing()
    _, beside = rate_quotes(
        [article("Ring.", "Hjelp"), told],
        "kan leder se det",
        asked_before=Asked(text="hjelp", vectors=(encoder.packed("leder"),)),
        vector=encoder.packed("kan leder se det"),
        vectors=QuoteVectors(encoder),
    )
    assert beside == rate_quotes([told], "kan leder se det", asked_before=Asked(text="hjelp"))[0]
    assert len(encoder.read) == 1, "the quote of the first"


def test_a_case_of_several_items_is_as_near_as_they_are() -> None:
    told = article("**Hvem?**\n1. Ring leder.\n2. Leder svarer.\n\nIngen andre.", "Avvik")
    vectors, encoder = QuoteVectors(Pointing()), Pointing()
    said = vectors.of_said(encoder.packed("kan leder se det"), Asked(text="leder"))
    case, first, second, other = quote_evidence(told, "kan leder se det", asked_before="", said=said, vectors=vectors)
    assert case["meaning"] == first["meaning"] == second["meaning"] > other["meaning"]


def test_the_oldest_vectors_are_dropped() -> None:
    encoder = Pointing()
    vectors = QuoteVectors(encoder, most=2)
    vectors.of_quotes(["a", "b", "c"])
    assert len(vectors.of_quotes(["c", "a"])) == 2
    assert encoder.read == ["a", "b", "c", "a"]


def test_a_follow_up_of_another_encoder_is_compared_by_words() -> None:
    vectors = QuoteVectors(Pointing())
    foreign = pack_vector(np.ones(3, dtype=np.float32), encoder="another")
    assert vectors.of_said(foreign, Asked(text="leder")) is None
    assert vectors.of_said(b"", Asked(text="leder")) is None


def test_only_vectors_of_one_encoder_are_alike() -> None:
    one, two = (pack_vector(np.array(row, dtype=np.float32), encoder="a") for row in ([1, 0], [1, 1]))
    foreign = pack_vector(np.array([1, 0], dtype=np.float32), encoder="b")
    assert highest_likeness([one], [two, foreign]) == pytest.approx(0.5**0.5, abs=0.01)
    assert highest_likeness([foreign, b""], [one, b""]) == 0.0
