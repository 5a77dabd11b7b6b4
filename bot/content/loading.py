"""Load the content folder, with its actions. A broken article is left out and reported."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final, Self

import yaml
from pydantic import TypeAdapter, ValidationError

from bot.content.catalogue import in_words
from bot.content.modules import load_curriculum
from bot.content.utterances import in_index, load_utterances
from dialogs.ask.pending import ABOUT_ANSWER
from dialogs.core.content import Holidays
from dialogs.core.milestone import Milestone
from dialogs.handoff.addition import Addition
from dialogs.router import VERBS
from knowledge.article.action import Action, ActionBook, parse_action
from knowledge.article.article import Article, ArticleBook, ArticleFault, Language, parse_article
from knowledge.article.change import ArticleChange
from knowledge.article.review import ArticleFile
from knowledge.language.concerns.terms import is_sensitive_sentence
from knowledge.learning.curriculum import Curriculum
from knowledge.learning.module import LearningModule, contradictions
from knowledge.matching.match import Phrasing
from knowledge.organisation.organisation import Organisation
from knowledge.software.program import Program
from knowledge.software.register import Forum, Register
from knowledge.software.table import contradiction, program_fields
from knowledge.software.task import EverydayTask
from knowledge.yaml_fault import BadYaml, yaml_faults

# Load the actions of a content folder. A folder without any has those of the sample content.

ACTIONS: Final = "actions"


def load_actions(folder: Traversable, articles: ArticleBook, faults: list[ArticleFault]) -> ActionBook:
    """Return the sound actions; faults are added to ``faults``."""
    place = folder / ACTIONS
    if not place.is_dir():
        place = files("knowledge") / "content" / ACTIONS
    read: list[Action] = []
    for file in sorted((f for f in place.iterdir() if f.name.endswith(".yaml")), key=lambda f: f.name):
        name = f"{ACTIONS}/{file.name}"
        try:
            parsed = parse_action(
                file.read_text(encoding="utf-8"), file=name, verbs=frozenset(VERBS), about_answer=ABOUT_ANSWER
            )
        except UnicodeDecodeError as error:
            line = error.object[: error.start].count(b"\n") + 1
            parsed = (ArticleFault(file=name, line=line, reason="is not UTF-8"),)
        if isinstance(parsed, Action):
            read.append(parsed)
        else:
            faults += parsed
    known = frozenset(articles.ids())
    actions = frozenset(action.id for action in read)
    sound = []
    for action in read:
        wrong = _contradictions(action, articles=known, actions=actions, shipped=not (folder / ACTIONS).is_dir())
        faults += [ArticleFault(file=f"{ACTIONS}/{action.id}.yaml", line=1, reason=reason) for reason in wrong]
        if not wrong:
            sound.append(action)
    return ActionBook.from_actions(sound)


def _contradictions(
    action: Action, *, articles: frozenset[str], actions: frozenset[str], shipped: bool
) -> Sequence[str]:
    wrong = [f"there is an article {action.id}, too"] if action.id in articles else []
    # Actions of the sample content name articles that another folder need not have.
    if not shipped:
        wrong += [
            f"there is no article {article_id}"
            for article_id in (*action.replaces, *action.completes)
            if article_id not in articles
        ]
    return wrong + [f"there is no action {action_id}" for action_id in action.offers if action_id not in actions]


def entry_ids(actions: ActionBook, articles: ArticleBook) -> Mapping[str, str]:
    """Return the id in the index of each action: that of the article it replaces or completes, else its own."""
    known = frozenset(articles.ids())
    return {
        action.id: next(
            (article_id for article_id in (*action.replaces, *action.completes) if article_id in known), action.id
        )
        for action in actions.actions.values()
    }


def action_phrasings(actions: ActionBook, articles: ArticleBook) -> Iterable[Phrasing]:
    """Return every phrasing of every action, titles included.

    An action that replaces or completes an article has the article's id in the index, where it joins the article's
    phrasings.
    """
    entry_of = entry_ids(actions, articles)
    for action in sorted(actions.actions.values(), key=lambda action: action.id):
        entry_id = entry_of[action.id]
        for language in Language:
            for text in dict.fromkeys((action.titles[language], *action.phrasings[language])):
                yield Phrasing(article_id=entry_id, language=language, text=text)


ORGANISATION: Final = "organisation.yaml"
ARTICLES: Final = "articles"
PROGRAMS: Final = "software.yaml"
UNREAD: Final = f"is not read: articles are {ARTICLES}/{{{','.join(Language)}}}/<id>.md"
# Deep enough for a misplaced article; the folder may be a checkout with much else in it.
MAX_DEPTH: Final = 3
NOBODY: Final = Organisation.from_units(municipalities=(), units=())
NO_HOLIDAYS: Final = Holidays(days=frozenset())


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedContent:
    """All content that editors wrote, and every fault found in it.

    ``articles`` are those of the ``files`` with ``changes``, which editors published in the store. ``utterances`` are
    typed by people, under the ids of the entries that answer them.
    """

    articles: ArticleBook
    actions: ActionBook
    organisation: Organisation
    milestones: tuple[Milestone, ...]
    register: Register
    curriculum: Curriculum
    holidays: Holidays
    faults: tuple[ArticleFault, ...]
    files: ArticleBook = field(default_factory=ArticleBook)
    changes: tuple[ArticleChange, ...] = ()
    utterances: tuple[Phrasing, ...] = ()

    @property
    def organisation_sound(self) -> bool:
        """Whether the organisation was read without leaving anything out."""
        return not any(fault.file == ORGANISATION for fault in self.faults)

    def topics(self) -> frozenset[str]:
        """Return every topic of an article or a module."""
        of_articles = {topic for article in self.articles.articles.values() for topic in article.topics}
        return frozenset(of_articles | {topic for module in self.curriculum.modules for topic in module.topics})

    def phrasings(self) -> tuple[Phrasing, ...]:
        """Return every phrasing of every article and action, titles and utterances included, in a fixed order.

        Left out are those that editors of one municipality published: see ``local_phrasings``.
        """
        own = {change.concerns for change in self.changes if change.municipality_id}
        ordered = sorted(self.articles.articles.values(), key=lambda a: (a.id, a.language, a.municipality_id or ""))
        of_articles = (
            phrasing
            for article in ordered
            if (article.id, article.municipality_id) not in own
            for phrasing in _phrasings_of(article)
        )
        of_entries = (*of_articles, *self._of_retired(), *action_phrasings(self.actions, self.articles))
        entry_of = {**self.articles.redirects, **entry_ids(self.actions, self.articles)}
        return (
            *of_entries,
            *in_index(self.utterances, known={phrasing.article_id for phrasing in of_entries}, entry_of=entry_of),
        )

    def unanswered(self) -> tuple[str, ...]:
        """Return the utterances that no entry answers."""
        return tuple(utterance.text for utterance in self.utterances if not utterance.article_id)

    def with_changes(self, changes: Iterable[ArticleChange]) -> Self:
        """Return the content with these changes in place of any others."""
        told = tuple(changes)
        articles = self.files
        for change in told:
            articles = change.applied_to(articles)
        return replace(self, articles=articles, changes=told)

    def own_articles(self, municipality_id: str | None) -> frozenset[str]:
        """Return the ids of articles that only this municipality's editors published, without a text for others."""
        if municipality_id is None:
            return frozenset()
        own = {
            change.article_id
            for change in self.changes
            if change.municipality_id == municipality_id and change.articles
        }
        return frozenset(own - {phrasing.article_id for phrasing in self.phrasings()})

    def _of_retired(self) -> Iterable[Phrasing]:
        """Yield what retired articles were asked by, for the articles in their place."""
        known = frozenset(self.articles.ids())
        for change in self.changes:
            if change.redirect in known and change.municipality_id is None:
                for language, text in change.phrasings:
                    yield Phrasing(article_id=change.redirect, language=language, text=text)


def _phrasings_of(article: Article) -> Iterable[Phrasing]:
    for text in dict.fromkeys((article.title, *article.phrasings)):
        yield Phrasing(article_id=article.id, language=article.language, text=text)


def local_phrasings(loaded: LoadedContent, additions: Iterable[Addition]) -> Mapping[str | None, tuple[Phrasing, ...]]:
    """Return the phrasings that editors added, by the municipality they apply to.

    They are those approved in the chat, those of the texts a municipality published for itself, and those of its
    retired texts, for the articles in their place. Phrasings approved by the provider's editors apply everywhere: they
    are under None and included in every other entry.
    """
    by_reach: dict[str | None, list[Phrasing]] = {None: []}
    for addition in additions:
        id_ = addition.article_id or ""
        article = loaded.articles.get(id_, addition.language, addition.municipality_id)
        if not addition.live or (article is None and id_ not in loaded.actions.actions):
            continue
        everywhere = loaded.organisation.provides(addition.municipality_id)
        reach = None if everywhere else addition.municipality_id
        phrasing = Phrasing(article_id=id_, language=addition.language, text=addition.question)
        by_reach.setdefault(reach, []).append(phrasing)
    for change in loaded.changes:
        if change.municipality_id:
            texts = [phrasing for article in change.articles for phrasing in _phrasings_of(article)]
            by_reach.setdefault(change.municipality_id, []).extend([*texts, *_of_redirect(loaded, change)])
    shared = by_reach[None]
    return {reach: tuple(shared if reach is None else [*shared, *own]) for reach, own in by_reach.items()}


def _of_redirect(loaded: LoadedContent, change: ArticleChange) -> Iterable[Phrasing]:
    """Yield what a municipality's retired text was asked by, if its people can read the article in its place."""
    for language, text in change.phrasings if change.redirect and not change.articles else ():
        if change.redirect and loaded.articles.get(change.redirect, language, change.municipality_id):
            yield Phrasing(article_id=change.redirect, language=language, text=text)


def content_folder(chosen: Path | None) -> Traversable:
    """Return the organisation's own folder, or the sample content inside the package."""
    return chosen if chosen else files("knowledge") / "content"


def load_content(folder: Traversable, *, holidays: Holidays = NO_HOLIDAYS) -> LoadedContent:
    """Read the folder. ``holidays`` are for rules that depend on office hours."""
    faults: list[ArticleFault] = []
    text = _read_text(folder / ORGANISATION, faults)
    organisation, tree_faults = Organisation.parse(text) if text is not None else (NOBODY, ())
    faults += [ArticleFault(file=ORGANISATION, line=f.line, reason=in_words(f)) for f in tree_faults]
    read = (file.article for file in read_articles(folder, faults))
    articles = ArticleBook.from_articles(_of_known_municipalities(read, organisation, faults))
    actions = load_actions(folder, articles, faults)
    faults += [ArticleFault(file=name, line=1, reason=UNREAD) for name in _unread_articles(folder)]

    def unreachable(module: LearningModule) -> str:
        return "steps: a module with content of its own is modules/<id>.yaml" if module.steps else _first_wrong(module)

    linked = _listed(folder / "courses.yaml", "courses", LearningModule, faults, unreachable)
    utterances = load_utterances(folder, known={*articles.ids(), *actions.actions}, faults=faults)
    return LoadedContent(
        articles=articles,
        files=articles,
        actions=actions,
        utterances=utterances,
        organisation=organisation,
        milestones=_listed(folder / "timeline.yaml", None, Milestone, faults, _strange_milestones(organisation)),
        register=_register(folder / PROGRAMS, faults),
        curriculum=load_curriculum(folder, linked, faults),
        holidays=holidays,
        faults=tuple(faults),
    )


def _register(file: Traversable, faults: list[ArticleFault]) -> Register:
    """Return the programs of a file, each id once, and the forums."""
    programs = _listed(file, "programs", Program, faults, contradiction, shape=program_fields)
    seen: dict[str, Program] = {}
    for program in programs:
        if program.id in seen:
            faults.append(ArticleFault(file=file.name, line=1, reason=f"there are two programs {program.id}"))
        seen.setdefault(program.id, program)
    for program in seen.values():
        for assessment in program.assessments:
            if assessment.alternative and assessment.alternative not in seen:
                reason = f"{program.id}: there is no program {assessment.alternative} to use instead"
                faults.append(ArticleFault(file=file.name, line=1, reason=reason))
    told: list[ArticleFault] = []
    forums = _listed(file, "forums", Forum, told, optional=True)
    faults += [article_fault for article_fault in told if article_fault not in faults]
    return Register.from_files(seen.values(), forums)


def _first_wrong(module: LearningModule) -> str:
    return next((reason for _, reason in contradictions(module)), "")


def _strange_milestones(organisation: Organisation) -> Callable[[Milestone], str]:
    """Return what rejects milestones of places that do not exist, and an id that comes twice."""
    seen = set[str]()

    def strange(milestone: Milestone) -> str:
        if nowhere := sorted(milestone.municipalities - set(organisation.municipalities)):
            return f"there is no municipality {', '.join(nowhere)}"
        if unknown := sorted(unit_id for unit_id in milestone.units if organisation.find_unit(unit_id) is None):
            return f"there is no unit {', '.join(unknown)}"
        if milestone.line_id in seen:
            return f"the id {milestone.line_id} comes twice" if milestone.id else "the line comes twice"
        seen.add(milestone.line_id)
        return ""

    return strange


def read_articles(folder: Traversable, faults: list[ArticleFault]) -> Iterable[ArticleFile]:
    """Yield the sound articles of a content folder, with the texts of their files."""
    for language in Language:
        place = folder / ARTICLES / language
        if not place.is_dir():
            continue
        for file in sorted((f for f in place.iterdir() if f.name.endswith(".md")), key=lambda f: f.name):
            name = f"articles/{language}/{file.name}"
            text = _read_text(file, faults, name=name)
            if text is None:
                continue
            parsed = parse_article(text, file=name, language=language)
            if isinstance(parsed, Article):
                yield ArticleFile(name=name, text=text, article=parsed)
            else:
                faults += parsed


def _of_known_municipalities(
    articles: Iterable[Article], organisation: Organisation, faults: list[ArticleFault]
) -> Iterable[Article]:
    """Yield the articles without those of municipalities that do not exist."""
    for article in articles:
        owner = article.municipality_id
        if owner is None or owner in organisation.municipalities:
            yield article
        else:
            name = f"{ARTICLES}/{article.language}/{article.id}@{owner}.md"
            faults.append(ArticleFault(file=name, line=1, reason=f"there is no municipality {owner}"))


def _unread_articles(folder: Traversable, path: tuple[str, ...] = ()) -> Iterable[str]:
    """Return the names of Markdown files that are in no folder of a language; a README may be anywhere."""
    if not folder.is_dir():
        return
    for entry in sorted(folder.iterdir(), key=lambda path: path.name):
        inner = (*path, entry.name)
        if entry.name.startswith("."):
            continue
        if entry.is_dir():
            if len(inner) <= MAX_DEPTH:
                yield from _unread_articles(entry, inner)
        elif entry.name.lower().endswith(".md") and not entry.name.lower().startswith("readme"):
            read = path in {(ARTICLES, language) for language in Language} and entry.name.endswith(".md")
            if not read:
                yield "/".join(inner)


def _listed(
    file: Traversable,
    key: str | None,
    kind: type[Any],
    faults: list[ArticleFault],
    wrong: Callable[[Any], str] = lambda _: "",
    *,
    shape: Callable[[Any], Any] = lambda row: row,
    optional: bool = False,
) -> tuple[Any, ...]:
    """Return the sound entries of a YAML list.

    Each faulty entry is reported as a separate fault.

    ``wrong`` returns a further reason to reject an entry, empty when it is sound. ``shape`` makes the fields of an
    entry; ``optional``: the file may lack the key.
    """
    text = _read_text(file, faults)
    if text is None:
        return ()
    try:
        with yaml_faults(text):
            loaded = yaml.load(text, Loader=yaml.CSafeLoader)
    except BadYaml as bad:
        faults.append(ArticleFault(file=file.name, line=bad.line, reason=bad.reason))
        return ()
    missing = None if optional else loaded
    rows = loaded.get(key, missing) if key and isinstance(loaded, Mapping) else missing
    if rows is None:
        return ()
    if not isinstance(rows, list):
        faults.append(ArticleFault(file=file.name, line=1, reason=f"must hold a list{f' under {key}' if key else ''}"))
        return ()
    rows = _marked_as_sample(rows, loaded, file.name, faults)
    lines = _starts(text, key)
    adapter = TypeAdapter(kind)
    sound = []
    for n, row in enumerate(rows):
        try:
            entry = adapter.validate_python(shape(row))
            reason = wrong(entry)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            entry, reason = None, f"{where}: {first['msg']}"
        if reason:
            faults.append(ArticleFault(file=file.name, line=lines[n] if n < len(lines) else 1, reason=reason))
        else:
            sound.append(entry)
    return tuple(sound)


def _marked_as_sample(rows: list[Any], loaded: Any, file: str, faults: list[ArticleFault]) -> list[Any]:
    """Return the rows, each with ``sample`` if the whole file has it."""
    sample = loaded.get("sample", False) if isinstance(loaded, Mapping) else False
    if not isinstance(sample, bool):
        faults.append(ArticleFault(file=file, line=1, reason="'sample' must be true or false"))
        return rows
    return [{"sample": True, **row} if sample and isinstance(row, Mapping) else row for row in rows]


def _starts(text: str, key: str | None) -> list[int]:
    """Return the lines on which entries of the list under ``key`` start: those with the least indented dash."""
    lines = text.splitlines()
    first = next((n for n, line in enumerate(lines, 1) if key and line.startswith(f"{key}:")), 0)
    others = (n for n, line in enumerate(lines, 1) if n > first and re.match(r"[A-Za-z_]+:", line))
    last = next(others, len(lines) + 1)
    dashes = [
        (len(line) - len(line.lstrip()), n)
        for n, line in enumerate(lines, 1)
        if first < n < last and line.lstrip().startswith("- ")
    ]
    least = min((indent for indent, _ in dashes), default=0)
    return [n for indent, n in dashes if indent == least]


def _read_text(file: Traversable, faults: list[ArticleFault], *, name: str = "") -> str | None:
    """Return the text of a file, empty if the file is missing.

    None if it is not UTF-8, which is reported as a fault.
    """
    try:
        return file.read_text(encoding="utf-8") if file.is_file() else ""
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        faults.append(ArticleFault(file=name or file.name, line=line, reason="is not UTF-8"))
        return None


def shipped_sentences(loaded: LoadedContent, tasks: Iterable[EverydayTask]) -> tuple[Phrasing, ...]:
    """Return the sentences of the files; none that an editor or an asker wrote into the store."""
    told = (*loaded.with_changes(()).phrasings(), *_of_register(loaded, tasks))
    return tuple(sentence for sentence in told if not is_sensitive_sentence(sentence.text))


def _of_register(loaded: LoadedContent, tasks: Iterable[EverydayTask]) -> Iterator[Phrasing]:
    for program in loaded.register.programs.values():
        yield Phrasing(article_id=program.id, language=Language.NB, text=program.name)
    for task in tasks:
        for language, phrases in task.register.items():
            for phrase in phrases:
                yield Phrasing(article_id=task.id, language=language, text=phrase)
