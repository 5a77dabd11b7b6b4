"""Measure the matcher on labelled question sets, and review the content for its editors."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from importlib.resources.abc import Traversable
from pathlib import Path, PurePath

from pydantic import BaseModel, ConfigDict, ValidationError

from bot.content.catalogue import commands_of, load_catalogue
from bot.content.index_builder import NoCache
from bot.content.learned_files import LEARNED, learned_in
from bot.content.loading import ORGANISATION, LoadedContent, content_folder, load_content, read_articles
from bot.content.modules import review_modules
from bot.settings.model import Settings
from knowledge.article.article import ArticleFault, Language
from knowledge.article.placeholder import local_keys
from knowledge.article.review import ArticleFile, review_articles
from knowledge.matching.encoder import Encoder
from knowledge.matching.evaluate import EvaluationReport, EvaluationSet, LabelledQuestion, evaluate
from knowledge.matching.matcher import Matcher, Phrasing
from knowledge.matching.policy import Policy
from knowledge.matching.strays import find_strays
from knowledge.matching.vocabulary import Vocabulary

# Most faults listed per file; further ones are usually of the same kind.
_MAX_FAULTS = 3

QUESTIONS = Path("tests") / "questions"


class BadSet(Exception):
    """A labelled set cannot be read; the text names the file and the reason."""


class _Entry(BaseModel):
    model_config = ConfigDict(coerce_numbers_to_str=True)

    id: str
    variants: list[str]


class _Query(BaseModel):
    model_config = ConfigDict(coerce_numbers_to_str=True)

    text: str
    gold: str | list[str] | None
    sub: str = ""
    previous: str | None = None

    def question(self) -> LabelledQuestion:
        gold = [self.gold] if isinstance(self.gold, str) else self.gold or []
        return LabelledQuestion(text=self.text, gold=frozenset(gold), sub=self.sub, previous=self.previous)


class _Set(BaseModel):
    """Contents of a set file; further fields, such as its licence, are ignored."""

    name: str = ""
    lang: Language = Language.NB
    entries: list[_Entry] | None = None
    queries: list[_Query]


def questions_at_hand() -> tuple[Path, ...]:
    """Return the sets kept with the tests, in a checkout of the project."""
    return tuple(sorted(QUESTIONS.glob("*.json")))


def measure(
    files: Iterable[Path], *, settings: Settings, encoder: Encoder | None, typo: bool, fold: bool
) -> tuple[EvaluationReport, ...]:
    """Return one report per set.

    Sets without entries are asked together against the articles, each with its own subsets.

    Raises BadSet.
    """
    policy = Policy(right_share=settings.right_share, ask_back=settings.ask_back, ask_back_from=settings.ask_back_from)
    folder = content_folder(settings.content_dir)
    content = load_content(folder)
    articles = content.phrasings()
    own: list[LabelledQuestion] = []
    sets: list[EvaluationSet] = []
    for file in files:
        read = _read_set(file)
        if read.entries is None:
            own += _of_articles(file, read, {article.article_id for article in articles})
            continue
        phrasings = tuple(
            Phrasing(article_id=entry.id, language=read.lang, text=text)
            for entry in read.entries
            for text in entry.variants
        )
        asked = tuple(query.question() for query in read.queries)
        sets.append(EvaluationSet(name=read.name or file.stem, phrasings=phrasings, questions=asked))
    reports = [evaluate(labelled, encoder=encoder, typo=typo, fold=fold, policy=policy) for labelled in sets]
    if own:
        known = learned_in(folder / LEARNED, NoCache(), articles)
        matcher = Matcher.build(articles, encoder=encoder, known=known, unanswered=content.unanswered())
        labelled = EvaluationSet(name="articles", phrasings=articles, questions=tuple(own))
        reports.append(evaluate(labelled, encoder=encoder, typo=typo, fold=fold, policy=policy, matcher=matcher))
    return tuple(reports)


def labelled_questions(file: Path) -> tuple[LabelledQuestion, ...]:
    """Return a set's questions about the articles, if any. Raises BadSet."""
    read = _read_set(file)
    return tuple(query.question() for query in read.queries) if read.entries is None else ()


def report_rows(report: EvaluationReport) -> Sequence[tuple[str, str]]:
    """Return a report as rows of a table."""
    overall = report.overall
    lines = [
        ("set", f"{report.name}, {', '.join(report.conditions)}, {overall.questions} questions in scope"),
        ("acc@1", f"{overall.acc_at_1:.3f}"),
        ("R@3", f"{overall.recall_at_3:.3f}"),
        ("MRR", f"{overall.mrr:.3f}"),
        ("AUROC", "–" if report.auroc is None else f"{report.auroc:.3f}"),
        ("cov95", f"{report.cov95:.3f}"),
        ("calibration error", f"{report.calibration_error:.3f}"),
        ("latency p50 / p99", f"{report.latency_p50:.2f} / {report.latency_p99:.2f} ms"),
        ("build", f"{report.build_seconds:.1f} s"),
    ]
    for scope, shares in report.outcomes.items():
        texts = ", ".join(f"{name} {share:.3f}" for name, share in shares.items())
        lines.append((f"policy, {scope} of scope", texts))
    for sub, score in report.by_sub.items():
        lines.append(
            (f"  {sub}", f"acc@1 {score.acc_at_1:.3f}, R@3 {score.recall_at_3:.3f}, {score.questions} questions")
        )
    return lines


def _read_set(file: Path) -> _Set:
    try:
        read = _Set.model_validate_json(file.read_bytes())
    except OSError as fault:
        raise BadSet(f"{file}: {fault.strerror}") from fault
    except ValidationError as fault:
        texts = [f"{'.'.join(map(str, error['loc'])) or 'the file'}: {error['msg']}" for error in fault.errors()]
        more = [f"and {len(texts) - _MAX_FAULTS} more"] if len(texts) > _MAX_FAULTS else []
        raise BadSet(f"{file}: {'; '.join([*texts[:_MAX_FAULTS], *more])}") from fault
    if not read.queries:
        raise BadSet(f"{file}: queries: holds no question")
    return read


def _of_articles(file: Path, read: _Set, ids: Collection[str]) -> Sequence[LabelledQuestion]:
    """Return questions about the articles. Raises BadSet for an unknown id, which would count as a wrong answer."""
    asked = [query.question() for query in read.queries]
    for at, question in enumerate(asked):
        named = question.gold if question.previous is None else question.gold | {question.previous}
        for id_ in sorted(named - set(ids)):
            raise BadSet(f"{file}: queries.{at}: there is no article {id_}")
    return [replace(question, sub=f"{file.stem} {question.sub}") for question in asked]


# Review of a content folder for its editors: faults that cost no article, and notices.


def review_content(folder: Traversable, content: LoadedContent, *, today: date) -> Iterator[ArticleFault]:
    """Yield what editors should know besides ``content.faults``: faults first by file, then what concerns two files.

    Args:
        folder: the folder that ``content`` was loaded from.
    """
    files = _used_files(folder, content)
    yield from _unknown_actions(files)
    left_out = {PurePath(article_fault.file).stem.partition("@")[0] for article_fault in content.faults}
    yield from review_articles(files, today=today, left_out=left_out)
    yield from review_modules(folder, content.curriculum, articles=frozenset(content.articles.ids()) | left_out)
    yield from _unused_local(folder, content, files)


def _used_files(folder: Traversable, content: LoadedContent) -> list[ArticleFile]:
    return [file for file in read_articles(folder, []) if _is_used(file, content)]


def _is_used(file: ArticleFile, content: LoadedContent) -> bool:
    article = file.article
    return (article.id, article.language, article.municipality_id) in content.articles.articles


def _unknown_actions(files: Sequence[ArticleFile]) -> Iterator[ArticleFault]:
    """Yield a fault for each article button without a known command."""
    known = set(commands_of(load_catalogue()).values())
    for file in files:
        button = file.article.button
        if button is not None and button.action not in known:
            yield file.fault("button:", f"there is no command {button.action}")


def _unused_local(folder: Traversable, content: LoadedContent, files: Sequence[ArticleFile]) -> Iterator[ArticleFault]:
    """Yield a notice for each local text of a municipality that no answer asks for; its key may be misspelt."""
    asked = {key for file in files for key in local_keys(file.article.answer)}
    unused = {
        key for municipality in content.organisation.municipalities.values() for key in municipality.local
    } - asked
    if unused:
        lines = (folder / ORGANISATION).read_text(encoding="utf-8").splitlines()
        for key in sorted(unused):
            line = next((n for n, text in enumerate(lines, 1) if f"{key}:" in text), 1)
            yield ArticleFault(file=ORGANISATION, line=line, reason=f"no answer asks for local:{key}", notice=True)


def stray_phrasings(folder: Traversable, content: LoadedContent, *, encoder: Encoder) -> Iterator[ArticleFault]:
    """Yield a notice for each phrasing of an article that lies nearer to another article or action.

    Of changed content this takes minutes: the matcher is learned anew.

    Args:
        folder: the folder that ``content`` was loaded from.
    """
    files = _used_files(folder, content)
    owners = {
        (file.article.id, str(file.article.language), words): file
        for file in files
        for words in (file.article.title, *file.article.phrasings)
    }
    phrasings = content.phrasings()
    known = learned_in(folder / LEARNED, NoCache(), phrasings)
    for stray in find_strays(phrasings, encoder=encoder, vocabulary=Vocabulary(known.spoken_by(encoder))):
        words, near = stray.phrasing.text, stray.near
        file = owners.get((stray.phrasing.article_id, stray.phrasing.language, words))
        if file is not None:
            reason = f"'{words}' lies nearer to {near.article_id} ('{near.text}', {stray.other:.2f}) than to its own"
            yield ArticleFault(
                file=file.name,
                line=file.line_of_phrasing(words),
                reason=f"{reason} article ({stray.own:.2f})",
                notice=True,
            )
