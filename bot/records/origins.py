"""Origins of copies that earlier versions stored without: found once, by equal words."""

from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Collection, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Final, TypeVar

from bot.ports import Commit, Key, Store
from bot.records.codec import decode, write_of
from bot.records.conflict import commit_if_unchanged
from bot.records.query_answering import FlowRun
from dialogs.core.data_rules import latest_month_terms
from dialogs.core.decision import Put
from dialogs.core.query import find
from dialogs.core.question import Question
from dialogs.core.record import Record
from dialogs.core.web_utterance import WebUtterance
from dialogs.core.word_runs import TakenWords, words_in
from dialogs.editing.model import ArticleRevision, KnowledgeEdition
from dialogs.editing.taken import without_person
from dialogs.handoff.addition import Addition
from dialogs.handoff.model import Handoff
from dialogs.handoff.suggestion import Suggestion
from dialogs.rehearsal.model import TestQuestion

R = TypeVar("R", bound=Record)
Words = tuple[str, ...]

PAGE: Final = 500
MONTHS: Final = 24
# Finds revisions with words of unknown origin.
UNKNOWN: Final = "words:"


async def find_origins(store: Store, *, shipped: Collection[str], at: datetime) -> int:
    """Give suggestions, additions, test questions and articles the origin of their words; return how many got one.

    Phrasings that neither are ``shipped`` nor equal stored words get an empty origin, for an editor to decide. To be
    run once, on what an earlier version wrote.
    """
    origins = _Origins(store, at)
    await origins.read_words()
    number = await _rewrite(store, Suggestion, origins.of_suggestion, at)
    number += await _rewrite(store, Addition, origins.of_addition, at)
    number += await _rewrite(store, TestQuestion, origins.of_test, at)
    known = frozenset(tuple(words_in(text)) for text in shipped)
    return number + await _rewrite(store, ArticleRevision, lambda revision: origins.of_revision(revision, known), at)


async def decide_copy(store: Store, revision_id: str, *, keep: bool, at: datetime) -> bool:
    """Keep words of unknown origin, or take them out; return whether the revision has such words."""
    reading = FlowRun(store=store)
    revision = await reading.result_of(find(ArticleRevision, revision_id))
    if revision is None or not any(not taken.of for taken in revision.taken):
        return False
    kept = replace(revision, taken=tuple(taken for taken in revision.taken if taken.of))
    edition = (await reading.result_of(find(KnowledgeEdition, KnowledgeEdition.ID))) or KnowledgeEdition()
    changed = (kept if keep else without_person(revision, ""), edition.next_at(at))
    writes = tuple(write_of(Put(record=record), reading.versions) for record in changed)
    await store.commit(Commit(at=at, records=writes))
    return True


class _Origins:
    """Authors of stored words, by the words."""

    def __init__(self, store: Store, at: datetime) -> None:
        self._store = store
        self._at = at
        self._people: defaultdict[Words, dict[str, None]] = defaultdict(dict)
        self._askers: dict[str, str] = {}
        self._suggestions: dict[str, tuple[str, ...]] = {}

    async def read_words(self) -> None:
        """Read everything that people wrote."""
        async for handoff in _each(self._store, Handoff, self._at):
            self._askers[handoff.id] = handoff.asker_id
            self._add_words(handoff.question, handoff.asker_id)
            self._add_words(handoff.outcome.answer, handoff.assignment.owner_id)
        async for question in _each(self._store, Question, self._at):
            self._add_words(question.utterance, question.person_id)
        async for utterance in _each(self._store, WebUtterance, self._at):
            self._add_words(utterance.text, utterance.person_id)
        async for suggestion in _each(self._store, Suggestion, self._at):
            people = self.of_suggestion(suggestion).words_of
            self._suggestions[suggestion.id] = people
            for words, person_id in zip((suggestion.question, suggestion.answer), people, strict=False):
                self._add_words(words, person_id)

    def of_suggestion(self, suggestion: Suggestion) -> Suggestion:
        asker_id = suggestion.by if suggestion.is_gap else self._askers.get(suggestion.handoff_id)
        if suggestion.words_of or asker_id is None:
            return suggestion
        return replace(suggestion, words_of=tuple(dict.fromkeys((asker_id, suggestion.by))))

    def of_addition(self, addition: Addition) -> Addition:
        if addition.words_of:
            return addition
        people = self._suggestions.get(addition.id) or tuple(self._known(addition.question))
        return replace(addition, words_of=people[:1] if addition.article_id else people)

    def of_test(self, test: TestQuestion) -> TestQuestion:
        return test if test.words_of else replace(test, words_of=tuple(self._known(test.utterance)))

    def of_revision(self, revision: ArticleRevision, shipped: Collection[Words]) -> ArticleRevision:
        if revision.taken:
            return revision
        return replace(revision, taken=tuple(dict.fromkeys(self._taken(revision, shipped))))

    def _taken(self, revision: ArticleRevision, shipped: Collection[Words]) -> Iterator[TakenWords]:
        for text in revision.texts:
            for words in (text.title, *text.answer.split("\n")):
                yield from (TakenWords(of=of, words=words) for of in self._known(words))
            for words in text.phrasings:
                known = self._known(words) or ([] if tuple(words_in(words)) in shipped else [""])
                yield from (TakenWords(of=of, words=words) for of in known)

    def _add_words(self, words: str, person_id: str | None) -> None:
        if person_id and (key := tuple(words_in(words))):
            self._people[key][person_id] = None

    def _known(self, words: str) -> list[str]:
        return list(self._people.get(tuple(words_in(words)), ()))


async def _each(store: Store, kind: type[R], at: datetime) -> AsyncIterator[R]:
    """Yield the records of a kind that are kept by the month."""
    for month in latest_month_terms(at, months=MONTHS):
        async for record, _ in _with_term(store, kind, month):
            yield record


async def _with_term(store: Store, kind: type[R], term: str) -> AsyncIterator[tuple[R, int]]:
    after = ""
    while page := await store.find(kind.KIND, term, after=after, limit=PAGE):
        for stored in page:
            yield decode(kind, stored), stored.version
        after = page[-1].key.id


async def _rewrite(store: Store, kind: type[R], changed: Callable[[R], R], at: datetime) -> int:
    """Write the changed records; one that another process changes meanwhile has its origin from there."""
    number = 0
    terms = list(latest_month_terms(at, months=MONTHS)) if kind is Suggestion else ["all"]
    for term in terms:
        async for record, version in _with_term(store, kind, term):
            new = changed(record)
            if new != record:
                key = Key(kind=kind.KIND, id=record.id)
                write = write_of(Put(record=new), {key: version})
                number += await commit_if_unchanged(store, Commit(at=at, records=(write,)))
    return number
