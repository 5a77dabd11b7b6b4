"""Acts of editors about a theme: phrasings, a new article, the service desk, or nothing, with a reason."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from dialogs.core.content import Content
from dialogs.core.decision import NOTHING, Audit, Decision, Notice, do, put, remove
from dialogs.core.event import Event, Pressed
from dialogs.core.feature import Feature, Verbs
from dialogs.core.query import Asking, Flow, find, find_each, new_id
from dialogs.core.slug import slug
from dialogs.core.speaker import Viewer, viewer_of_event
from dialogs.editing.drafting import start_draft
from dialogs.editing.form import phrasings_of
from dialogs.editing.model import ArticleHead, article_key
from dialogs.handoff.addition import Addition
from dialogs.handoff.suggesting import suggest_phrasings
from dialogs.unanswered import answering
from dialogs.unanswered.model import ThemeAct, ThemeDecision
from dialogs.unanswered.subjects import Subject, editors_municipality
from dialogs.unanswered.theme import ThemeWeek
from dialogs.unanswered.themes import find_subject, provider_of
from knowledge.language.smalltalk import small_talk

# Phrasings taken from a theme at once.
MAX_TAKEN: Final = 10
# Shorter phrasings would attract every question that contains the word.
LEAST_WORDS: Final = 3
MAX_REASON: Final = 300


def add_to_article(event: Event, content: Content) -> Flow:
    """Put phrasings into the draft of an article."""
    viewer, subject = yield from _pressed_subject(event, content)
    article_id = event.pressed.text("entry_id")
    if article_id not in content.articles.ids():
        raise viewer.refusal("unanswered.no_article")
    if event.pressed.text("copy") != "yes" and (yield from _would_copy(viewer, article_id)):
        raise viewer.refusal("unanswered.copy_first")
    lines = _usable_phrasings(event, viewer)
    return (yield from _drafted(event, viewer, subject, ThemeAct.PHRASINGS, entry_id=article_id, lines=lines))


def _would_copy(viewer: Viewer, article_id: str) -> Asking[bool]:
    """Return whether a draft would copy a text that is for everyone."""
    own = viewer.require_municipality(viewer.person.municipality_id)
    if viewer.content.organisation.provides(own) or viewer.content.articles.texts_of(article_id, own):
        return False
    head = yield from find(ArticleHead, article_key(article_id, own))
    return head is None or not (head.draft_id or head.scheduled_id)


def propose_phrasings(event: Event, content: Content) -> Flow:
    """Suggest the phrasings to the provider's editors, for an article for everyone."""
    viewer, subject = yield from _pressed_subject(event, content)
    article_id = event.pressed.text("entry_id")
    provider = provider_of(viewer)
    if provider is None or not content.articles.texts_of(article_id):
        raise viewer.refusal("unanswered.no_article")
    lines = _usable_phrasings(event, viewer)
    decision = yield from decided(event, viewer, subject, ThemeAct.PROPOSED, entry_id=article_id)
    language, place = subject.theme.language, decision.municipality_id
    proposed = yield from suggest_phrasings(
        event, content, lines, language, to=provider.id, article_id=article_id, place=place
    )
    name = provider.names.text(viewer.texts.language)
    return _kept(event, decision, viewer.texts.plural("unanswered.proposed", len(lines), name=name)) + proposed


def write_article(event: Event, content: Content) -> Flow:
    """Begin a new article with the phrasings of the form: the theme's sentence and terms, as the editor left them."""
    viewer, subject = yield from _pressed_subject(event, content)
    title = event.pressed.text("title").strip()
    free, number = slug(title), 2
    if not free:
        raise viewer.refusal("unanswered.no_heading")
    article_id, own = free, viewer.person.municipality_id
    while article_id in content.articles.ids() or (yield from _has_history(article_id, own)):
        article_id, number = f"{free}-{number}", number + 1
    lines = _written_phrasings(event, viewer)
    return (
        yield from _drafted(event, viewer, subject, ThemeAct.ARTICLE, entry_id=article_id, lines=lines, title=title)
    )


def _has_history(article_id: str, municipality_id: str | None) -> Asking[bool]:
    """Return whether a draft of this id was ever written, for everyone or for the municipality."""
    keys = [article_id, article_key(article_id, municipality_id)]
    return bool((yield from find_each(ArticleHead, keys)))


def _drafted(
    event: Event,
    viewer: Viewer,
    subject: Subject,
    act: ThemeAct,
    *,
    entry_id: str,
    lines: Sequence[str],
    title: str = "",
) -> Flow:
    """Write the draft as the editor would: for everyone at the provider, else for the own municipality."""
    decision = yield from decided(event, viewer, subject, act, entry_id=entry_id)
    everyone = viewer.content.organisation.provides(decision.municipality_id)
    data = {
        "article_id": entry_id,
        "municipality_id": "" if everyone else decision.municipality_id,
        # The title is in the editor's language, the phrasings are in that of the theme's sentence.
        "language": str(viewer.person.language),
        "title": title,
        f"phrasings_{subject.theme.language}": "\n".join(lines),
    }
    drafted = yield from start_draft(replace(event, what=Pressed(verb="article.start", data=data)), viewer.content)
    return _kept(event, decision) + drafted


def add_to_action(event: Event, content: Content) -> Flow:
    """Let the phrasings mean an action, in the editor's area. It counts at once, so it asks first."""
    viewer, subject = yield from _pressed_subject(event, content)
    action = content.actions.actions.get(event.pressed.text("entry_id"))
    if action is None:
        raise viewer.refusal("unanswered.no_action")
    lines = _usable_phrasings(event, viewer)
    title = action.title(viewer.person.language)
    if event.pressed.text("sure") != "yes":
        return do(Notice(text=viewer.texts.plural("unanswered.ask_action", len(lines), title=title)))
    decision = yield from decided(event, viewer, subject, ThemeAct.ACTION, entry_id=action.id)
    additions = tuple(
        Addition(
            id=id_,
            municipality_id=decision.municipality_id,
            handoff_id="",
            language=subject.theme.language,
            article_id=action.id,
            question=words,
            answer="",
            suggested_at=event.at,
            added_by=event.person_id,
            added_at=event.at,
        )
        for id_, words in zip(_addition_ids(decision.id), lines, strict=False)
    )
    notice = viewer.texts.plural("unanswered.added_to_action", len(lines), title=title)
    return put(*additions) + _kept(event, decision, notice)


def send_to_service_desk(event: Event, content: Content) -> Flow:
    """Put the theme on the list for the service desk."""
    viewer, subject = yield from _pressed_subject(event, content)
    decision = yield from decided(event, viewer, subject, ThemeAct.SERVICE_DESK)
    return _kept(event, decision, viewer.texts("unanswered.sent_to_service_desk"))


def dismiss(event: Event, content: Content) -> Flow:
    """Dismiss the theme, with a reason; later themes like it are not shown."""
    viewer, subject = yield from _pressed_subject(event, content)
    reason = event.pressed.text("reason").strip()[:MAX_REASON]
    if not reason:
        raise viewer.refusal("unanswered.no_reason")
    decision = yield from decided(event, viewer, subject, ThemeAct.DISMISSED, reason=reason)
    return _kept(event, decision, viewer.texts("unanswered.dismissed"))


def reopen(event: Event, content: Content) -> Flow:
    """Take an act about a theme back: it is shown again, and what was linked to an action means it no more."""
    viewer = yield from viewer_of_event(event, content)
    own = editors_municipality(viewer)
    decision = yield from find(ThemeDecision, event.pressed.text("decision_id"))
    if decision is None or decision.municipality_id != own:
        raise viewer.refusal("unanswered.gone")
    audit = Audit(act="theme.reopened", subject=decision.id, by=event.person_id)
    linked = yield from find_each(Addition, _addition_ids(decision.id) if decision.act is ThemeAct.ACTION else ())
    withdrawn = put(*(addition.undo(by=event.person_id, at=event.at) for addition in linked.values()))
    told = viewer.texts("unanswered.withdrawn" if linked else "unanswered.reopened")
    return remove(ThemeDecision, decision.id) + withdrawn + do(audit, Notice(text=told))


def _addition_ids(decision_id: str) -> tuple[str, ...]:
    """Return the ids of the phrasings that a decision may have linked to an action."""
    return tuple(f"{decision_id}-{number}" for number in range(MAX_TAKEN))


def _written_phrasings(event: Event, viewer: Viewer) -> tuple[str, ...]:
    """Return the phrasings of the form, or raise the refusal."""
    lines = phrasings_of(event.pressed.text("phrasings"))[:MAX_TAKEN]
    if not lines:
        raise viewer.refusal("unanswered.choose")
    return lines


def _usable_phrasings(event: Event, viewer: Viewer) -> tuple[str, ...]:
    """Return the phrasings that readers may be answered by at once, or raise the refusal."""
    lines = _written_phrasings(event, viewer)
    usable = tuple(line for line in lines if len(line.split()) >= LEAST_WORDS and small_talk(line) is None)
    if not usable:
        raise viewer.refusal("suggestion.too_short")
    return usable


def decided(
    event: Event, viewer: Viewer, subject: Subject, act: ThemeAct, *, entry_id: str | None = None, reason: str = ""
) -> Asking[ThemeDecision]:
    """Return the record of an act about a theme."""
    own = viewer.require_municipality(viewer.person.municipality_id)
    return ThemeDecision(
        id=(yield from new_id("theme")),
        municipality_id=own,
        act=act,
        theme=subject.theme,
        entry_id=entry_id,
        reason=reason,
        by=event.person_id,
        at=event.at,
    )


def _kept(event: Event, decision: ThemeDecision, notice: str = "") -> Decision:
    audit = Audit(act=f"theme.{decision.act}", subject=decision.id, by=event.person_id)
    told = do(Notice(text=notice)) if notice else NOTHING
    return put(decision) + do(audit) + told


def _pressed_subject(event: Event, content: Content) -> Asking[tuple[Viewer, Subject]]:
    viewer = yield from viewer_of_event(event, content)
    return viewer, (yield from find_subject(viewer, event.pressed.text("theme")))


VERBS: Final[Verbs] = {
    "unanswered.phrasings": add_to_article,
    "unanswered.propose": propose_phrasings,
    "unanswered.article": write_article,
    "unanswered.action": add_to_action,
    "unanswered.service_desk": send_to_service_desk,
    "unanswered.dismiss": dismiss,
    "unanswered.reopen": reopen,
}
FEATURE: Final = Feature(verbs=VERBS, timers=answering.TIMERS, records=(ThemeDecision, ThemeWeek))
