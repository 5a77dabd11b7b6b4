"""The manager's answer to an application, where the sector demands one."""

from datetime import timedelta
from typing import Final

from dialogs.core.content import Content
from dialogs.core.decision import Audit, do, never, put
from dialogs.core.event import Event
from dialogs.core.feature import Verbs
from dialogs.core.person import Person, Role
from dialogs.core.query import Asking, Flow, find
from dialogs.core.speaker import Speaker, speaker_of
from dialogs.rollout.software.decide.case import answered_with_case, begin_step, due_key, tell_applicant, update_cases
from dialogs.rollout.software.decide.reviewing import refuse_own
from dialogs.rollout.software.form import line_of, refused
from dialogs.rollout.software.model import Application
from dialogs.rollout.software.reviewers import OVERSEEING, forum_of, reviewers_of


def endorse(event: Event, content: Content) -> Flow:
    """Pass an application on to the reviewers."""
    speaker = yield from speaker_of(event, content)
    application = yield from _case_of_manager(event, speaker)
    word = line_of(event, speaker.texts, "word")
    due_at = event.at + timedelta(days=forum_of(content, application.sector).days)
    passed_on = application.endorse(by=speaker.person.id, word=word, at=event.at, due_at=due_at)
    updated = yield from update_cases(event, content, passed_on)
    people = yield from reviewers_of(
        content, application.municipality_id, application.sector, besides=application.person_id
    )
    sent, begun = yield from begin_step(event, content, passed_on, people)
    told = yield from tell_applicant(content, sent)
    audit = do(Audit(act="software.endorsed", subject=sent.id, by=speaker.person.id))
    return updated + begun + told + audit + (yield from answered_with_case(event, content, sent, speaker))


def turn_down(event: Event, content: Content) -> Flow:
    """Decline an application before it reaches the reviewers; nothing is decided about the program."""
    speaker = yield from speaker_of(event, content)
    application = yield from _case_of_manager(event, speaker)
    word = line_of(event, speaker.texts, "word", needed="software.manager_word_needed")
    declined = application.turn_down(by=speaker.person.id, word=word, at=event.at)
    audit = Audit(act="software.turned_down", subject=declined.id, by=speaker.person.id)
    updated = yield from update_cases(event, content, declined)
    told = yield from tell_applicant(content, declined)
    ended = put(declined) + do(never(due_key(declined.id)), audit)
    return ended + updated + told + (yield from answered_with_case(event, content, declined, speaker))


def _case_of_manager(event: Event, speaker: Speaker) -> Asking[Application]:
    """Return the pressed application, if it waits for the speaker. Raises EventRefused."""
    application = yield from find(Application, str(event.pressed.text("application_id")))
    person, texts = speaker.person, speaker.texts
    if application is None or not _may_answer(person, application):
        raise refused(texts, "ask.old_card")
    if not application.with_manager:
        raise refused(texts, f"software.standing.{application.standing}")
    refuse_own(speaker, application)
    overseer = person.has(*OVERSEEING) and person.municipality_id == application.municipality_id
    late = application.escalations > 0 or (application.due_at is not None and application.due_at <= event.at)
    if late and not overseer:
        raise refused(texts, "software.manager_late")
    if not late and person.id not in application.manager_ids:
        raise refused(texts, "software.awaits_manager")
    return application


def _may_answer(person: Person, application: Application) -> bool:
    if person.is_outsider or person.municipality_id != application.municipality_id:
        return False
    return person.id in application.manager_ids or person.has(Role.CONTACT, Role.ADMIN)


VERBS: Final[Verbs] = {"software.endorse": endorse, "software.turn_down": turn_down}
