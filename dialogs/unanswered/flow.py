"""Acts of editors about a theme: phrasings, a new article, the service desk, or nothing, with a reason."""

from collections import defaultdict
from dataclasses import replace
from typing import Final

from dialogs.core.content import Content
from dialogs.core.decision import Audit, Decision, Notice, Remove, do, put
from dialogs.core.event import Event, Pressed
from dialogs.core.feature import Feature, Verbs
from dialogs.core.query import Asking, Flow, find, find_each, new_id
from dialogs.core.question import Question
from dialogs.core.slug import slug
from dialogs.core.viewer import Viewer, viewer_of_event
from dialogs.editing.drafting import start_draft
from dialogs.editing.model import ArticleHead, article_key
from dialogs.handoff.addition import Addition
from dialogs.handoff.suggesting import propose_phrasing
from dialogs.handoff.unit_of_work import UnitOfWork
from dialogs.unanswered import answering
from dialogs.unanswered.answering import first_check
from dialogs.unanswered.grouping import Theme
from dialogs.unanswered.model import ThemeAct, ThemeDecision
from dialogs.unanswered.questions import questions_scope
from dialogs.unanswered.themes import find_theme, provider_of
from knowledge.language.smalltalk import small_talk

# Questions of a theme that are remembered, to find similar ones later.
MAX_REMEMBERED: Final = 20
# Phrasings taken from a theme at once.
MAX_TAKEN: Final = 10
# Shorter phrasings would attract every question that contains the word.
LEAST_WORDS: Final = 3
MAX_REASON: Final = 300


def add_to_article(event: Event, content: Content) -> Flow:
    """Put the chosen questions into the draft of an article, as phrasings."""
    viewer, theme = yield from _pressed_theme(event, content)
    article_id = event.pressed.text("entry_id")
    if article_id not in content.articles.ids():
        raise viewer.refusal("unanswered.no_article")
    if event.pressed.text("copy") != "yes" and (yield from _would_copy(viewer, article_id)):
        raise viewer.refusal("unanswered.copy_first")
    return (yield from _drafted(event, viewer, theme, ThemeAct.PHRASINGS, article_id))


def _would_copy(viewer: Viewer, article_id: str) -> Asking[bool]:
    """Return whether a draft would copy a text for everyone: the municipality has none of its own."""
    own = viewer.require_municipality(viewer.person.municipality_id)
    if viewer.content.organisation.provides(own) or viewer.content.articles.texts_of(article_id, own):
        return False
    head = yield from find(ArticleHead, article_key(article_id, own))
    return head is None or not (head.draft_id or head.scheduled_id)


def propose_phrasings(event: Event, content: Content) -> Flow:
    """Suggest the chosen questions to the provider's editors, as phrasings of an article for everyone."""
    viewer, theme = yield from _pressed_theme(event, content)
    article_id = event.pressed.text("entry_id")
    provider = provider_of(viewer)
    if provider is None or not content.articles.texts_of(article_id):
        raise viewer.refusal("unanswered.no_article")
    taken = chosen_questions(event, viewer, theme)
    decision = yield from decided(event, viewer, theme, ThemeAct.PROPOSED, entry_id=article_id)
    work = UnitOfWork(event, content)
    for each in taken:
        yield from propose_phrasing(work, provider.id, each, article_id, place=decision.municipality_id)
    name = provider.names.text(viewer.texts.language)
    return _kept(event, decision, viewer.texts.plural("unanswered.proposed", len(taken), name=name)) + work.decision()


def write_article(event: Event, content: Content) -> Flow:
    """Begin a new article with the chosen questions as its phrasings."""
    viewer, theme = yield from _pressed_theme(event, content)
    title = event.pressed.text("title").strip()
    free, number = slug(title), 2
    if not free:
        raise viewer.refusal("unanswered.no_heading")
    article_id, own = free, viewer.person.municipality_id
    while article_id in content.articles.ids() or (yield from _has_history(article_id, own)):
        article_id, number = f"{free}-{number}", number + 1
    return (yield from _drafted(event, viewer, theme, ThemeAct.ARTICLE, article_id, title=title))


def _has_history(article_id: str, municipality_id: str | None) -> Asking[bool]:
    """Return whether a draft of this id was ever written, for everyone or for the municipality."""
    keys = [article_id, article_key(article_id, municipality_id)]
    return bool((yield from find_each(ArticleHead, keys)))


def _drafted(event: Event, viewer: Viewer, theme: Theme, act: ThemeAct, article_id: str, *, title: str = "") -> Flow:
    """Write the draft as the editor would: for everyone at the provider, else for the own municipality."""
    taken = chosen_questions(event, viewer, theme)
    decision = yield from decided(event, viewer, theme, act, entry_id=article_id)
    lines = defaultdict[str, list[str]](list)
    for each in taken:
        lines[f"phrasings_{each.language}"].append(" ".join(each.utterance.split()))
    everyone = viewer.content.organisation.provides(decision.municipality_id)
    data = {
        "article_id": article_id,
        "municipality_id": "" if everyone else decision.municipality_id,
        # The title is in the editor's language, the phrasings are in those of the askers.
        "language": str(viewer.person.language),
        "title": title,
        **{name: "\n".join(each) for name, each in lines.items()},
    }
    drafted = yield from start_draft(replace(event, what=Pressed(verb="article.start", data=data)), viewer.content)
    return _kept(event, decision) + drafted


def add_to_action(event: Event, content: Content) -> Flow:
    """Let the chosen questions mean an action, in the editor's area."""
    viewer, theme = yield from _pressed_theme(event, content)
    action = content.actions.actions.get(event.pressed.text("entry_id"))
    if action is None:
        raise viewer.refusal("unanswered.no_action")
    taken = chosen_questions(event, viewer, theme)
    decision = yield from decided(event, viewer, theme, ThemeAct.ACTION, entry_id=action.id)
    additions = tuple(
        Addition(
            id=f"{decision.id}-{number}",
            municipality_id=decision.municipality_id,
            handoff_id="",
            language=each.language,
            article_id=action.id,
            question=each.utterance,
            answer="",
            suggested_at=event.at,
            added_by=event.person_id,
            added_at=event.at,
        )
        for number, each in enumerate(taken)
    )
    title = action.title(viewer.person.language)
    notice = viewer.texts.plural("unanswered.added_to_action", len(taken), title=title)
    return put(*additions) + _kept(event, decision, notice)


def send_to_service_desk(event: Event, content: Content) -> Flow:
    """Put the theme on the list for the service desk."""
    viewer, theme = yield from _pressed_theme(event, content)
    decision = yield from decided(event, viewer, theme, ThemeAct.SERVICE_DESK)
    return _kept(event, decision, viewer.texts("unanswered.sent_to_service_desk"))


def dismiss(event: Event, content: Content) -> Flow:
    """Dismiss the theme, with a reason; similar questions are not shown again."""
    viewer, theme = yield from _pressed_theme(event, content)
    reason = event.pressed.text("reason").strip()[:MAX_REASON]
    if not reason:
        raise viewer.refusal("unanswered.no_reason")
    decision = yield from decided(event, viewer, theme, ThemeAct.DISMISSED, reason=reason)
    return _kept(event, decision, viewer.texts("unanswered.dismissed"))


def reopen(event: Event, content: Content) -> Flow:
    """Take an act about a theme back: its questions are shown again."""
    viewer = yield from viewer_of_event(event, content)
    scope = questions_scope(viewer)
    decision = yield from find(ThemeDecision, event.pressed.text("decision_id"))
    if decision is None or decision.municipality_id not in scope:
        raise viewer.refusal("unanswered.gone")
    audit = Audit(act="theme.reopened", subject=decision.id, by=event.person_id)
    gone = Decision(writes=(Remove(kind=ThemeDecision, id=decision.id),))
    return gone + do(audit, Notice(text=viewer.texts("unanswered.reopened")))


def chosen_questions(event: Event, viewer: Viewer, theme: Theme) -> tuple[Question, ...]:
    """Return the questions of the theme that the form names, or raise the refusal."""
    named = {name.removeprefix("pick_") for name in event.pressed.data if name.startswith("pick_")}
    chosen = [each for each in theme.readable if each.id in named]
    usable = [
        each for each in chosen if len(each.utterance.split()) >= LEAST_WORDS and small_talk(each.utterance) is None
    ]
    if not usable:
        raise viewer.refusal("unanswered.choose" if not chosen else "suggestion.too_short")
    return tuple(usable[:MAX_TAKEN])


def decided(
    event: Event, viewer: Viewer, theme: Theme, act: ThemeAct, *, entry_id: str | None = None, reason: str = ""
) -> Asking[ThemeDecision]:
    """Return the record of an act about a theme."""
    others = (each for each in reversed(theme.readable) if each.id != theme.leader.id)
    questions = [theme.leader, *others][:MAX_REMEMBERED]
    return ThemeDecision(
        id=(yield from new_id("theme")),
        municipality_id=viewer.require_municipality(viewer.person.municipality_id),
        act=act,
        question_ids=tuple(each.id for each in questions),
        entry_id=entry_id,
        reason=reason,
        people=theme.people,
        waiting_ids=tuple(each.id for each in theme.questions if each.for_editors),
        by=event.person_id,
        at=event.at,
    )


def _kept(event: Event, decision: ThemeDecision, notice: str = "") -> Decision:
    details = (("people", str(decision.people)),)
    audit = Audit(act=f"theme.{decision.act}", subject=decision.id, by=event.person_id, details=details)
    told = do(Notice(text=notice)) if notice else Decision()
    return put(decision) + do(audit, *first_check(decision)) + told


def _pressed_theme(event: Event, content: Content) -> Asking[tuple[Viewer, Theme]]:
    viewer = yield from viewer_of_event(event, content)
    return viewer, (yield from find_theme(viewer, event.pressed.text("theme")))


VERBS: Final[Verbs] = {
    "unanswered.phrasings": add_to_article,
    "unanswered.propose": propose_phrasings,
    "unanswered.article": write_article,
    "unanswered.action": add_to_action,
    "unanswered.service_desk": send_to_service_desk,
    "unanswered.dismiss": dismiss,
    "unanswered.reopen": reopen,
}
FEATURE: Final = Feature(verbs=VERBS, timers=answering.TIMERS, records=(ThemeDecision,))
