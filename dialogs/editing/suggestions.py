"""An approved suggestion as an article: published with one press, or beside an article alike."""

from dataclasses import dataclass, replace
from typing import Final

from dialogs.core.content import Content
from dialogs.core.decision import Decision, Notice, do
from dialogs.core.event import Event
from dialogs.core.feature import Verbs
from dialogs.core.fresh_proof import WithFreshProof
from dialogs.core.person import Person
from dialogs.core.query import Asking, Flow, find, find_all, find_each, near_questions
from dialogs.core.slug import MAX_ID, slug
from dialogs.core.texts import Texts
from dialogs.editing.drafting import REVIEWED_AGAIN, save_draft
from dialogs.editing.model import EVERY, ArticleHead, ArticleRevision, ArticleText, RevisionState, article_key
from dialogs.editing.publishing import listed, publish_revision, withdraw_live
from dialogs.editing.target import EditTarget, editor_of, found_target, pressed_by_editor, revision_of
from dialogs.editing.validation import problems_of
from dialogs.handoff import suggestion_cards
from dialogs.handoff.addition import LONGEST_HEADING, Addition
from dialogs.handoff.cards import MAX_LETTERS
from dialogs.handoff.projection import card_effect, masked_notes
from dialogs.handoff.refusal import refusal
from dialogs.handoff.suggesting import answered_now, undo_approval
from dialogs.handoff.suggestion import Suggestion

# Articles in work that have the question of a suggestion already: drafts, and texts that wait for their day.

# Titles and phrasings that are compared.
MAX_COMPARED: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class AlikeArticle:
    """An article in work. ``scheduled``: it waits to be published; ``own``: it was made from the suggestion."""

    key: str
    title: str
    scheduled: bool
    own: bool

    def told(self, texts: Texts) -> str:
        """Return a sentence about it."""
        return texts(f"suggestion.{'planned' if self.scheduled else 'drafted'}_now", title=self.title)


def alike_article(content: Content, texts: Texts, suggestion: Suggestion, words: str) -> Asking[AlikeArticle | None]:
    """Return the article in work made from the suggestion, else one with a similar question, if there is any."""
    everyone = content.organisation.provides(suggestion.municipality_id)
    place = None if everyone else suggestion.municipality_id
    heads = [head for head in (yield from find_all(ArticleHead, EVERY)) if head.municipality_id == place]
    by_id = {id_: head for head in heads for id_ in (head.draft_id, head.scheduled_id) if id_}
    revisions = [*(yield from find_each(ArticleRevision, sorted(by_id))).values()]
    asked = [(line, revision) for revision in revisions for line in _questions(revision)][:MAX_COMPARED]
    own = next((revision for revision in revisions if revision.suggestion_id == suggestion.id), None)
    if own is None and asked:
        (at,) = yield from near_questions([(words, b"")], [(line, b"") for line, _ in asked])
        alike = asked[at][1] if at >= 0 else None
    else:
        alike = own
    if alike is None:
        return None
    return AlikeArticle(
        key=alike.key,
        title=alike.heading(texts.language),
        scheduled=alike.id == by_id[alike.id].scheduled_id,
        own=own is not None,
    )


def known_already(content: Content, texts: Texts, suggestion: Suggestion, addition: Addition) -> Asking[str]:
    """Return a sentence about another article that has the question, published or in work; empty without one."""
    alike = yield from alike_article(content, texts, suggestion, addition.question)
    if alike is not None and not alike.own:
        return alike.told(texts)
    (known,) = yield from answered_now(content, texts, [suggestion])
    return known


def _questions(revision: ArticleRevision) -> list[str]:
    return [line for text in revision.texts for line in (text.title, *text.phrasings) if line.strip()]


def publish_suggestion(event: Event, content: Content) -> Flow:
    """Publish an approved answer as an article, where the editor's word counts; a faulty one becomes a draft.

    With an article that has the question already, another press is needed.
    A minute later it is tried, and editors and helper hear what Heia answers.
    """
    editor = yield from editor_of(event, content)
    texts = content.texts[editor.language]
    id_ = str(event.pressed.text("suggestion_id"))
    suggestion = yield from find(Suggestion, id_)
    addition = yield from find(Addition, id_)
    if suggestion is None or addition is None or addition.municipality_id != editor.municipality_id:
        return refusal(event, texts, "unknown", id_)
    if addition.article_id is not None or addition.undone_at is not None:
        return do(Notice(text=texts("article.suggestion_done")))
    addition, noted = _as_written(event, texts, addition)
    sure = event.pressed.text("sure") == "true"
    known = "" if sure else (yield from known_already(content, texts, suggestion, addition))
    if known:
        card = suggestion_cards.suggestion(content, texts, suggestion, addition, known=known)
        shown = card_effect(event, editor.id, f"suggestion/{id_}", card)
        return noted + do(shown, Notice(text=f"{known}\n{texts('suggestion.publish_sure')}"))
    target = yield from _new_target(event, content, editor, addition)
    title = str(event.pressed.text("title")).strip()[:LONGEST_HEADING] or addition.heading
    written = _article(target, addition, title)
    faults = [problem for problem in problems_of(written, content, today=target.today) if not problem.notice]
    if faults:
        _, saved = yield from save_draft(target, written)
        told = f"{listed(target, faults)}\n{texts('article.suggestion_draft', key=target.head.id)}"
        return noted + saved + do(Notice(text=told))
    _, published = yield from publish_revision(target, written, addition=addition)
    told = texts("article.suggestion_published", title=written.heading(texts.language))
    return noted + published + do(Notice(text=told))


def undo_suggestion(event: Event, content: Content) -> Flow:
    """Undo an approval, and take back the article that was published from it."""
    undone = yield from undo_approval(event, content)
    addition = yield from find(Addition, str(event.pressed.text("suggestion_id")))
    if not undone.writes or addition is None or addition.article_id is None:
        return undone
    editor = yield from editor_of(event, content)
    for place in (None, addition.municipality_id):
        head = yield from find(ArticleHead, article_key(addition.article_id, place))
        live = yield from revision_of(head.live_id if head else None)
        if live is not None and live.suggestion_id == addition.id:
            target = yield from found_target(event, content, addition.article_id, place, editor=editor)
            undone += yield from withdraw_live(target, live)
    return undone


def _new_target(event: Event, content: Content, editor: Person, addition: Addition) -> Asking[EditTarget]:
    """Return an article that is not there yet, with an id made of the question."""
    everywhere = content.organisation.provides(addition.municipality_id)
    place = None if everywhere else addition.municipality_id
    # Not made of the question: an address would outlive the person's words.
    name = slug(str(event.pressed.text("title"))) or "svar"
    taken = {*content.articles.ids(), *content.files.ids(), *content.actions.actions}
    for number in range(1, 1000):
        id_ = name if number == 1 else f"{name[: MAX_ID - 4]}-{number}"
        head = yield from find(ArticleHead, article_key(id_, place))
        draft = yield from revision_of(head.draft_id if head else None)
        # The draft of an earlier press goes on.
        if (head is None and id_ not in taken) or (draft is not None and draft.suggestion_id == addition.id):
            return (yield from found_target(event, content, id_, place, editor=editor))
    raise AssertionError("unreachable")


def _as_written(event: Event, texts: Texts, addition: Addition) -> tuple[Addition, Decision]:
    """Return the addition with the form's question and answer, if it has them, and a note if they were masked."""
    words = {"question": addition.question, "answer": addition.answer}
    written = {name: event.pressed.text(name) for name in words.keys() & event.pressed.data.keys()}
    noted = do(*masked_notes(event, texts, *written.values()))
    words |= {name: text[:MAX_LETTERS].strip() for name, text in written.items()}
    return replace(addition, question=words["question"] or addition.question, answer=words["answer"]), noted


def _article(target: EditTarget, addition: Addition, title: str) -> ArticleRevision:
    place = target.content.organisation.municipalities.get(addition.municipality_id)
    text = ArticleText(
        language=addition.language,
        title=title,
        answer=addition.answer,
        phrasings=(" ".join(addition.question.split()),),
        source_title=place.names.text(addition.language) if place else "",
    )
    return ArticleRevision(
        id="",
        article_id=target.article_id,
        municipality_id=target.municipality_id,
        number=0,
        state=RevisionState.DRAFT,
        texts=(text,),
        new=target.municipality_id is None,
        changed=target.today,
        review_by=target.today + REVIEWED_AGAIN,
        owner_id=target.event.person_id,
        by=target.event.person_id,
        made_at=target.event.at,
        suggestion_id=addition.id,
    )


VERBS: Final[Verbs] = {
    "article.publish_suggestion": WithFreshProof(publish_suggestion, pressed_by_editor),
    "editor.undo": undo_suggestion,
}
