"""Question flow: from an utterance to an answer, choice or offer."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from dialogs.announce.model import Announcement
from dialogs.announce.reader import asked_about
from dialogs.ask import cards
from dialogs.ask.kept import kept
from dialogs.core.article_view import applies_to
from dialogs.core.content import Content
from dialogs.core.decision import NOTHING, Decision, Notice, Reply, do, put
from dialogs.core.event import Event
from dialogs.core.feature import Feature, Verbs
from dialogs.core.message import Message
from dialogs.core.person import Person, Role
from dialogs.core.query import Asking, Flow, find, match, new_id
from dialogs.core.question import Question
from dialogs.core.session import Session, session_of
from dialogs.core.texts import Texts
from dialogs.core.web_utterance import WebUtterance
from knowledge.article.article import Article, Language
from knowledge.language.identify import favours_one_variety
from knowledge.language.masking import Secret
from knowledge.language.smalltalk import SmallTalk, small_talk_languages
from knowledge.language.text import clean
from knowledge.matching.followup import depends_on_previous
from knowledge.matching.matcher import Match
from knowledge.matching.policy import Outcome, OutcomeKind

ENOUGH_WORDS: Final = 3
# Additional help sentences for people with one of the roles.
ROLE_HELP: Final[Mapping[str, frozenset[Role]]] = {
    "ask.help.ambassador": frozenset({Role.AMBASSADOR}),
    "ask.help.announcer": frozenset({Role.ANNOUNCER}),
    "ask.help.editor": frozenset({Role.EDITOR}),
    "ask.help.decider": frozenset({Role.CONTACT, Role.ADMIN}),
    "ask.help.officer": frozenset({Role.DPO}),
}
SUGGESTED: Final = ("rollout-when", "ambassador-role", "help-centre")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asker:
    """The asker, with the language of this answer."""

    id: str
    person: Person | None
    session: Session
    language: Language
    texts: Texts

    @property
    def municipality_id(self) -> str | None:
        return self.person.municipality_id if self.person else None


def ask(event: Event, content: Content) -> Flow:
    """Answer an utterance, or reply to small talk."""
    masked = event.said.utterance
    person = yield from find(Person, event.person_id)
    session = yield from session_of(event.person_id, event.at)
    matched = yield from match(
        masked,
        previous_article_id=session.article_id,
        municipality_id=person.municipality_id if person else None,
    )
    outcome = content.policy.outcome(matched)
    about = yield from asked_about(session, person, event, content)
    asker = _asker(event, content, person, session, matched)
    learned = _learn_language(asker, matched)
    if outcome.kind is OutcomeKind.SMALL_TALK and matched.small_talk is not None:
        message = _small_talk(asker.texts, content, matched.small_talk)
        if masked.found:
            message = cards.masking(asker.texts, masked.found, message)
        return learned + do(Reply(slot=f"ask/{event.id}", message=message))
    # A follow-up to an announcement must not be answered from an unrelated article.
    if about is not None and (outcome.kind is not OutcomeKind.ANSWER or depends_on_previous(masked)):
        outcome = Outcome(kind=OutcomeKind.HAND_OVER, confidence=outcome.confidence, candidates=outcome.candidates)
    question = Question(
        id=(yield from new_id("q")),
        person_id=event.person_id,
        municipality_id=asker.municipality_id,
        utterance=masked[:2000],
        language=asker.language,
        outcome=outcome.kind,
        article_id=outcome.article_id,
        confidence=round(outcome.confidence, 4),
        candidates=tuple(candidate.article_id for candidate in outcome.candidates),
        announcement_id=about.id if about else None,
        images=tuple(each.id for each in event.said.attachments if each.refused is None),
        asked_at=event.at,
    )
    message = _answer_question(asker, content, question, outcome, about=about, masked=masked.found)
    if question.images:
        message = cards.with_image_unread(asker.texts, message)
    thread = _thread(session, about, outcome, event)
    stored = yield from kept(question, thread)
    return learned + stored + do(Reply(slot=f"ask/{question.id}", message=message))


def pick(event: Event, content: Content) -> Flow:
    """Answer with the chosen candidate, and store it as the question's meaning."""
    question = yield from _own_question(event)
    asker = yield from _presser(event, content)
    article_id = event.pressed.text("article_id")
    # Only articles that were offered: the id comes from the client's card.
    article = _article(asker, content, article_id) if question and article_id in question.candidates else None
    if question is None or article is None:
        return do(Notice(text=asker.texts("ask.old_card")))
    chosen = replace(question, article_id=article.id, outcome=OutcomeKind.ANSWER)
    message = cards.answered(
        asker.texts,
        article,
        question_id=question.id,
        applies_to=applies_to(asker.texts, content, article),
        masked=frozenset(),
    )
    thread = replace(asker.session, article_id=article.id, announcement_id=None, changed_at=event.at)
    return put(chosen, thread) + do(Reply(slot=f"ask/{question.id}", message=message))


def none_of_these(event: Event, content: Content) -> Flow:
    """Offer a colleague after all candidates were rejected."""
    question = yield from _own_question(event)
    asker = yield from _presser(event, content)
    if question is None:
        return do(Notice(text=asker.texts("ask.old_card")))
    missed = replace(question, article_id=None, outcome=OutcomeKind.HAND_OVER)
    message = cards.unknown(asker.texts, question_id=question.id, masked=frozenset())
    return put(missed) + do(Reply(slot=f"ask/{question.id}", message=message))


def other(event: Event, content: Content) -> Flow:
    """Treat the question as unrelated to the announcement.

    The reply lists the matching articles, or offers a colleague.
    """
    question = yield from _own_question(event)
    asker = yield from _presser(event, content)
    if question is None or question.announcement_id is None:
        return do(Notice(text=asker.texts("ask.old_card")))
    shown = [article for id_ in question.candidates if (article := _article(asker, content, id_))]
    freed = replace(question, announcement_id=None, outcome=OutcomeKind.CLARIFY if shown else OutcomeKind.HAND_OVER)
    if shown:
        message = cards.clarify(asker.texts, shown, question_id=question.id, masked=frozenset())
    else:
        message = cards.unknown(asker.texts, question_id=question.id, masked=frozenset())
    thread = replace(asker.session, announcement_id=None, changed_at=event.at)
    return put(freed, thread) + do(Reply(slot=f"ask/{question.id}", message=message))


def helped(event: Event, content: Content) -> Flow:
    """Store that the answer helped, and say thanks once."""
    question = yield from _own_question(event)
    asker = yield from _presser(event, content)
    article = _article(asker, content, question.article_id) if question and question.article_id else None
    if question is None or article is None:
        return do(Notice(text=asker.texts("ask.old_card")))
    if question.helped:
        return do(Notice(text=asker.texts("ask.thanks_helped")))
    message = cards.answered_with_thanks(asker.texts, article, question_id=question.id, helped=True)
    return put(replace(question, helped=True)) + do(Reply(slot=f"ask/{question.id}", message=message))


def suggest(event: Event, content: Content) -> Flow:
    """Show help with example questions, and help for the person's roles."""
    asker = yield from _presser(event, content)
    roles = asker.person.roles if asker.person else frozenset()
    keys = ["ask.help", *(key for key, holders in ROLE_HELP.items() if holders & roles)]
    return do(Reply(slot=f"ask/{event.id}", message=_with_suggestions(asker.texts, content, *keys)))


VERBS: Final[Verbs] = {
    "ask.pick": pick,
    "ask.none": none_of_these,
    "ask.other": other,
    "ask.helped": helped,
    "ask.suggest": suggest,
}


def _thread(session: Session, about: Announcement | None, outcome: Outcome, event: Event) -> Session:
    """Return the session with the context for short follow-up questions."""
    # The context is the article just shown; without one the previous context stays.
    if outcome.article_id is not None:
        return replace(session, article_id=outcome.article_id, announcement_id=None, changed_at=event.at)
    return replace(session, announcement_id=about.id if about else None, changed_at=event.at)


def _asker(event: Event, content: Content, person: Person | None, session: Session, matched: Match) -> _Asker:
    chosen = Language.from_code(matched.language)
    if person is not None and (
        person.language_chosen or not _shows_language(event.said.utterance, chosen, person.language)
    ):
        chosen = person.language
    spoken = small_talk_languages(clean(event.said.utterance)) if matched.small_talk else frozenset()
    if spoken and chosen not in spoken and not (person is not None and person.language_chosen):
        chosen = next(each for each in (Language.from_code(matched.language), *Language) if each in spoken)
    return _Asker(id=event.person_id, person=person, session=session, language=chosen, texts=content.texts[chosen])


def _presser(event: Event, content: Content) -> Asking[_Asker]:
    person = yield from find(Person, event.person_id)
    session = yield from session_of(event.person_id, event.at)
    language = person.language if person else Language.NB
    return _Asker(id=event.person_id, person=person, session=session, language=language, texts=content.texts[language])


def _learn_language(asker: _Asker, matched: Match) -> Decision:
    """Return the decision that adopts the language of the utterance."""
    # A chosen language stays. Small talk is too short to identify a language.
    person = asker.person
    if person is None or matched.small_talk or person.language == asker.language:
        return NOTHING
    return put(replace(person, language=asker.language))


def _shows_language(utterance: str, language: Language, usual: Language) -> bool:
    """Return whether the utterance proves a language other than the ``usual`` one."""
    # "Teams" and "citrix treg" are too short, and many phrases are the same in Bokmål and Nynorsk.
    if len(utterance.split()) < ENOUGH_WORDS:
        return False
    return Language.EN in (language, usual) or favours_one_variety(clean(utterance))


def _own_question(event: Event) -> Asking[Question | None]:
    """Return the question of the pressed card, if the presser asked it."""
    question = yield from find(Question, event.pressed.text("question_id"))
    return question if question and question.person_id == event.person_id else None


def _article(asker: _Asker, content: Content, article_id: str) -> Article | None:
    return content.articles.get(article_id, asker.language, asker.municipality_id)


def _answer_question(
    asker: _Asker,
    content: Content,
    question: Question,
    outcome: Outcome,
    *,
    about: Announcement | None,
    masked: frozenset[Secret],
) -> Message:
    article = _article(asker, content, outcome.article_id) if outcome.article_id else None
    if article is not None:
        return cards.answered(
            asker.texts,
            article,
            question_id=question.id,
            applies_to=applies_to(asker.texts, content, article),
            masked=masked,
        )
    if outcome.kind is OutcomeKind.CLARIFY:
        shown = [a for c in outcome.candidates if (a := _article(asker, content, c.article_id))]
        if shown:
            return cards.clarify(asker.texts, shown, question_id=question.id, masked=masked)
    if about is not None:
        return cards.about(asker.texts, about, question, masked=masked)
    return cards.unknown(asker.texts, question_id=question.id, masked=masked)


def _small_talk(texts: Texts, content: Content, said: SmallTalk) -> Message:
    if said in {SmallTalk.GREETING, SmallTalk.HELP, SmallTalk.BOT, SmallTalk.NOISE, SmallTalk.EMPTY}:
        return _with_suggestions(texts, content, f"ask.small_talk.{said}")
    return cards.said(texts, f"ask.small_talk.{said}")


def _with_suggestions(texts: Texts, content: Content, *keys: str) -> Message:
    titles = (content.articles.get(article_id, texts.language) for article_id in SUGGESTED)
    return cards.said(texts, *keys, suggestions=[article.title for article in titles if article])


FEATURE: Final = Feature(verbs=VERBS, records=(Question, WebUtterance))
