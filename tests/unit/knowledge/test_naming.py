"""Groups of questions described without their words: by a sentence of the content, and by terms."""

from functools import cache

import pytest

from bot.content.loading import shipped_sentences
from knowledge.language.concerns.terms import is_sensitive_sentence, is_sensitive_word, names_a_person
from knowledge.matching.kept_vector import pack_vector
from knowledge.matching.match import Phrasing
from knowledge.matching.naming import nearest_sentences, terms_in
from knowledge.software.task import shipped_tasks
from tests.learned import sample_content, sample_matcher
from tests.unit.knowledge.fakes import LetterEncoder
from tests.unit.knowledge.test_rehearsal_matching import learned

GERICA = Phrasing(article_id="gerica", language="nb", text="Gerica")
PRINT = Phrasing(article_id="print-stuck", language="nb", text="utskriften kommer ikke ut av skriveren")


def test_a_group_is_named_by_the_sentence_nearest_to_all_of_it() -> None:
    groups = [
        [("skriveren gir ikke fra seg utskriften", b""), ("utskrift kommer ikke", b"")],
        [("gerica er nede", b""), ("får ikke åpnet gerica", b"")],
    ]
    assert nearest_sentences(sample_matcher().index, groups, [GERICA, PRINT]) == (PRINT, GERICA)
    assert nearest_sentences(sample_matcher().index, groups, []) == (None, None)
    assert nearest_sentences(sample_matcher().index, [[]], [GERICA]) == (None,)


def test_a_group_with_vectors_is_compared_by_meaning_with_sentences_in_and_out_of_the_index() -> None:
    index, encoder = learned(True).index, LetterEncoder()
    inside = index.phrasings[5]
    outside = Phrasing(article_id="x", language="nb", text="zzz qqq xxx")
    texts = [inside.text, "zzz qqq xxx"]
    packed = [pack_vector(row, encoder=encoder.name) for row in encoder.encode(texts)]
    groups = [[(text, vector)] for text, vector in zip(texts, packed, strict=True)]
    assert nearest_sentences(index, groups, [outside, inside]) == (inside, outside)


def test_terms_say_what_a_question_is_about_in_one_form_for_all_inflections() -> None:
    index = sample_matcher().index
    one, other = terms_in(index, ["papegøyen på møterommet svarer ikke", "papegøya i møterom er stum"], ())
    assert {"papegøyen", "møterommet"} <= set(one.values())
    assert not {"ikke", "på", "i"} & {*one.values(), *other.values()}
    [parrot] = [key for key, word in one.items() if word == "papegøyen"]
    assert other[parrot] == "papegøya"


PRIVATE = ("odd", "odds", "hansen", "hansens", "anne-marit", "ola.nordmann", "kreft", "epilepsien", "pasienten", "elev")
SURNAMES_AND_ILLNESSES = ("rahimi", "yilmaz", "warsame", "kowalski", "borrelia", "hodgkin", "stoma", "skoliose")


@cache
def terms_beside(words: tuple[str, ...], text: str) -> dict[str, set[str]]:
    """Return the terms of ``text`` with each word, which are found in one go: that counts the words of the index."""
    terms = terms_in(sample_matcher().index, [text.format(word) for word in words], ())
    return {word: {*found.values()} for word, found in zip(words, terms, strict=True)}


@pytest.mark.parametrize("word", PRIVATE)
def test_names_and_words_about_health_and_pupils_are_no_terms(word: str) -> None:
    assert names_a_person(word) or is_sensitive_word(word)
    assert word not in terms_beside(PRIVATE, "gerica {} tofaktor")[word]


@pytest.mark.parametrize(
    "word", ["tofaktor", "gerica", "skriveren", "teams", "passord", "bruker", "mappe", "dokumentet"]
)
def test_ordinary_words_are_neither_names_nor_sensitive(word: str) -> None:
    assert not names_a_person(word)
    assert not is_sensitive_word(word)


def test_names_of_the_registry_are_no_terms_whole_or_in_parts() -> None:
    found = terms_in(sample_matcher().index, ["zebulon.kvamsdal får ikke åpnet gericaen"], {"kvamsdal"})[0]
    assert set(found.values()) >= {"gericaen"}
    assert not [word for word in found.values() if "kvamsdal" in word]


def test_only_sentences_of_the_files_name_a_theme_and_none_about_health() -> None:
    shipped = shipped_sentences(sample_content(), shipped_tasks().tasks)
    assert len(shipped) > 3_000
    assert not [each.text for each in shipped[::20] if is_sensitive_sentence(each.text)]
    kinds = {each.article_id for each in shipped}
    assert kinds & set(sample_content().articles.ids())
    assert kinds & set(sample_content().register.programs)
    assert kinds & {task.id for task in shipped_tasks().tasks}


@pytest.mark.parametrize("word", SURNAMES_AND_ILLNESSES)
def test_common_surnames_and_names_of_illnesses_are_no_terms_in_small_letters(word: str) -> None:
    found = terms_beside(SURNAMES_AND_ILLNESSES, "trillebåren ved {} har punktert")[word]
    assert word not in found
    assert "trillebåren" in found


def test_a_word_that_anybody_wrote_with_a_capital_is_no_term_unless_the_content_has_it() -> None:
    texts = ["trillebåren til Xqatarsen har punktert", "trillebåren til xqatarsen i Teams", "Trillebåren er flat"]
    found = terms_in(sample_matcher().index, texts, ())
    said = {word for terms in found for word in terms.values()}
    assert "xqatarsen" not in said
    assert "trillebåren" in said
