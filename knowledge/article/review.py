"""Rules about all articles together, for their editors, beyond faults that make one file unusable."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import combinations
from typing import Final

from knowledge.article.article import Article, ArticleFault, Language
from knowledge.article.house_style import menu_names, screen_text, wrong_terms
from knowledge.article.links import links
from knowledge.article.passage import MAX_FIRST_WORDS, MAX_LABEL_WORDS, first_part, passages
from knowledge.article.placeholder import with_defaults
from knowledge.language.text import clean

MAX_RELATED: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleFile:
    """An article with the text of its file, for line numbers."""

    name: str
    text: str
    article: Article

    def fault(
        self, needle: str, reason: str, *, notice: bool = False, field: str = "", rule: str = "", **values: str
    ) -> ArticleFault:
        """Return a fault at the first line that contains ``needle``."""
        return ArticleFault(
            file=self.name,
            line=self.line_of(needle),
            reason=reason,
            notice=notice,
            field=field,
            rule=rule,
            values=tuple(values.items()),
        )

    def line_of(self, needle: str) -> int:
        """Return the first line that contains the text, else 1."""
        return next((n for n, line in enumerate(self.text.splitlines(), 1) if needle in line), 1)

    def line_of_phrasing(self, phrasing: str) -> int:
        """Return the line of an entry of ``phrasings``, or of the title."""
        shown = (
            (n, line.removeprefix("title:").strip().removeprefix("- ").strip("'\" "))
            for n, line in enumerate(self.text.splitlines(), 1)
        )
        return next((n for n, words in shown if words == phrasing), self.line_of(phrasing))


def review_articles(
    files: Sequence[ArticleFile], *, today: date, left_out: Collection[str] = ()
) -> Iterator[ArticleFault]:
    """Yield the faults and notices of all articles, file by file, then those between files.

    ``left_out``: ids of articles left out for their faults; links to them are not faults.
    """
    ids = frozenset(file.article.id for file in files) | frozenset(left_out)
    bokmal = {file.article.id: file.article for file in files if _is_shared(file, Language.NB)}
    for file in files:
        yield from _of_one(file, ids, bokmal.get(file.article.id), today)
    yield from _missing_languages(files)
    yield from _same_phrasings(files)


def review_one(
    files: Sequence[ArticleFile], others: Iterable[Article], *, today: date, left_out: Collection[str] = ()
) -> Iterator[ArticleFault]:
    """Yield the faults and notices of one article, whose texts are ``files``, among the ``others``.

    ``left_out`` are ids that ``related`` may name besides those of ``others``.
    """
    own = {file.article.id for file in files}
    rest = [article for article in others if article.id not in own]
    ids = frozenset(article.id for article in rest) | own | frozenset(left_out)
    bokmal = next((file.article for file in files if file.article.language is Language.NB), None)
    for file in files:
        yield from _of_one(file, ids, bokmal, today)
    yield from _missing_languages(files)
    asked: dict[str, Article] = {}
    for article in rest:
        for phrasing in (article.title, *article.phrasings):
            asked.setdefault(_without_ending(phrasing), article)
    for file in files:
        for phrasing in dict.fromkeys((file.article.title, *file.article.phrasings)):
            owner = asked.get(_without_ending(phrasing))
            if owner is not None:
                yield _same_phrasing(file, phrasing, owner.id, "")


def _of_one(file: ArticleFile, ids: frozenset[str], bokmal: Article | None, today: date) -> Iterator[ArticleFault]:
    """Yield the faults and notices of one text."""
    yield from _related(file, ids)
    yield from _links(file)
    yield from _dates_and_source(file, today)
    yield from _terms(file)
    yield from _passages(file, bokmal)
    if file.article.language is Language.NN:
        yield from _screen(file, bokmal)


def _is_shared(file: ArticleFile, language: Language) -> bool:
    return file.article.language is language and file.article.municipality_id is None


def _related(file: ArticleFile, ids: frozenset[str]) -> Iterator[ArticleFault]:
    related = file.article.related
    for related_id in related:
        if related_id not in ids:
            reason = f"'related' names {related_id}, which is no article"
            yield file.fault("related:", reason, field="related", rule="related_unknown", other=related_id)
        elif related_id == file.article.id:
            reason = "'related' names the article itself"
            yield file.fault("related:", reason, field="related", rule="related_itself")
    if len(related) > MAX_RELATED:
        reason = f"'related' has {len(related)} articles, {MAX_RELATED} are shown"
        yield file.fault("related:", reason, field="related", rule="related_many", most=str(MAX_RELATED))


def _links(file: ArticleFile) -> Iterator[ArticleFault]:
    for link in links(file.article.answer):
        if link.shows_address:
            reason = f"the text of a link is words, not the address {link.text or link.url}"
            yield file.fault(link.url, reason, notice=True, field="answer", rule="link_text", url=link.url)


def _dates_and_source(file: ArticleFile, today: date) -> Iterator[ArticleFault]:
    if file.article.review_by < today:
        day = file.article.review_by
        reason = f"is past its review date {day}"
        yield file.fault("review_by:", reason, notice=True, field="review_by", rule="review_past", day=str(day))
    if not file.article.source.title:
        yield file.fault("---", "has no source", notice=True, field="source", rule="no_source")


def _terms(file: ArticleFile) -> Iterator[ArticleFault]:
    article = file.article
    for wrong in wrong_terms(f"{article.title}\n{article.answer}", article.language):
        yield ArticleFault(
            file=file.name,
            line=_line_below_phrasings(file, wrong.word),
            reason=f"says '{wrong.word}', the term is '{wrong.say}'",
            notice=True,
            field="answer",
            rule="term",
            values=(("word", wrong.word), ("say", wrong.say)),
        )


def _screen(file: ArticleFile, bokmal: Article | None) -> Iterator[ArticleFault]:
    """Compare menu names: the screens of readers of Nynorsk are in Bokmål."""
    for name in dict.fromkeys(menu_names(file.article.answer)):
        shown = screen_text(name)
        if shown is None and (bokmal is None or name in bokmal.answer):
            continue
        screen = f"the screen shows «{shown}»" if shown else "the Bokmål article does not: quote what the screen shows"
        reason = f"quotes «{name}», {screen}"
        yield file.fault(f"«{name}»", reason, notice=True, field="answer", rule="screen", word=name)


def _passages(file: ArticleFile, bokmal: Article | None) -> Iterator[ArticleFault]:
    """Yield notices on what is shown first of an answer, and on its cases."""
    answer = file.article.answer
    words = len(with_defaults(first_part(answer)).split())
    if words > MAX_FIRST_WORDS:
        reason = f"the first paragraph or list item has {words} words, at most {MAX_FIRST_WORDS} are shown well"
        line = answer.splitlines()[0]
        yield file.fault(line, reason, notice=True, field="answer", rule="first_long", number=str(words))
    cases = [passage for passage in passages(answer) if passage.label]
    for case in cases:
        if len(case.label.split()) > MAX_LABEL_WORDS:
            reason = f"the label of the case '{case.label}' has more than {MAX_LABEL_WORDS} words"
            yield file.fault(case.label, reason, notice=True, field="answer", rule="label_long", label=case.label)
        if len(with_defaults(case.text).split()) > MAX_FIRST_WORDS:
            reason = f"the case '{case.label}' has more than {MAX_FIRST_WORDS} words"
            yield file.fault(case.label, reason, notice=True, field="answer", rule="case_long", label=case.label)
    first = sum(bool(passage.label) for passage in passages(bokmal.answer)) if bokmal is not None else len(cases)
    if first != len(cases) and file.article.municipality_id is None:
        reason = f"marks {len(cases)} cases, the Bokmål article {first}"
        yield file.fault("---", reason, notice=True, field="answer", rule="cases_differ", number=str(len(cases)))


def _line_below_phrasings(file: ArticleFile, word: str) -> int:
    """Return the line of a word in the answer, else in the title."""
    lines = list(enumerate(file.text.lower().splitlines(), 1))
    ends = [n for n, line in lines if line.strip() == "---"]
    body = ends[1] if len(ends) > 1 else 0
    ordered = [*lines[body:], *(numbered for numbered in lines if numbered[1].startswith("title:"))]
    return next((n for n, line in ordered if word.lower() in line), 1)


def _missing_languages(files: Sequence[ArticleFile]) -> Iterator[ArticleFault]:
    shared = [file for file in files if file.article.municipality_id is None]
    for article_id in dict.fromkeys(file.article.id for file in shared):
        own = [file for file in shared if file.article.id == article_id]
        missing = [language for language in Language if language not in {file.article.language for file in own}]
        if missing:
            reason = f"has no text in {', '.join(missing)}"
            yield own[0].fault("---", reason, notice=True, rule="language_missing", languages=", ".join(missing))


def _same_phrasings(files: Iterable[ArticleFile]) -> Iterator[ArticleFault]:
    """Yield a fault for each two articles with one phrasing: the question would be ambiguous."""
    owners: dict[str, dict[str, tuple[ArticleFile, str]]] = {}
    for file in files:
        for phrasing in dict.fromkeys((file.article.title, *file.article.phrasings)):
            owners.setdefault(_without_ending(phrasing), {}).setdefault(file.article.id, (file, phrasing))
    for owner in owners.values():
        for (first, phrasing), (second, same) in combinations(owner.values(), 2):
            place = f": {first.name}:{first.line_of_phrasing(phrasing)}"
            yield _same_phrasing(second, same, first.article.id, place)


def _same_phrasing(file: ArticleFile, phrasing: str, other: str, place: str) -> ArticleFault:
    return ArticleFault(
        file=file.name,
        line=file.line_of_phrasing(phrasing),
        reason=f"the phrasing '{phrasing}' asks for {other}, too{place}",
        field="phrasings",
        rule="same_phrasing",
        values=(("phrasing", phrasing), ("other", other)),
    )


# The desk compares every phrasing with those of an article at each preview.
@lru_cache(maxsize=1 << 16)
def _without_ending(phrasing: str) -> str:
    """Return a phrasing without case and punctuation at the end."""
    return clean(phrasing).casefold().rstrip(" .?!")
