"""The decision on an application, and taking a declined one up again.

A decision settles all cases of the program on the list, and changes the register at once.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from dialogs.availability.registry import today
from dialogs.core.content import Content
from dialogs.core.decision import Audit, Decision, Notice, do, never, put
from dialogs.core.event import Event
from dialogs.core.feature import Verbs
from dialogs.core.person import Person
from dialogs.core.query import Asking, Flow, find, find_each
from dialogs.core.speaker import Speaker, speaker_of
from dialogs.rollout.software.decide.case import (
    CaseTarget,
    answered_with_case,
    begin_step,
    due_key,
    same_cases,
    target_of_case,
    tell_applicant,
    update_cases,
)
from dialogs.rollout.software.decide.reviewing import case_of_reviewer
from dialogs.rollout.software.form import day_of, line_of, refused
from dialogs.rollout.software.lookup.interests import askers_timer
from dialogs.rollout.software.model import STATUSES, Application, ProgramState
from dialogs.rollout.software.register.changes import current_program, entry_of, list_label, program_to_use, put_entries
from dialogs.rollout.software.reviewers import forum_of, next_assessment, reviewers_of
from knowledge.software.program import Assessment, Program


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseVerdict:
    """What a reviewer decides."""

    standing: ProgramState
    word: str
    alternative: str
    review_by: date


def decide_application(event: Event, content: Content) -> Flow:
    """Decide on an application of the reviewer's forum; the applicants get the decision with the message."""
    speaker = yield from speaker_of(event, content)
    application = yield from case_of_reviewer(event, content, speaker)
    target = yield from target_of_case(content, application, event.at)
    standing = next((status for status in STATUSES if status.value == event.pressed.text("verdict")), None)
    if standing is None:
        return do(Notice(text=speaker.texts("ask.old_card")))
    if not application.pending:
        return do(Notice(text=_decided(speaker, application)))
    if application.with_manager:
        return do(Notice(text=speaker.texts("software.awaits_manager")))
    verdict = yield from _verdict(event, content, speaker, application, standing)
    if not (yield from _has_seen(event, content, application, target)):
        return (yield from _changed_meanwhile(event, content, application, target, speaker))
    decision = yield from _change_register(event, content, speaker, application, target, verdict=verdict)
    settled = [
        case.decide(
            verdict.standing,
            by=speaker.person.id,
            word=verdict.word,
            at=event.at,
            alternative=verdict.alternative,
        ).about(target.program_id)
        for case in (application, *(yield from same_cases(content, application)))
    ]
    for case in settled:
        decision += put(case) + do(never(due_key(case.id)), _audit(case, target, speaker))
        decision += yield from update_cases(event, content, case)
        decision += yield from tell_applicant(content, case)
    decision += do(askers_timer(target.program_id, target.owner, event.at))
    return decision + (yield from answered_with_case(event, content, settled[0], speaker))


def reopen_application(event: Event, content: Content) -> Flow:
    """Take up a declined application again; the register keeps the assessment until the next decision."""
    speaker = yield from speaker_of(event, content)
    application = yield from case_of_reviewer(event, content, speaker)
    if application.standing is not ProgramState.DECLINED:
        raise refused(speaker.texts, "software.not_declined")
    applicant = yield from find(Person, application.person_id)
    if applicant is None or applicant.is_outsider:
        raise refused(speaker.texts, "software.applicant_gone")
    forum = forum_of(content, application.sector)
    days = forum.manager_days if application.turned_down else forum.days
    reopened = application.taken_up(at=event.at, due_at=event.at + timedelta(days=days))
    people = yield from _people_to_ask(content, reopened)
    sent, begun = yield from begin_step(event, content, reopened, people)
    told = yield from tell_applicant(content, sent)
    audit = do(Audit(act="software.reopened", subject=sent.id, by=speaker.person.id))
    return begun + told + audit + (yield from answered_with_case(event, content, sent, speaker))


def _people_to_ask(content: Content, application: Application) -> Asking[tuple[Person, ...]]:
    """Return the applicant's managers, or the reviewers."""
    if application.with_manager:
        return tuple((yield from find_each(Person, application.manager_ids)).values())
    return (
        yield from reviewers_of(content, application.municipality_id, application.sector, besides=application.person_id)
    )


def _verdict(
    event: Event, content: Content, speaker: Speaker, application: Application, standing: ProgramState
) -> Asking[CaseVerdict]:
    """Return the inputs of a decision. Raises EventRefused."""
    texts = speaker.texts
    needed = "" if standing is ProgramState.APPROVED else "software.word_needed"
    word = line_of(event, texts, "word", needed=needed)
    day = today(content, application.municipality_id, event.at)
    review_by = day_of(event, texts, "review_by", today=day)
    alternative = line_of(event, texts, "alternative")
    program = yield from program_to_use(content, application.municipality_id, alternative)
    if alternative and program is None:
        raise refused(texts, "software.no_alternative", program=alternative)
    return CaseVerdict(
        standing=standing,
        word=word,
        alternative=program.id if program else "",
        review_by=review_by or next_assessment(content, application.sector, day),
    )


def _has_seen(event: Event, content: Content, application: Application, target: CaseTarget) -> Asking[bool]:
    """Return whether the reviewer has seen the register as it is now."""
    seen = str(event.pressed.text("seen"))
    if seen:
        return seen == str(target.seen)
    # A card of an earlier version names no number.
    entry = yield from entry_of(content, target.program_id, target.owner, event.at)
    return not entry.number or entry.changed_at <= application.applied_at


def _changed_meanwhile(
    event: Event, content: Content, application: Application, target: CaseTarget, speaker: Speaker
) -> Flow:
    """Answer with the case as it is now; nothing is changed."""
    program = yield from current_program(content, target.program_id, application.municipality_id)
    assessment = program.on_list(target.list_key) if program else None
    status = speaker.texts(f"software.status.{assessment.status}" if assessment else "software.status.none.shared")
    notice = Notice(text=speaker.texts("software.changed_since", program=application.program, status=status))
    return do(notice) + (yield from answered_with_case(event, content, application, speaker))


def _decided(speaker: Speaker, application: Application) -> str:
    """Return the earlier decision, with its day and reason."""
    texts = speaker.texts
    day = texts.day(application.changed_at)
    standing = texts(f"software.standing.{application.standing}")
    return texts("software.decided_before", standing=standing, day=day, word=application.word).strip()


def _change_register(
    event: Event,
    content: Content,
    speaker: Speaker,
    application: Application,
    target: CaseTarget,
    *,
    verdict: CaseVerdict,
) -> Asking[Decision]:
    program = yield from current_program(content, target.program_id, application.municipality_id)
    if program is None:
        program = Program(
            id=target.program_id,
            name=application.program,
            personal_data=application.personal_data,
            municipality_id=target.owner,
        )
    assessment = Assessment(
        status=STATUSES[verdict.standing],
        sector=target.list_key.sector,
        use=target.list_key.use,
        municipality_id=target.owner,
        note={speaker.person.language: verdict.word} if verdict.word else {},
        alternative=verdict.alternative,
        assessed=today(content, application.municipality_id, event.at),
        review_by=verdict.review_by,
    )
    entry = yield from entry_of(content, target.program_id, target.owner, event.at)
    return (yield from put_entries([entry.with_program(program.with_assessment(assessment))], event.at))


def _audit(application: Application, target: CaseTarget, speaker: Speaker) -> Audit:
    details = (("program", target.program_id), ("list", list_label(target.list_key)), ("entry", str(target.seen + 1)))
    return Audit(act=f"software.{application.standing}", subject=application.id, by=speaker.person.id, details=details)


VERBS: Final[Verbs] = {"software.decide": decide_application, "software.reopen": reopen_application}
