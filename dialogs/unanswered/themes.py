"""Views of the unanswered questions: all themes, and one theme with the possible acts."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from dialogs.core.content import Content
from dialogs.core.paging import Paged, paged
from dialogs.core.person import Role
from dialogs.core.query import Asking, find_all, match
from dialogs.core.question import Question
from dialogs.core.texts import OSLO
from dialogs.core.viewer import Viewer
from dialogs.editing.target import may_edit
from dialogs.insight.table import DataTable, statistics_csv
from dialogs.unanswered.grouping import Handled, Theme, Themes, read_themes, written_article
from dialogs.unanswered.model import ThemeAct, ThemeDecision
from dialogs.unanswered.questions import LEAST_PEOPLE
from knowledge.article.article import Language
from knowledge.matching.policy import OutcomeKind
from knowledge.organisation.unit import Municipality

# Example questions on the page of a theme.
MAX_EXAMPLES: Final = 20
# Articles offered first, as the nearest.
MAX_NEAR: Final = 3
# In a smaller theme one question more or less would be a trend.
LEAST_FOR_TREND: Final = 10
# The latest week against the mean of those before: more or fewer than this is a trend.
_RISES: Final = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class ThemeRow:
    """A theme in the list.

    Attributes:
        weeks: questions in each of the last four weeks, the latest last.
        reasons: why they count as unanswered, with numbers.
        writing: says that a draft of an answer is not published; ``article`` is its key if the reader may open it.
    """

    id: str
    words: str
    language: Language
    people: str
    questions: str
    first: str
    last: str
    weeks: tuple[int, ...]
    trend: str
    reasons: tuple[str, ...]
    writing: str
    article: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HandledRow:
    """A decision about a theme, and its effect: similar questions since.

    ``article``: key of the article that was written, for a link; empty for other acts. ``day``: ``at`` as an ISO date.
    """

    id: str
    words: str
    language: Language
    act: str
    entry: str
    article: str
    reason: str
    waiting: str
    at: str
    day: str
    answered: str
    unanswered: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ThemesPage:
    """All themes that may be shown.

    ``hidden`` is a sentence about the themes that are not shown, empty if there is none.
    """

    rows: Paged[ThemeRow]
    handled: Paged[HandledRow]
    service_desk: tuple[HandledRow, ...]
    hidden: str
    least: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleQuestion:
    """A question with words that may be shown."""

    id: str
    words: str
    language: Language


@dataclass(frozen=True, slots=True, kw_only=True)
class ThemePage:
    """One theme.

    Attributes:
        articles, actions: pairs of id and title, the nearest first.
        copies: a draft of a text for everyone becomes the municipality's own.
        provider: name of the provider, for an editor of another municipality, else empty.
        place: name of the editor's municipality.
    """

    row: ThemeRow
    examples: tuple[ExampleQuestion, ...]
    articles: tuple[tuple[str, str], ...]
    actions: tuple[tuple[str, str], ...]
    waiting: int
    copies: bool
    provider: str
    place: str


def themes_view(viewer: Viewer, number: int = 1) -> Asking[ThemesPage]:
    """Show an editor the open and the handled themes, and the list for the service desk."""
    themes = yield from read_themes(viewer)
    small = sum(len(each.questions) for each in themes.small)
    handled = [_handled_row(viewer, themes, each) for each in themes.handled]
    return ThemesPage(
        rows=paged([theme_row(viewer, each) for each in themes.open], number),
        handled=paged(handled, 1),
        service_desk=tuple(
            row for row, each in zip(handled, themes.handled, strict=True) if each.decision.act is ThemeAct.SERVICE_DESK
        ),
        hidden=viewer.texts.plural("unanswered.hidden", small, least=LEAST_PEOPLE) if small else "",
        least=LEAST_PEOPLE,
    )


def service_desk_file(viewer: Viewer) -> Asking[str]:
    """Return the list for the service desk as CSV, with the effect so far. Raises EventRefused."""
    page, texts = (yield from themes_view(viewer)), viewer.texts
    table = DataTable(
        name="service-desk",
        title=texts("unanswered.service_desk_list"),
        headings=tuple(texts(f"unanswered.column.{key}") for key in ("theme", "at", "answered", "unanswered")),
        rows=tuple((each.words, each.day, each.answered, each.unanswered) for each in page.service_desk),
    )
    place = _municipality_name(
        viewer, viewer.content.organisation.municipalities.get(viewer.person.municipality_id or "")
    )
    return statistics_csv(texts, ((place,), (texts("insight.read_at"), texts.stamp(viewer.at))), (table,))


def theme_view(viewer: Viewer, theme_id: str) -> Asking[ThemePage]:
    """Show an editor one theme. Raises EventRefused when it is gone."""
    theme = yield from find_theme(viewer, theme_id)
    matched = yield from match(theme.leader.utterance, municipality_id=viewer.person.municipality_id)
    near = [each.article_id for each in matched.candidates[:MAX_NEAR]]
    return ThemePage(
        row=theme_row(viewer, theme),
        examples=tuple(
            ExampleQuestion(id=each.id, words=each.utterance, language=each.language)
            for each in _distinct(theme.readable)[:MAX_EXAMPLES]
        ),
        articles=article_choices(viewer, near),
        actions=action_choices(viewer.content, viewer.person.language),
        waiting=sum(each.for_editors for each in theme.questions),
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
    return next((each for each in organisation.municipalities.values() if each.provider), None)


def _municipality_name(viewer: Viewer, municipality: Municipality | None) -> str:
    return municipality.names.text(viewer.texts.language) if municipality is not None else ""


def drafted_article(viewer: Viewer) -> Asking[str]:
    """Return the key of the article whose draft the editor's latest act about a theme wrote; empty without one."""
    viewer.require(Role.EDITOR)
    found = yield from find_all(ThemeDecision, f"editor:{viewer.person.id}")
    latest = max(found, key=lambda each: (each.at, each.id), default=None)
    return written_article(viewer.content, latest) if latest is not None else ""


def find_theme(viewer: Viewer, theme_id: str) -> Asking[Theme]:
    """Return the open theme that has this question. Raises EventRefused."""
    themes = yield from read_themes(viewer)
    found = next((each for each in themes.open if any(one.id == theme_id for one in each.readable)), None)
    if found is None:
        raise viewer.not_found("unanswered.gone")
    return found


def theme_row(viewer: Viewer, theme: Theme) -> ThemeRow:
    texts, weeks, writing = viewer.texts, theme.by_week(viewer.at), theme.writing
    own = writing is not None and may_edit(viewer.content, viewer.person, _place_of(viewer, writing))
    counts = Counter(_reason(each) for each in theme.questions)
    return ThemeRow(
        id=theme.leader.id,
        words=theme.leader.utterance,
        language=theme.leader.language,
        people=_people(viewer, theme.people),
        questions=texts.plural("unanswered.questions", len(theme.questions)),
        first=texts.day(theme.questions[0].asked_at.date()),
        last=texts.day(theme.questions[-1].asked_at.date()),
        weeks=weeks if theme.enough else (),
        trend=texts(f"unanswered.trend.{_trend(weeks)}") if theme.enough and sum(weeks) >= LEAST_FOR_TREND else "",
        reasons=tuple(
            f"{texts(f'unanswered.reason.{reason}')}: {texts.number(number)}"
            if theme.enough
            else texts(f"unanswered.reason.{reason}")
            for reason, number in counts.most_common()
        ),
        writing=texts("unanswered.writing") if writing is not None else "",
        article=written_article(viewer.content, writing) if writing is not None and own else "",
    )


def _place_of(viewer: Viewer, decision: ThemeDecision) -> str | None:
    """Return the municipality that a decision's text is for; None for everyone."""
    return None if viewer.content.organisation.provides(decision.municipality_id) else decision.municipality_id


def _handled_row(viewer: Viewer, themes: Themes, handled: Handled) -> HandledRow:
    decision, texts = handled.decision, viewer.texts
    return HandledRow(
        id=decision.id,
        words=handled.anchor.utterance,
        language=handled.anchor.language,
        act=texts(f"unanswered.act.{decision.act}"),
        entry=entry_title(viewer, decision.entry_id),
        article=written_article(viewer.content, decision),
        reason=decision.reason,
        waiting=texts.plural("unanswered.still_waiting", len(decision.waiting_ids)) if decision.waiting_ids else "",
        at=texts.day(decision.at.date()),
        day=decision.at.astimezone(OSLO).date().isoformat(),
        answered=_number_since(viewer, handled.answered),
        unanswered=_number_since(viewer, handled.unanswered),
    )


def _number_since(viewer: Viewer, questions: Sequence[Question]) -> str:
    """Return a number of questions, hidden if from few people."""
    askers = len({each.person_id for each in questions})
    if 0 < askers < LEAST_PEOPLE:
        return viewer.texts("unanswered.few")
    return viewer.texts.number(len(questions))


def _people(viewer: Viewer, number: int) -> str:
    if number < LEAST_PEOPLE:
        return viewer.texts("unanswered.agreed")
    return viewer.texts.plural("unanswered.people", number)


def _trend(weeks: Sequence[int]) -> str:
    *before, latest = weeks
    if not any(before):
        return "new"
    mean = sum(before) / len(before)
    if latest > _RISES * mean:
        return "rising"
    return "falling" if _RISES * latest < mean else "steady"


def _reason(question: Question) -> str:
    """Return why a question counts as unanswered; each has a catalogue text."""
    if question.helped is False:
        return "not_helped"
    if question.handed_over:
        return "handed_over"
    return "asked_back" if question.outcome is OutcomeKind.CLARIFY else "unknown"


def _distinct(questions: Sequence[Question]) -> list[Question]:
    """Return the questions with different words, the shorter ones first, since they are better phrasings."""
    found = {each.utterance.casefold().strip(" ?!."): each for each in reversed(questions)}
    return sorted(found.values(), key=lambda each: (len(each.utterance), each.id))


def article_choices(viewer: Viewer, near: Sequence[str]) -> tuple[tuple[str, str], ...]:
    articles = viewer.content.articles
    titles = [(id_, entry_title(viewer, id_)) for id_ in articles.ids()]
    first = [(id_, title) for id_ in near for other, title in titles if other == id_]
    rest = sorted((each for each in titles if each[0] not in near), key=lambda each: each[1].casefold())
    return (*first, *rest)


def action_choices(content: Content, language: Language) -> tuple[tuple[str, str], ...]:
    named = [(each.id, each.title(language)) for each in content.actions.actions.values()]
    return tuple(sorted(named, key=lambda each: each[1].casefold()))


def entry_title(viewer: Viewer, entry_id: str | None) -> str:
    """Return the title of an article or action in the reader's language; its id if it is gone."""
    if entry_id is None:
        return ""
    article = viewer.content.articles.get(entry_id, viewer.person.language, viewer.person.municipality_id)
    action = viewer.content.actions.get(entry_id)
    if article is not None:
        return article.title
    return action.title(viewer.person.language) if action is not None else entry_id
