"""Views of unanswered questions: all themes, and one with possible acts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from dialogs.core.content import Content
from dialogs.core.paging import Paged, paged
from dialogs.core.person import Role
from dialogs.core.query import Asking, find_all, match
from dialogs.core.speaker import Viewer
from dialogs.core.texts import OSLO
from dialogs.editing.target import may_edit
from dialogs.insight.model import monday
from dialogs.insight.suppression import FEWEST_PEOPLE, Band
from dialogs.insight.table import DataTable, statistics_csv
from dialogs.unanswered.model import ThemeAct, ThemeDecision
from dialogs.unanswered.subjects import Handled, Subject, read_subjects, written_article
from knowledge.article.article import Language
from knowledge.organisation.unit import Municipality

# Articles offered first, as the nearest.
MAX_NEAR: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ThemeRow:
    """A theme in the list.

    Attributes:
        sentence: of the content, with its language; no asker wrote it.
        terms: joined by commas.
        weeks: people in each of the last closed weeks, the latest last; empty for none.
        reasons: why the questions count as unanswered.
        writing: says that a draft of an answer is not published; ``article`` is its key if the reader may open it.
    """

    id: str
    sentence: str
    language: Language
    terms: str
    people: str
    latest: str
    weeks: tuple[str, ...]
    reasons: tuple[str, ...]
    writing: str
    article: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HandledRow:
    """A decision about a theme, and the people that asked about it in closed weeks since.

    ``article``: key of the article that was written, for a link; empty for other acts. ``day``: ``at`` as an ISO date.
    ``linked``: its phrasings mean an action until it is taken back.
    """

    id: str
    sentence: str
    language: Language
    terms: str
    act: str
    entry: str
    article: str
    reason: str
    at: str
    day: str
    since: str
    linked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ThemesPage:
    """All themes of the last closed weeks. ``provides``: they come from two municipalities."""

    rows: Paged[ThemeRow]
    handled: Paged[HandledRow]
    service_desk: tuple[HandledRow, ...]
    least: int
    provides: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ThemePage:
    """One theme.

    Attributes:
        phrasings: what a draft begins with: the sentence and the terms.
        articles, actions: pairs of id and title, the nearest first.
        copies: a draft of a text for everyone becomes the municipality's own.
        provider: name of the provider, for an editor of another municipality, else empty.
        place: name of the editor's municipality.
    """

    row: ThemeRow
    phrasings: str
    articles: tuple[tuple[str, str], ...]
    actions: tuple[tuple[str, str], ...]
    copies: bool
    provider: str
    place: str


def themes_view(viewer: Viewer, number: int = 1) -> Asking[ThemesPage]:
    """Show an editor the open and the handled themes, and the list for the service desk."""
    subjects = yield from read_subjects(viewer)
    handled = [_handled_row(viewer, subject) for subject in subjects.handled]
    return ThemesPage(
        rows=paged([theme_row(viewer, subject) for subject in subjects.open], number),
        handled=paged(handled, 1),
        service_desk=tuple(
            row
            for row, subject in zip(handled, subjects.handled, strict=True)
            if subject.decision.act is ThemeAct.SERVICE_DESK
        ),
        least=FEWEST_PEOPLE,
        provides=viewer.content.organisation.provides(viewer.person.municipality_id or ""),
    )


def service_desk_file(viewer: Viewer) -> Asking[str]:
    """Return the list for the service desk as CSV, with the effect so far. Raises EventRefused."""
    page, texts = (yield from themes_view(viewer)), viewer.texts
    table = DataTable(
        name="service-desk",
        title=texts("unanswered.service_desk_list"),
        headings=tuple(texts(f"unanswered.column.{key}") for key in ("theme", "terms", "at", "since")),
        rows=tuple((row.sentence, row.terms, row.day, row.since) for row in page.service_desk),
    )
    place = _municipality_name(
        viewer, viewer.content.organisation.municipalities.get(viewer.person.municipality_id or "")
    )
    return statistics_csv(texts, ((place,), (texts("insight.read_at"), texts.stamp(viewer.at))), (table,))


def theme_view(viewer: Viewer, theme_id: str) -> Asking[ThemePage]:
    """Show an editor one theme. Raises EventRefused when it is gone."""
    subject = yield from find_subject(viewer, theme_id)
    theme = subject.theme
    matched = yield from match(theme.sentence, municipality_id=viewer.person.municipality_id)
    near = [candidate.article_id for candidate in matched.candidates[:MAX_NEAR]]
    return ThemePage(
        row=theme_row(viewer, subject),
        phrasings="\n".join(filter(None, (theme.sentence, " ".join(theme.terms)))),
        articles=article_choices(viewer, near),
        actions=action_choices(viewer.content, viewer.person.language),
        copies=not viewer.content.organisation.provides(viewer.person.municipality_id or ""),
        provider=_municipality_name(viewer, provider_of(viewer)),
        place=_municipality_name(
            viewer, viewer.content.organisation.municipalities.get(viewer.person.municipality_id or "")
        ),
    )


def provider_of(viewer: Viewer) -> Municipality | None:
    """Return the provider, if there is one and the editor works for another municipality."""
    organisation = viewer.content.organisation
    if organisation.provides(viewer.person.municipality_id or ""):
        return None
    return next((municipality for municipality in organisation.municipalities.values() if municipality.provider), None)


def _municipality_name(viewer: Viewer, municipality: Municipality | None) -> str:
    return municipality.names.text(viewer.texts.language) if municipality is not None else ""


def drafted_article(viewer: Viewer) -> Asking[str]:
    """Return the article key of the editor's latest theme draft, or empty."""
    viewer.require(Role.EDITOR)
    decisions = yield from find_all(ThemeDecision, f"editor:{viewer.person.id}")
    latest = max(decisions, key=lambda decision: (decision.at, decision.id), default=None)
    return written_article(viewer.content, latest) if latest is not None else ""


def find_subject(viewer: Viewer, theme_id: str) -> Asking[Subject]:
    """Return the open subject with this theme. Raises EventRefused."""
    subjects = yield from read_subjects(viewer)
    subject = next((subject for subject in subjects.open if subject.id == theme_id), None)
    if subject is None:
        raise viewer.not_found("unanswered.gone")
    return subject


def theme_row(viewer: Viewer, subject: Subject) -> ThemeRow:
    texts, theme, writing = viewer.texts, subject.theme, subject.writing
    own = writing is not None and may_edit(viewer.content, viewer.person, _place_of(viewer, writing))
    return ThemeRow(
        id=subject.id,
        sentence=theme.sentence,
        language=theme.language,
        terms=", ".join(theme.terms),
        people=_band_shown(viewer, theme.people),
        latest=texts("unanswered.week", day=texts.day(monday(subject.week))),
        weeks=tuple(band.shown if band is not None else "" for band in subject.weeks),
        reasons=tuple(texts(f"unanswered.reason.{reason}") for reason in theme.reasons),
        writing=texts("unanswered.writing") if writing is not None else "",
        article=written_article(viewer.content, writing) if writing is not None and own else "",
    )


def _place_of(viewer: Viewer, decision: ThemeDecision) -> str | None:
    """Return the municipality that a decision's text is for; None for everyone."""
    return None if viewer.content.organisation.provides(decision.municipality_id) else decision.municipality_id


def _handled_row(viewer: Viewer, handled: Handled) -> HandledRow:
    decision, texts, theme = handled.decision, viewer.texts, handled.theme
    return HandledRow(
        id=decision.id,
        sentence=theme.sentence,
        language=theme.language,
        terms=", ".join(theme.terms),
        act=texts(f"unanswered.act.{decision.act}"),
        entry=entry_title(viewer, decision.entry_id),
        article=written_article(viewer.content, decision),
        reason=decision.reason,
        at=texts.day(decision.at),
        day=decision.at.astimezone(OSLO).date().isoformat(),
        since="; ".join(_band_shown(viewer, band) for band in handled.since) or texts("unanswered.since.none"),
        linked=decision.act is ThemeAct.ACTION,
    )


def _band_shown(viewer: Viewer, band: Band) -> str:
    return viewer.texts("unanswered.people", number=band.shown)


def article_choices(viewer: Viewer, near: Sequence[str]) -> tuple[tuple[str, str], ...]:
    articles = viewer.content.articles
    titles = [(id_, entry_title(viewer, id_)) for id_ in articles.ids()]
    first = [(id_, title) for id_ in near for article_id, title in titles if article_id == id_]
    rest = sorted((choice for choice in titles if choice[0] not in near), key=lambda choice: choice[1].casefold())
    return (*first, *rest)


def action_choices(content: Content, language: Language) -> tuple[tuple[str, str], ...]:
    named = [(action.id, action.title(language)) for action in content.actions.actions.values()]
    return tuple(sorted(named, key=lambda choice: choice[1].casefold()))


def entry_title(viewer: Viewer, entry_id: str | None) -> str:
    """Return the title of an article or action in the reader's language; its id if it is gone."""
    if entry_id is None:
        return ""
    article = viewer.content.articles.get(entry_id, viewer.person.language, viewer.person.municipality_id)
    action = viewer.content.actions.get(entry_id)
    if article is not None:
        return article.title
    return action.title(viewer.person.language) if action is not None else entry_id
