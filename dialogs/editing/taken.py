"""Words of people in articles: noted when an article is saved, and taken out when the person is erased."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from dialogs.core.query import Asking, find_all
from dialogs.core.word_runs import TakenWords, shares_words
from dialogs.editing.model import WAS_PUBLIC, ArticleRevision, ArticleText
from dialogs.handoff.suggestion import Suggestion, Verdict
from knowledge.article.article import Language

UNTITLED: Final = {Language.NB: "Svar", Language.NN: "Svar", Language.EN: "Answer"}


def taken_in(revision: ArticleRevision, municipality_id: str | None) -> Asking[tuple[TakenWords, ...]]:
    """Return the words of people in a revision: those of the one before, and of suggestions that its editors read."""
    kept = [taken for taken in revision.taken if _holds(revision, taken.words)]
    for verdict in (Verdict.WAITING, Verdict.APPROVED) if municipality_id else ():
        for suggestion in (yield from find_all(Suggestion, f"{verdict}@{municipality_id}")):
            kept += [taken for taken in taken_from(suggestion) if _holds(revision, taken.words)]
    return tuple(dict.fromkeys(kept))


def taken_from(suggestion: Suggestion) -> list[TakenWords]:
    """Return the words of a suggestion, the question's and the answer's."""
    asker, *helper = suggestion.words_of or (None,)
    pairs = ((asker, suggestion.question), (helper[0] if helper else None, suggestion.answer))
    return [TakenWords(of=of, words=words) for of, words in pairs if of and words.strip()]


def without_person(revision: ArticleRevision, person_id: str) -> ArticleRevision:
    """Return the revision without the words of a person.

    The answer of a text that readers got stays: it is the municipality's, and names no one.
    """
    mine = [taken.words for taken in revision.taken if taken.of == person_id]
    public = revision.state in WAS_PUBLIC
    return replace(
        revision,
        texts=tuple(_text_without(text, mine, public=public) for text in revision.texts),
        taken=tuple(taken for taken in revision.taken if taken.of != person_id),
    )


def _text_without(text: ArticleText, mine: Sequence[str], *, public: bool) -> ArticleText:
    phrasings = tuple(phrasing for phrasing in text.phrasings if not _is_any(phrasing, mine))
    title = text.title
    if _is_any(title, mine):
        title = next(iter(phrasings), UNTITLED[text.language])
    lines = text.answer.split("\n")
    answer = text.answer if public else "\n".join(line for line in lines if not _is_any(line, mine))
    return replace(text, title=title, phrasings=phrasings, answer=answer)


def _is_any(text: str, mine: Sequence[str]) -> bool:
    return any(shares_words(text, words) for words in mine)


def _holds(revision: ArticleRevision, words: str) -> bool:
    return any(
        shares_words(line, words)
        for text in revision.texts
        for line in (text.title, *text.phrasings, *text.answer.split("\n"))
    )
