"""Work on a case before its decision: reading it, comments, the risk assessment, and more time."""

from dataclasses import replace
from datetime import UTC, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from dialogs.availability.registry import today
from dialogs.core.content import Content
from dialogs.core.decision import Audit, Notice, do, later, put
from dialogs.core.event import Event
from dialogs.core.feature import Verbs
from dialogs.core.query import Asking, Flow, find, find_all
from dialogs.core.speaker import Speaker, answer, speaker_of
from dialogs.rollout.software.decide import cards
from dialogs.rollout.software.decide.case import DUE_VERB, answered_with_case, due_key, update_cases
from dialogs.rollout.software.form import day_of, line_of, link_of, refused, text_of
from dialogs.rollout.software.model import (
    LONGEST_REPORT,
    MAX_COMMENTS,
    Application,
    ProgramState,
    ReviewComment,
)
from dialogs.rollout.software.reviewers import DECIDERS, may_decide

MAX_LISTED: Final = 20
# When a day ends for a case.
END_OF_DAY: Final = time(15)


def open_case(event: Event, content: Content) -> Flow:
    """Show one application to a reviewer or a manager of its municipality."""
    speaker = yield from speaker_of(event, content)
    application = yield from find(Application, str(event.pressed.text("application_id")))
    if application is None or not _may_read(content, speaker, application):
        return do(Notice(text=speaker.texts("ask.old_card")))
    return (yield from answered_with_case(event, content, application, speaker))


def queue(event: Event, content: Content) -> Flow:
    """List the pending applications that the person decides on, oldest first."""
    speaker = yield from speaker_of(event, content)
    person = speaker.person
    if not person.has(*DECIDERS):
        return do(Notice(text=speaker.texts("software.not_allowed")))
    waiting = yield from find_all(Application, f"{ProgramState.WAITING}@{person.municipality_id}")
    own = [
        application
        for application in waiting
        if may_decide(content, person, application.municipality_id, application.sector)
    ]
    oldest = sorted(own, key=lambda application: (application.applied_at, application.id))
    return answer(event, "software", cards.queue(speaker.texts, oldest[:MAX_LISTED]), speaker.texts)


def comment(event: Event, content: Content) -> Flow:
    """Add a comment for the other reviewers."""
    speaker = yield from speaker_of(event, content)
    application = yield from _pending_case(event, content, speaker)
    text = line_of(event, speaker.texts, "comment", needed="software.comment_needed")
    if len(application.comments) >= MAX_COMMENTS:
        raise refused(speaker.texts, "software.enough_comments", number=MAX_COMMENTS)
    said = ReviewComment(by=speaker.person.id, text=text, at=event.at)
    changed = replace(application, comments=(*application.comments, said))
    return (yield from _case_changed(event, content, changed, speaker, "software.commented"))


def attach_report(event: Event, content: Content) -> Flow:
    """Attach the note of the risk assessment and the data protection impact assessment, or a link to it."""
    speaker = yield from speaker_of(event, content)
    application = yield from _pending_case(event, content, speaker)
    report = text_of(event, speaker.texts, "report", most=LONGEST_REPORT)
    link = link_of(event, speaker.texts, "report_link")
    if not report and not link:
        raise refused(speaker.texts, "software.report_needed")
    changed = replace(application, report=report, report_link=link)
    return (yield from _case_changed(event, content, changed, speaker, "software.reported"))


def set_deadline(event: Event, content: Content) -> Flow:
    """Move the day by which a case is decided, and so the time when others are called in."""
    speaker = yield from speaker_of(event, content)
    application = yield from _pending_case(event, content, speaker)
    day = day_of(event, speaker.texts, "due", today=today(content, application.municipality_id, event.at))
    if day is None:
        raise refused(speaker.texts, "software.bad_date", field=speaker.texts("software.deadline_new"))
    municipality = content.organisation.municipalities[application.municipality_id]
    zone = ZoneInfo(municipality.office_hours.timezone)
    due_at = datetime.combine(day, END_OF_DAY, tzinfo=zone).astimezone(UTC)
    due = do(later(due_key(application.id), due_at, DUE_VERB, application_id=application.id))
    changed = replace(application, due_at=due_at, missed_due_at=None, escalations=0)
    return due + (yield from _case_changed(event, content, changed, speaker, "software.deadline_set"))


def case_of_reviewer(event: Event, content: Content, speaker: Speaker) -> Asking[Application]:
    """Return the pressed application, if the speaker decides on it and has not sent it. Raises EventRefused."""
    application = yield from find(Application, str(event.pressed.text("application_id")))
    if application is None or not may_decide(content, speaker.person, application.municipality_id, application.sector):
        raise refused(speaker.texts, "ask.old_card")
    refuse_own(speaker, application)
    return application


def refuse_own(speaker: Speaker, application: Application) -> None:
    """Raise EventRefused if the application is the speaker's own."""
    if application.person_id == speaker.person.id:
        raise refused(speaker.texts, "software.own_application")


def _pending_case(event: Event, content: Content, speaker: Speaker) -> Asking[Application]:
    application = yield from case_of_reviewer(event, content, speaker)
    if not application.pending:
        raise refused(speaker.texts, f"software.standing.{application.standing}")
    return application


def _case_changed(event: Event, content: Content, application: Application, speaker: Speaker, act: str) -> Flow:
    """Write a case, update its cards, and answer with it."""
    audit = Audit(act=act, subject=application.id, by=speaker.person.id)
    updated = yield from update_cases(event, content, application)
    return (
        put(application) + do(audit) + updated + (yield from answered_with_case(event, content, application, speaker))
    )


def _may_read(content: Content, speaker: Speaker, application: Application) -> bool:
    person = speaker.person
    manages = person.id in application.manager_ids and person.municipality_id == application.municipality_id
    return manages or may_decide(content, person, application.municipality_id, application.sector)


VERBS: Final[Verbs] = {
    "software.open": open_case,
    "software.list": queue,
    "software.comment": comment,
    "software.report": attach_report,
    "software.deadline": set_deadline,
}
