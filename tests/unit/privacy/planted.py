"""Records with a word of its own in each field that a person writes, and where each word may be looked for."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from dialogs.ambassadors.application import AmbassadorApplication
from dialogs.ambassadors.tips import Tip
from dialogs.announce.model import Announcement, AnnouncementState, Audience, Wording
from dialogs.core.data_request import DataRequest, DataRequestKind, DataRequestState
from dialogs.core.person import Person
from dialogs.core.question import Question
from dialogs.core.record import Record
from dialogs.core.web_utterance import WebUtterance
from dialogs.editing.model import ArticleHead, ArticleRevision
from dialogs.editing.unsaved import UnsavedArticle
from dialogs.handoff.addition import Addition
from dialogs.handoff.draft import Draft, Unsent
from dialogs.handoff.model import Handoff
from dialogs.handoff.outcome import HandoffOutcome
from dialogs.handoff.suggestion import Suggestion, Verdict
from dialogs.handoff.transitions import HistoryEntry, Transition
from dialogs.handoff.undo import HeldAct
from dialogs.insight.model import end_of, last_closed_week
from dialogs.insight.suppression import Band
from dialogs.rehearsal.model import ChangedGroup, Rehearsal, RehearsalState, SeenOutcome, TestQuestion
from dialogs.rehearsal.verdict import Change
from dialogs.rollout.software.model import Application
from dialogs.unanswered.model import ThemeAct, ThemeDecision
from dialogs.unanswered.theme import Theme, ThemeWeek
from knowledge.article.article import Article, Language
from knowledge.matching.policy import OutcomeKind

NB: Final = Language.NB


def word(field: str) -> str:
    """Return the planted word of a field: one no content has."""
    return "zq" + "".join(letter for letter in field if letter.isalpha())


def planted(asker: Person, helper: Person, editor: Person, article: Article, *, now: datetime) -> Iterator[Record]:
    """Yield the records of one municipality; ``asker`` wrote, ``helper`` answered, ``editor`` decided."""
    place, at = asker.municipality_id or "", now - timedelta(days=5)
    unit = asker.unit_id or ""
    for number in range(6):
        yield Question(
            id=f"question-{number}",
            person_id=asker.id,
            municipality_id=place,
            utterance=f"{word('question.utterance')} her",
            told=word("question.told"),
            language=NB,
            outcome=OutcomeKind.HAND_OVER,
            asked_at=at,
        )
    yield WebUtterance(said_id="said-1", person_id=asker.id, text=word("web_utterance.text"), at=at)
    yield Unsent(id=asker.id, text=word("unsent.text"), at=at)
    yield Draft(id="draft-1", asker_id=asker.id, question=word("handoff_draft.question"), created_at=at)
    yield HeldAct(
        id="handoff-2/held",
        person_id=helper.id,
        handoff_id="handoff-2",
        verb="handoff.resolve",
        data={"answer": word("held_act.data")},
        pressed_in="web:1",
        changed_before=at,
        due_at=at,
    )
    yield UnsavedArticle(
        id=f"wifi/{helper.id}", person_id=helper.id, data={"answer_nb": word("unsaved_article.data")}, at=at
    )
    handoff = Handoff(
        id="handoff-1",
        asker_id=asker.id,
        municipality_id=place,
        unit_id=unit,
        language=NB,
        question=word("handoff.question"),
        history=(HistoryEntry(at=at, what=Transition.ASKED, by=asker.id),),
        created_at=at,
        changed_at=at,
    )
    yield handoff.escalate((), at, until=now + timedelta(days=1))
    taken = replace(handoff, id="handoff-2").offer(helper.id, at, until=now).accept(helper.id, at, until=now)
    yield taken
    solved = replace(taken, id="handoff-3", outcome=HandoffOutcome()).resolve(
        at, by=helper.id, answer=word("handoff.answer"), until=now
    )
    yield solved
    shown = Suggestion(
        id="gap-question-0",
        municipality_id=place,
        handoff_id="",
        language=NB,
        question=f"{word('suggestion.question')} her igjen",
        answer=word("suggestion.answer"),
        by=asker.id,
        created_at=at,
    )
    yield shown
    yield replace(shown, id="suggestion-2", handoff_id="handoff-3", verdict=Verdict.APPROVED, question="annet her nå")
    yield Addition(
        id="suggestion-2",
        municipality_id=place,
        handoff_id="handoff-3",
        language=NB,
        question=f"{word('addition.question')} her igjen",
        answer=word("addition.answer"),
        added_by=editor.id,
        added_at=at,
    )
    yield TestQuestion(
        id="test-gap-question-0",
        municipality_id=place,
        utterance=word("test_question.utterance"),
        language=NB,
        suggestion_id="gap-question-0",
        by=editor.id,
        at=at,
    )
    yield from _of_editors(place, editor, article, now=now)
    yield from _of_applicants(asker, helper, place, at)


def _of_editors(place: str, editor: Person, article: Article, *, now: datetime) -> Iterator[Record]:
    at, week = now - timedelta(days=1), last_closed_week(now)
    theme = Theme(
        entry_id=article.id, sentence="setningen som følger med", language=NB, terms=("ordet",), people=Band.FEW
    )
    yield ThemeWeek(municipality_id=place, week=week, themes=(theme,), ended_at=end_of(week))
    yield ThemeDecision(
        id="theme-1",
        municipality_id=place,
        act=ThemeAct.SERVICE_DESK,
        theme=replace(theme, terms=("noe",), entry_id="annet"),
        reason=word("theme_decision.reason"),
        by=editor.id,
        at=at,
    )
    text = replace(article, title=f"{article.title} {word('article_revision.texts')}", municipality_id=place)
    draft = ArticleRevision.from_articles([text], id="draft-9", number=1, by=editor.id, at=at)
    key = f"{article.id}@{place}"
    yield replace(draft, municipality_id=place, reason=word("article_revision.reason"))
    yield ArticleHead(id=key, article_id=article.id, municipality_id=place, number=1, draft_id="draft-9")
    changed = ChangedGroup(
        change=Change.WORSE,
        before=SeenOutcome(kind=OutcomeKind.HAND_OVER),
        after=SeenOutcome(kind=OutcomeKind.ANSWER, entry_ids=(article.id,)),
        listed_ids=("gap-question-0", "test-gap-question-0"),
    )
    yield Rehearsal(
        id=f"draft-9/{place}",
        revision_id="draft-9",
        municipality_id=place,
        state=RehearsalState.DONE,
        groups=(changed, replace(changed, listed_ids=(), people=Band.FEW)),
        by=editor.id,
        begun_at=at,
        at=at,
    )
    yield Announcement(
        id="announcement-1",
        author_id=editor.id,
        municipality_id=place,
        desk="announce/desk/announcement-1",
        state=AnnouncementState.DRAFT,
        wordings={NB: Wording(title=word("announcement.wordings"), body="tekst")},
        audience=Audience(municipality_ids=frozenset({place})),
        created_at=at,
        changed_at=at,
    )


def _of_applicants(asker: Person, helper: Person, place: str, at: datetime) -> Iterator[Record]:
    yield Application(
        id="application-1",
        person_id=asker.id,
        municipality_id=place,
        program=word("software_application.program"),
        reason=word("software_application.reason"),
        applied_at=at,
        changed_at=at,
    )
    yield AmbassadorApplication(
        id=asker.id,
        municipality_id=place,
        unit_id=asker.unit_id or "",
        motive=word("ambassador_application.motive"),
        created_at=at,
    )
    week = last_closed_week(at + timedelta(days=7))
    yield Tip(id="tip-1", municipality_id=place, text=word("tip.text"), by=helper.id, week=week, created_at=at)
    yield DataRequest(
        id="request-1",
        municipality_id=place,
        person_id=asker.id,
        kind=DataRequestKind.EXPORT,
        state=DataRequestState.OPEN,
        reason=word("data_request.reason"),
        registered_by=helper.id,
        received_at=at,
        due_at=at + timedelta(days=30),
    )
