"""An editor's card of a suggestion."""

from dialogs.core import card
from dialogs.core.content import Content
from dialogs.core.message import Message
from dialogs.core.texts import Texts
from dialogs.handoff.addition import LONGEST_HEADING, Addition, AdditionResult
from dialogs.handoff.cards import MAX_LETTERS
from dialogs.handoff.suggestion import Suggestion, Verdict


def suggestion(
    content: Content, texts: Texts, proposed: Suggestion, addition: Addition | None, *, known: str = ""
) -> Message:
    """Return the card for the current verdict and, after an approval, for its outcome.

    Args:
        known: what the editors have on the same question already; publishing then takes another press.
    """
    title = heading_of(content, texts, proposed, addition)
    shown = body(content, texts, proposed)
    if known:
        shown.insert(0, card.status(known, style="warning"))
    pressed: list[card.Element] = []
    if proposed.verdict is Verdict.WAITING:
        # A doubted one has its fields behind the button that approves it.
        shown = shown if proposed.doubted else [*shown, *_words(texts, proposed)]
        pressed = actions(texts, proposed, words=True)
    elif addition is not None and addition.undone_at is None:
        pressed = [card.press(texts("suggestion.undo"), "editor.undo", suggestion_id=proposed.id)]
        if addition.article_id is None:
            shown = [*shown, *_article_fields(texts, addition)]
            pressed = [_publish(texts, proposed, known), *pressed]
    return Message(text=f"{title} {proposed.question}", card=card.card([card.heading(title), *shown], pressed))


def body(content: Content, texts: Texts, proposed: Suggestion) -> list[card.Element]:
    """Return question, answer, and their target."""
    shown = [card.small(texts("suggestion.question")), card.quote(proposed.question)]
    if proposed.doubted and proposed.verdict is not Verdict.REJECTED:
        doubt = "suggestion.doubted" if proposed.verdict is Verdict.WAITING else "suggestion.doubted_after"
        shown.insert(0, card.status(texts(doubt), style="warning"))
    for key, article_id in (("missed", proposed.missed_article_id), ("phrasing", proposed.article_id)):
        if article_id:
            title = _title(content, texts, article_id, proposed)
            shown.append(card.paragraph(texts(f"suggestion.{key}", title=title)))
    place = content.organisation.municipalities.get(proposed.proposed_in or "")
    if place is not None:
        shown.append(card.small(texts("suggestion.proposed_in", place=place.names.text(texts.language))))
    if proposed.article_id:
        others = set(content.organisation.municipalities) - {proposed.municipality_id}
        if any(
            content.articles.get(proposed.article_id, texts.language, municipality_id)
            for municipality_id in sorted(others)
        ):
            everywhere = content.organisation.provides(proposed.municipality_id)
            shown.append(card.small(texts("suggestion.for_all" if everywhere else "suggestion.for_own")))
    if proposed.answer:
        shown += [card.small(texts("suggestion.answer")), card.quote(proposed.answer)]
    return shown


def actions(texts: Texts, proposed: Suggestion, *, words: bool) -> list[card.Element]:
    """Return the editor's buttons: a doubted suggestion takes two presses.

    Args:
        words: whether fields for editing go along; a list has none, since two fields would share a name.
    """
    reject = card.press(texts("suggestion.reject"), "editor.reject", checks=False, suggestion_id=proposed.id)
    if not proposed.doubted:
        return [
            card.press(texts("suggestion.approve"), "editor.approve", primary=True, suggestion_id=proposed.id),
            reject,
        ]
    anyway = card.press(texts("suggestion.approve_anyway"), "editor.approve", suggestion_id=proposed.id, sure="true")
    warning = card.paragraph(texts("suggestion.doubted"))
    inner = card.card([warning, *(_words(texts, proposed) if words else ())], [anyway])
    return [card.reveal(texts("suggestion.approve"), inner), reject]


def _words(texts: Texts, proposed: Suggestion) -> list[card.Element]:
    """Return input fields with the current texts, for editing before approval."""
    label, required = texts("suggestion.edit_question"), texts("suggestion.required")
    fields = [
        card.write("question", label, value=proposed.question, multiline=True, required=required, most=MAX_LETTERS),
    ]
    if proposed.article_id is None:
        label = texts("suggestion.edit_answer")
        fields.append(card.write("answer", label, value=proposed.answer, multiline=True, most=MAX_LETTERS))
    return fields


def _publish(texts: Texts, proposed: Suggestion, known: str) -> card.Element:
    verb = "article.publish_suggestion"
    if known:
        return card.press(texts("suggestion.publish_anyway"), verb, suggestion_id=proposed.id, sure="true")
    return card.press(texts("suggestion.publish"), verb, primary=True, suggestion_id=proposed.id)


def _article_fields(texts: Texts, addition: Addition) -> list[card.Element]:
    """Return the inputs of the article: its title, and an answer if there is none yet."""
    label, required = texts("suggestion.edit_title"), texts("suggestion.title_required")
    fields = [card.write("title", label, value=addition.heading, required=required, most=LONGEST_HEADING)]
    if not addition.answer:
        fields.append(card.write("answer", texts("suggestion.edit_answer"), multiline=True, most=MAX_LETTERS))
    return fields


def heading_of(content: Content, texts: Texts, proposed: Suggestion, addition: Addition | None) -> str:
    """Return the heading for the verdict and its outcome."""
    return texts(f"suggestion.title.{_title_key(proposed, addition)}", winner=_winner(content, texts, addition))


def _title_key(proposed: Suggestion, addition: Addition | None) -> str:
    if addition is None:
        if proposed.is_gap and proposed.verdict is Verdict.WAITING:
            return "gap" if proposed.missed_article_id else "gap_unanswered"
        if proposed.proposed_in and proposed.verdict is Verdict.WAITING:
            return "proposed"
        return proposed.verdict
    if addition.undone_at is not None:
        return "undone"
    if addition.article_id is None:
        return "draft"
    return "approved" if addition.result is AdditionResult.ANSWERS else addition.result


def _title(content: Content, texts: Texts, article_id: str, proposed: Suggestion) -> str:
    article = content.articles.get(article_id, texts.language, proposed.municipality_id)
    return article.title if article else article_id


def _winner(content: Content, texts: Texts, addition: Addition | None) -> str:
    if addition is None or addition.winner_id is None:
        return ""
    article = content.articles.get(addition.winner_id, texts.language, addition.municipality_id)
    return card.unmarked(article.title if article else addition.winner_id)
