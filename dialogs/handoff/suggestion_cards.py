"""An editor's card of a suggestion."""

from dialogs.core import card
from dialogs.core.content import Content
from dialogs.core.message import Message
from dialogs.core.texts import Texts
from dialogs.handoff.addition import LONGEST_HEADING, Addition, AdditionResult
from dialogs.handoff.cards import MAX_LETTERS
from dialogs.handoff.suggestion import Suggestion, Verdict


def suggestion(
    content: Content, texts: Texts, found: Suggestion, addition: Addition | None, *, known: str = ""
) -> Message:
    """Return the card for the current verdict and, after an approval, for its outcome.

    Args:
        known: what the editors have on the same question already; publishing then takes another press.
    """
    title = heading_of(content, texts, found, addition)
    shown = body(content, texts, found)
    if known:
        shown.insert(0, card.status(known, style="warning"))
    pressed: list[card.Element] = []
    if found.verdict is Verdict.WAITING:
        # A doubted one has its fields behind the button that approves it.
        shown = shown if found.doubted else [*shown, *_words(texts, found)]
        pressed = actions(texts, found, words=True)
    elif addition is not None and addition.undone_at is None:
        pressed = [card.press(texts("suggestion.undo"), "editor.undo", suggestion_id=found.id)]
        if addition.article_id is None:
            shown = [*shown, *_article_fields(texts, addition)]
            pressed = [_publish(texts, found, known), *pressed]
    return Message(text=f"{title} {found.question}", card=card.card([card.heading(title), *shown], pressed))


def body(content: Content, texts: Texts, found: Suggestion) -> list[card.Element]:
    """Return question, answer, and their target."""
    shown = [card.small(texts("suggestion.question")), card.quote(found.question)]
    if found.doubted and found.verdict is not Verdict.REJECTED:
        doubt = "suggestion.doubted" if found.verdict is Verdict.WAITING else "suggestion.doubted_after"
        shown.insert(0, card.status(texts(doubt), style="warning"))
    for key, article_id in (("missed", found.missed_article_id), ("phrasing", found.article_id)):
        if article_id:
            title = _title(content, texts, article_id, found)
            shown.append(card.paragraph(texts(f"suggestion.{key}", title=title)))
    place = content.organisation.municipalities.get(found.proposed_in or "")
    if place is not None:
        shown.append(card.small(texts("suggestion.proposed_in", place=place.names.text(texts.language))))
    if found.article_id:
        others = set(content.organisation.municipalities) - {found.municipality_id}
        if any(
            content.articles.get(found.article_id, texts.language, municipality_id)
            for municipality_id in sorted(others)
        ):
            everywhere = content.organisation.provides(found.municipality_id)
            shown.append(card.small(texts("suggestion.for_all" if everywhere else "suggestion.for_own")))
    if found.answer:
        shown += [card.small(texts("suggestion.answer")), card.quote(found.answer)]
    return shown


def actions(texts: Texts, found: Suggestion, *, words: bool) -> list[card.Element]:
    """Return the editor's buttons: a doubted suggestion takes two presses.

    Args:
        words: whether fields for editing go along; a list has none, since two fields would share a name.
    """
    reject = card.press(texts("suggestion.reject"), "editor.reject", checks=False, suggestion_id=found.id)
    if not found.doubted:
        return [card.press(texts("suggestion.approve"), "editor.approve", primary=True, suggestion_id=found.id), reject]
    anyway = card.press(texts("suggestion.approve_anyway"), "editor.approve", suggestion_id=found.id, sure="true")
    warning = card.paragraph(texts("suggestion.doubted"))
    inner = card.card([warning, *(_words(texts, found) if words else ())], [anyway])
    return [card.reveal(texts("suggestion.approve"), inner), reject]


def _words(texts: Texts, found: Suggestion) -> list[card.Element]:
    """Return input fields with the current texts, for editing before approval."""
    label, required = texts("suggestion.edit_question"), texts("suggestion.required")
    fields = [
        card.write("question", label, value=found.question, multiline=True, required=required, most=MAX_LETTERS),
    ]
    if found.article_id is None:
        label = texts("suggestion.edit_answer")
        fields.append(card.write("answer", label, value=found.answer, multiline=True, most=MAX_LETTERS))
    return fields


def _publish(texts: Texts, found: Suggestion, known: str) -> card.Element:
    verb = "article.publish_suggestion"
    if known:
        return card.press(texts("suggestion.publish_anyway"), verb, suggestion_id=found.id, sure="true")
    return card.press(texts("suggestion.publish"), verb, primary=True, suggestion_id=found.id)


def _article_fields(texts: Texts, addition: Addition) -> list[card.Element]:
    """Return the inputs of the article: its title, and an answer if there is none yet."""
    label, required = texts("suggestion.edit_title"), texts("suggestion.title_required")
    fields = [card.write("title", label, value=addition.heading, required=required, most=LONGEST_HEADING)]
    if not addition.answer:
        fields.append(card.write("answer", texts("suggestion.edit_answer"), multiline=True, most=MAX_LETTERS))
    return fields


def heading_of(content: Content, texts: Texts, found: Suggestion, addition: Addition | None) -> str:
    """Return the heading for the verdict and its outcome."""
    return texts(f"suggestion.title.{_title_key(found, addition)}", winner=_winner(content, texts, addition))


def _title_key(found: Suggestion, addition: Addition | None) -> str:
    if addition is None:
        if found.is_gap and found.verdict is Verdict.WAITING:
            return "gap" if found.missed_article_id else "gap_unanswered"
        if found.proposed_in and found.verdict is Verdict.WAITING:
            return "proposed"
        return found.verdict
    if addition.undone_at is not None:
        return "undone"
    if addition.article_id is None:
        return "draft"
    return "approved" if addition.result is AdditionResult.ANSWERS else addition.result


def _title(content: Content, texts: Texts, article_id: str, found: Suggestion) -> str:
    article = content.articles.get(article_id, texts.language, found.municipality_id)
    return article.title if article else article_id


def _winner(content: Content, texts: Texts, addition: Addition | None) -> str:
    if addition is None or addition.winner_id is None:
        return ""
    article = content.articles.get(addition.winner_id, texts.language, addition.municipality_id)
    return card.unmarked(article.title if article else addition.winner_id)
