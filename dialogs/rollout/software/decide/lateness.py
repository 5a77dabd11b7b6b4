"""Escalation of late steps, to contacts and then to administrators."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from dialogs.core.content import Content
from dialogs.core.decision import NOTHING, Audit, do
from dialogs.core.event import Event
from dialogs.core.feature import Verbs
from dialogs.core.person import Person, Role
from dialogs.core.query import Flow, find, find_all
from dialogs.rollout.software.decide.case import DUE_VERB, begin_step, update_cases
from dialogs.rollout.software.model import Application
from dialogs.rollout.software.reviewers import forum_of, overseers_of

# The contacts first, then the administrators; after that the case stays in their lists.
MAX_ESCALATIONS: Final = 2


def escalate(event: Event, content: Content) -> Flow:
    """Show a late case to the overseers of the municipality's applications."""
    application = yield from find(Application, event.rang.data.get("application_id", ""))
    if application is None or not application.pending or application.escalations >= MAX_ESCALATIONS:
        return NOTHING
    if application.due_at is None or application.due_at > event.at:
        return NOTHING
    count = application.escalations + 1
    if count == 1:
        people = yield from overseers_of(application.municipality_id, besides=application.person_id)
    else:
        admins = yield from find_all(Person, f"role:{Role.ADMIN}@{application.municipality_id}")
        people = tuple(admin for admin in admins if admin.id != application.person_id)
    again = None if count == MAX_ESCALATIONS else event.at + timedelta(days=_days(content, application))
    missed = application.missed_due_at or application.due_at
    late = replace(application, escalations=count, due_at=again, missed_due_at=missed)
    sent, begun = yield from begin_step(event, content, late, people)
    told = {person.id for person in people}
    others = replace(sent, shown_to=tuple(id_ for id_ in sent.shown_to if id_ not in told))
    details = (("times", str(count)), ("people", str(len(told))))
    audit = Audit(act="software.escalated", subject=sent.id, by="clock", details=details)
    return begun + (yield from update_cases(event, content, others)) + do(audit)


def _days(content: Content, application: Application) -> int:
    return forum_of(content, application.sector).manager_days


TIMERS: Final[Verbs] = {DUE_VERB: escalate}
