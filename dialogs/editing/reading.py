"""One article for its editor: three languages side by side, faults by field, and a check of its phrasings."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from dialogs.ask import cards
from dialogs.core.article_view import view_article
from dialogs.core.event import Pressed
from dialogs.core.message import Message
from dialogs.core.person import Person, Role
from dialogs.core.query import Asking, find, find_all, match, match_each
from dialogs.core.speaker import Viewer
from dialogs.core.texts import Texts
from dialogs.editing.drafting import REVIEWED_AGAIN
from dialogs.editing.form import filled_in
from dialogs.editing.history import FieldDiff, difference
from dialogs.editing.model import ArticleHead, ArticleRevision, ArticleText, RevisionState, article_key
from dialogs.editing.standing import ArticleStanding, ArticleState, find_standing
from dialogs.editing.target import may_edit
from dialogs.editing.validation import ArticleProblem, known_topics, problems_of
from knowledge.article.article import MAX_ANSWER_WORDS, Article, Language
from knowledge.article.change import ArticleChange
from knowledge.article.placeholder import with_defaults
from knowledge.article.review import MAX_RELATED
from knowledge.language.masking import mask
from knowledge.language.smalltalk import small_talk
from knowledge.matching.matcher import Match

# Whether readers get what editors published last.


class LiveState(StrEnum):
    """What readers get of the last publication; each but NONE has a catalogue text, ``article.live.…``."""

    # Nothing that editors published is in force.
    NONE = "none"
    WAITING = "waiting"
    LIVE = "live"
    # Out of use, and not answered with any more.
    RETIRED = "retired"


def live_state(viewer: Viewer, key: str) -> Asking[LiveState]:
    """Return whether this process answers with the published texts and finds the article by its questions."""
    viewer.require(Role.EDITOR)
    article_id, _, municipality = key.partition("@")
    _is_editable(viewer, municipality or None)
    live = (yield from find_standing(viewer, key)).in_force
    if live is None:
        return LiveState.NONE
    told = _texts_read(viewer.content.articles.texts_of(article_id, municipality or None))
    if live.state is RevisionState.RETIRED:
        return LiveState.WAITING if told else LiveState.RETIRED
    published = live.articles()
    if told != _texts_read(published):
        return LiveState.WAITING
    asked = next((words for article in published for words in (*article.phrasings, article.title)), "")
    matched = yield from match(mask(asked), municipality_id=live.municipality_id or viewer.person.municipality_id)
    is_found = any(candidate.article_id == article_id for candidate in matched.candidates)
    return LiveState.LIVE if is_found else LiveState.WAITING


def _texts_read(articles: Iterable[Article]) -> Mapping[Language, tuple[str, str]]:
    return {article.language: (article.title, article.answer) for article in articles}


# Check of phrasings against the other articles: what Heia answers to them now, and which say too little.

# Phrasings that are compared with other articles at a time.
MAX_COMPARED: Final = 120
LEAST_WORDS: Final = 2
# Articles to choose from. A page with all of them is too heavy for a phone.
MOST_CHOICES: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class PhrasingWarning:
    """A phrasing that finds another article, or says too little, and why."""

    language: str
    phrasing: str
    reason: str


def phrasing_warnings(viewer: Viewer, shown: ArticleRevision) -> Asking[tuple[PhrasingWarning, ...]]:
    """Return the phrasings that another article answers now, or that say too little."""
    texts = viewer.texts
    listed = [(text.language, words) for text in shown.texts for words in text.phrasings][:MAX_COMPARED]
    place = shown.municipality_id or viewer.person.municipality_id
    matched = yield from match_each([mask(words) for _, words in listed], municipality_id=place, independent=True)
    warnings: list[PhrasingWarning] = []
    for (language, words), outcome in zip(listed, matched, strict=True):
        reasons = [texts("article.warning.short")] if is_short(words) else []
        reasons += _answered_elsewhere(viewer, texts, outcome, shown.article_id)
        name = texts(f"article.language.{language}")
        warnings += [PhrasingWarning(language=name, phrasing=words, reason=reason) for reason in reasons]
    return tuple(warnings)


def is_short(phrasing: str) -> bool:
    """Return whether a phrasing would attract other questions; an address stands for itself."""
    if small_talk(phrasing) is not None:
        return True
    is_address = any(sign in phrasing.strip(".?! ") for sign in (".", "/", "@"))
    return len(phrasing.split()) < LEAST_WORDS and not is_address


def _answered_elsewhere(viewer: Viewer, texts: Texts, matched: Match, article_id: str) -> list[str]:
    outcome = viewer.content.policy.outcome(matched)
    if outcome.article_id is None or outcome.article_id == article_id:
        return []
    article = viewer.content.articles.get(outcome.article_id, texts.language, viewer.person.municipality_id)
    key = "article.warning.likely" if outcome.likely else "article.warning.near"
    return [texts(key, title=article.title if article else outcome.article_id)]


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageForm:
    """The fields of one language. ``length``: of the answer; ``faults`` are by field, ``advice`` are lines."""

    language: str
    name: str
    title: str
    answer: str
    phrasings: str
    source_title: str
    button_title: str
    behind: bool
    length: str
    faults: Mapping[str, str]
    advice: tuple[str, ...]
    preview: Message | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileTexts:
    """What the files and the desk say in one language, when the file changed after the publication."""

    name: str
    file: str
    desk: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticlePage:
    """An article as its editor works on it.

    Attributes:
        base_id: the draft that a save replaces; empty without one.
        number: of the revision that the form shows; 0 for the files' texts or nothing.
        compared: how the text that lost against another editor's draft differs from that draft, and ``mine`` its id.
        state: of the article; ``origin`` is its key as a word.
        scheduled: when the revision ``scheduled_id`` is published. The form shows it unless there is a draft;
            ``planned`` is how it differs from that.
        redirect: of a retired article, id and title of the one that answers in its place.
        may_edit: otherwise the page only shows it, with a link to the municipality's own text.
        common: values of the fields that all languages share; ``related`` has at least three places, empty ones too.
        topics: those of all articles, in words.
        fresh: a new draft in which nothing is written yet; its faults are only counted.
        faults, advice: of the article as a whole.
        articles: ids and titles to choose from: the chosen ones, then those with the most topics in common.
    """

    key: str
    article_id: str
    municipality_id: str
    municipality: str
    heading: str
    base_id: str
    number: int
    draft: bool
    mine: str
    compared: tuple[FieldDiff, ...]
    state: ArticleState
    origin: str
    redirect: tuple[str, str] | None
    scheduled: str
    scheduled_id: str
    planned: tuple[FieldDiff, ...]
    may_edit: bool
    own_key: str
    languages: tuple[LanguageForm, ...]
    common: Mapping[str, str]
    related: tuple[str, ...]
    topics: str
    fresh: bool
    faults: Mapping[str, str]
    advice: tuple[str, ...]
    number_of_faults: int
    file_changed: tuple[FileTexts, ...]
    owners: tuple[tuple[str, str], ...]
    articles: tuple[tuple[str, str], ...]
    warnings: tuple[PhrasingWarning, ...] | None


def article_view(
    viewer: Viewer,
    key: str,
    *,
    form: Mapping[str, str] | None = None,
    revision_id: str = "",
    mine_id: str = "",
    check: bool = False,
) -> Asking[ArticlePage]:
    """Return the page of an article.

    ``form``: fields that are not saved yet, for a preview. ``revision_id``: shown in the form. ``mine_id``: compared
    with the draft. ``check``: compare the phrasings with the other articles.
    """
    viewer.require(Role.EDITOR)
    article_id, _, municipality = key.partition("@")
    municipality_id = municipality or None
    editable = _is_editable(viewer, municipality_id)
    standing = yield from find_standing(viewer, key)
    live, draft, scheduled = standing.live, standing.draft, standing.scheduled
    chosen = yield from _revision(revision_id if editable else "", key)
    mine = yield from _revision(mine_id if editable else "", key)
    begun = chosen or _begun_for(viewer, standing)
    shown = begun if form is None else filled_in(begun, Pressed(verb="", data=form))
    problems = problems_of(shown, viewer.content, today=viewer.at.date())
    fresh = form is None and begun.is_fresh
    told = () if fresh else problems
    whole = [problem for problem in told if problem.language is None]
    return ArticlePage(
        key=key,
        article_id=article_id,
        municipality_id=municipality,
        municipality=_place_name(viewer, municipality),
        heading=shown.heading(viewer.texts.language),
        base_id=(form or {}).get("base_id", draft.id if draft else ""),
        number=begun.number,
        draft=draft is not None,
        mine=mine.id if mine is not None else "",
        compared=difference(viewer, draft, mine) if mine is not None else (),
        state=standing.state,
        origin=standing.origin,
        redirect=_redirect(viewer, live),
        scheduled=viewer.texts.moment(standing.scheduled_at) if standing.scheduled_at else "",
        scheduled_id=scheduled.id if scheduled is not None else "",
        planned=difference(viewer, draft, scheduled) if draft is not None and scheduled is not None else (),
        may_edit=editable,
        own_key="" if editable else article_key(article_id, viewer.person.municipality_id),
        languages=tuple(_language_form(viewer, shown, language, told) for language in Language),
        common=_common(shown),
        related=(*shown.related, *("",) * (MAX_RELATED - len(shown.related))),
        topics=", ".join(known_topics(viewer.content)),
        fresh=fresh,
        faults=_by_field(viewer, whole),
        advice=tuple(problem.told(viewer.texts) for problem in whole if problem.notice),
        number_of_faults=sum(not problem.notice for problem in problems),
        file_changed=_compared(viewer, live) if standing.file_changed and live is not None else (),
        owners=(yield from _owners(viewer, municipality_id)),
        articles=tuple(_other_articles(viewer, article_id, shown)[:MOST_CHOICES]),
        warnings=(yield from phrasing_warnings(viewer, shown)) if check else None,
    )


def _is_editable(viewer: Viewer, municipality_id: str | None) -> bool:
    """Return whether the reader may edit the article, or refuse if they may not even read it."""
    editable = may_edit(viewer.content, viewer.person, municipality_id)
    if municipality_id is not None and not editable:
        raise viewer.refusal("article.not_yours")
    return editable


def _place_name(viewer: Viewer, municipality_id: str) -> str:
    known = viewer.content.organisation.municipalities.get(municipality_id)
    return known.names.text(viewer.texts.language) if known else ""


def _begun_for(viewer: Viewer, standing: ArticleStanding) -> ArticleRevision:
    """Return the text that the form shows, or refuse if there is none."""
    begun = standing.text_to_edit(viewer.content, viewer.at)
    if begun is None:
        raise viewer.not_found("article.no_such")
    if begun is standing.unpublished:
        return begun
    return replace(begun, review_by=max(begun.review_by, viewer.at.date() + REVIEWED_AGAIN))


def beside_draft(viewer: Viewer, key: str) -> Asking[str]:
    """Return the id of the reader's newest text beside another editor's draft; empty if the newest is the draft."""
    viewer.require(Role.EDITOR)
    head = yield from find(ArticleHead, key)
    revisions = yield from find_all(ArticleRevision, f"article:{key}")
    newest = max(revisions, key=lambda revision: revision.number, default=None)
    if newest is None or head is None or newest.state is not RevisionState.DRAFT or newest.by != viewer.person.id:
        return ""
    return newest.id if newest.id != head.draft_id else ""


def _revision(id_: str | None, key: str) -> Asking[ArticleRevision | None]:
    revision = (yield from find(ArticleRevision, id_)) if id_ else None
    return revision if revision is not None and revision.key == key else None


def _language_form(
    viewer: Viewer, shown: ArticleRevision, language: Language, problems: tuple[ArticleProblem, ...]
) -> LanguageForm:
    text = shown.text_in(language)
    own = [problem for problem in problems if problem.language is language]
    return LanguageForm(
        language=language,
        name=viewer.texts(f"article.language.{language}"),
        title=text.title,
        answer=text.answer,
        phrasings="\n".join(text.phrasings),
        source_title=text.source_title,
        button_title=text.button_title,
        behind=text.behind,
        length=viewer.texts("article.words", number=len(with_defaults(text.answer).split()), most=MAX_ANSWER_WORDS),
        faults=_by_field(viewer, own),
        advice=tuple(problem.told(viewer.texts) for problem in own if problem.notice),
        preview=preview_of(viewer, shown, text),
    )


def _by_field(viewer: Viewer, problems: list[ArticleProblem]) -> Mapping[str, str]:
    sentences: dict[str, list[str]] = {}
    for problem in problems:
        if not problem.notice:
            sentences.setdefault(problem.field, []).append(_capital(problem.sentence(viewer.texts)))
    return {field: "\n".join(lines) for field, lines in sentences.items()}


def _capital(sentence: str) -> str:
    # An address is written as it is.
    return sentence if sentence.startswith("http") else sentence[:1].upper() + sentence[1:]


def preview_of(viewer: Viewer, shown: ArticleRevision, text: ArticleText) -> Message | None:
    """Return the card that readers of a language would get; None without a text."""
    if not text.written:
        return None
    place = shown.municipality_id or viewer.person.municipality_id
    articles = tuple(article for article in shown.articles() if article.language is text.language)
    book = ArticleChange(
        article_id=shown.article_id, municipality_id=shown.municipality_id, articles=articles
    ).applied_to(viewer.content.articles)
    content = replace(viewer.content, articles=book)
    texts = viewer.content.texts[text.language]
    view = view_article(content, texts, shown.article_id, place)
    if view is None:
        return None
    return cards.answered(
        texts, view, question_id="", masked=frozenset(), actions=frozenset(viewer.content.commands.values())
    )


def _common(shown: ArticleRevision) -> Mapping[str, str]:
    return {
        "source_url": shown.source_url,
        "source_day": shown.source_day.isoformat() if shown.source_day else "",
        "button_action": shown.button_action,
        "topics": ", ".join(shown.topics),
        "review_by": shown.review_by.isoformat(),
        "owner_id": shown.owner_id or "",
        "new": "true" if shown.new else "",
        "reason": shown.reason if shown.state is RevisionState.DRAFT else "",
    }


def _compared(viewer: Viewer, live: ArticleRevision) -> tuple[FileTexts, ...]:
    texts = viewer.content.files.texts_of(live.article_id, live.municipality_id)
    files = {text.language: text for text in texts}
    changed = []
    for language in Language:
        file, desk = files.get(language), live.text_in(language)
        before = f"{file.title}\n\n{file.answer}" if file else ""
        after = f"{desk.title}\n\n{desk.answer}".strip()
        if before != after:
            changed.append(FileTexts(name=viewer.texts(f"article.language.{language}"), file=before, desk=after))
    return tuple(changed)


def _owners(viewer: Viewer, municipality_id: str | None) -> Asking[tuple[tuple[str, str], ...]]:
    """Return the editors that may own the article, of its municipality or the editor's own."""
    place = municipality_id or viewer.person.municipality_id
    editors = yield from find_all(Person, f"role:{Role.EDITOR}@{place}")
    return tuple((editor.id, editor.name) for editor in editors if not editor.left)


def _redirect(viewer: Viewer, live: ArticleRevision | None) -> tuple[str, str] | None:
    if live is None or live.redirect is None:
        return None
    own = viewer.person.municipality_id
    target = viewer.content.articles.get(live.redirect, viewer.texts.language, live.municipality_id or own)
    return live.redirect, target.title if target is not None else live.redirect


def _other_articles(viewer: Viewer, article_id: str, shown: ArticleRevision) -> list[tuple[str, str]]:
    """Return ids and titles of the other articles: the chosen ones, then those with the most topics in common."""
    book = viewer.content.articles
    own = viewer.person.municipality_id
    others = {id_: book.get(id_, viewer.texts.language, own) for id_ in book.ids() if id_ != article_id}
    articles = [(id_, article) for id_, article in others.items() if article is not None]
    topics = frozenset(shown.topics)

    def rank(choice: tuple[str, Article]) -> tuple[bool, int, str]:
        id_, article = choice
        return id_ not in shown.related, -len(topics.intersection(article.topics)), article.title.lower()

    return [(id_, article.title) for id_, article in sorted(articles, key=rank)]
