"""Views of applications for the desk: the list, and one case."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from dialogs.core.content import Content
from dialogs.core.names import name_of
from dialogs.core.paging import Paged, paged
from dialogs.core.person import Person, Role
from dialogs.core.query import Asking, find, find_all, find_each
from dialogs.core.speaker import Viewer
from dialogs.core.texts import OSLO, Texts
from dialogs.core.waiting import WaitingItem
from dialogs.profile.cards import unit_name
from dialogs.rollout.software.applicant_cards import standing_words
from dialogs.rollout.software.decide.cards import lateness
from dialogs.rollout.software.decide.case import listed_program, target_of_case
from dialogs.rollout.software.model import PENDING, Application, ProgramState
from dialogs.rollout.software.register.changes import current_program, names_to_pick
from dialogs.rollout.software.reviewers import DECIDERS, OVERSEEING, may_decide
from knowledge.software.program import PersonalData, ProgramUse

# Roles of people with cases to answer.
CASE_ROLES: Final = (*DECIDERS, Role.LEADER)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRow:
    """One application in the list.

    ``due``: of a pending one; ``ended``: the day of the decision or the withdrawal.

    ``yours``: it waits for the reader.

    ``late``: which deadline passed; empty for a case in time.
    """

    application_id: str
    program: str
    applicant: str
    unit: str
    standing: ProgramState
    standing_name: str
    sent: str
    due: str
    ended: str
    late: str
    yours: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CasesPage:
    """A page of applications. ``chosen``: ``pending`` or ``decided``."""

    chosen: str
    rows: Paged[CaseRow]
    pending: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseComment:
    """A comment with the name of the reviewer."""

    name: str
    text: str
    moment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CasePage:
    """One application, with what the reader may do.

    Attributes:
        program_id, program_name: the listed program; empty if it is not listed.
        own: the reader applied, so that another reviewer decides.
        review_by: day of the next assessment, once it is decided.
        seen: number of the program's entry; a decision repeats it.
        answers: the reader answers as the manager, or for a late manager.
        decides: the reader decides for the forum.
        reopens: the reader may take the declined application up again.
        programs: names to pick what to use instead from.
    """

    row: CaseRow
    program_id: str
    program_name: str
    own: bool
    use: str
    reason: str
    users: str
    personal: str
    link: str
    manager: str
    manager_word: str
    comments: tuple[CaseComment, ...]
    report: str
    report_link: str
    decided_by: str
    word: str
    review_by: str
    seen: int
    due_day: str
    answers: bool
    decides: bool
    reopens: bool
    programs: tuple[str, ...]


def cases_view(viewer: Viewer, *, chosen: str = "pending", number: int = 1) -> Asking[CasesPage]:
    """Return the applications that the reader answers or decides: the pending ones oldest first, the others newest."""
    viewer.require(*CASE_ROLES)
    municipality_id = viewer.require_municipality(None)
    decided = chosen == "decided"
    applications: list[Application] = []
    pending = 0
    for standing in ProgramState:
        own = yield from find_all(Application, f"{standing}@{municipality_id}")
        mine = [application for application in own if _reads(viewer.content, viewer.person, application)]
        pending += len(mine) if standing in PENDING else 0
        applications += mine if (standing in PENDING) is not decided else []
    ordered = sorted(
        applications,
        key=lambda application: (application.changed_at if decided else application.applied_at, application.id),
        reverse=decided,
    )
    page = paged(ordered, number)
    people = yield from find_each(Person, {application.person_id for application in page.items})
    rows = page.showing(_case_row(viewer, application, people.get(application.person_id)) for application in page.items)
    return CasesPage(chosen="decided" if decided else "pending", rows=rows, pending=pending)


def waiting_cases(viewer: Viewer) -> Asking[tuple[WaitingItem, ...]]:
    """Return the applications that wait for the reader's answer or decision."""
    municipality_id = viewer.person.municipality_id
    if viewer.person.is_outsider or not viewer.person.has(*CASE_ROLES) or municipality_id is None:
        return ()
    items: list[WaitingItem] = []
    for standing in sorted(PENDING):
        items += (
            WaitingItem(
                title=application.program,
                path=f"/desk/applications/{application.id}",
                since=application.applied_at,
                due_at=application.due_at,
                by_day=True,
            )
            for application in (yield from find_all(Application, f"{standing}@{municipality_id}"))
            if _waits_for(viewer.content, viewer.person, application)
        )
    return tuple(items)


def case_view(viewer: Viewer, application_id: str) -> Asking[CasePage]:
    """Return one application of the reader's municipality."""
    viewer.require(*CASE_ROLES)
    application = yield from find(Application, application_id)
    if application is None or not _reads(viewer.content, viewer.person, application):
        raise viewer.not_found("software.no_case")
    content, texts, person = viewer.content, viewer.texts, viewer.person
    ids = {application.person_id, application.manager_id, application.decided_by}
    people = yield from find_each(
        Person, {id_ for id_ in (*ids, *(comment.by for comment in application.comments)) if id_}
    )
    target = yield from target_of_case(content, application, viewer.at)
    program = listed_program(content, application)
    listed = yield from current_program(content, target.program_id, application.municipality_id)
    assessment = listed.on_list(target.list_key) if listed is not None and not application.pending else None
    own = application.person_id == person.id
    decides = not own and may_decide(content, person, application.municipality_id, application.sector)
    known = application.personal_data is not PersonalData.UNKNOWN

    def known_name(id_: str | None) -> str:
        return name_of(people.get(id_), texts) if id_ else ""

    return CasePage(
        row=_case_row(viewer, application, people.get(application.person_id)),
        program_id=program.id if program else "",
        program_name=program.name if program else "",
        own=own,
        use=texts(f"software.use.{application.use}") if application.use is ProgramUse.PUPILS else "",
        reason=application.reason,
        users=application.users,
        personal=texts(f"software.personal.{application.personal_data}") if known else "",
        link=application.link,
        manager=known_name(application.manager_id),
        manager_word=application.manager_word,
        comments=tuple(
            CaseComment(name=known_name(comment.by), text=comment.text, moment=texts.moment(comment.at))
            for comment in (application.comments if decides else ())
        ),
        report=application.report if decides else "",
        report_link=application.report_link if decides else "",
        decided_by=known_name(application.decided_by),
        word=application.word,
        review_by=texts.day(assessment.review_by) if assessment is not None and assessment.review_by else "",
        seen=target.seen,
        due_day=_form_day(application.due_at),
        answers=_answers(person, application),
        decides=decides and application.standing is ProgramState.WAITING,
        reopens=decides and application.standing is ProgramState.DECLINED,
        programs=names_to_pick(content, application.municipality_id, besides=target.program_id) if decides else (),
    )


def _form_day(at: datetime | None) -> str:
    return at.astimezone(OSLO).date().isoformat() if at else ""


def _reads(content: Content, person: Person, application: Application) -> bool:
    if person.municipality_id != application.municipality_id:
        return False
    manages = person.id in application.manager_ids
    return manages or may_decide(content, person, application.municipality_id, application.sector)


def _answers(person: Person, application: Application) -> bool:
    """Return whether a person answers as, or for, the manager."""
    manages = person.has(*OVERSEEING) if application.escalations else person.id in application.manager_ids
    return application.with_manager and manages and application.person_id != person.id


def _waits_for(content: Content, person: Person, application: Application) -> bool:
    if application.standing is not ProgramState.WAITING or application.person_id == person.id:
        return _answers(person, application)
    return may_decide(content, person, application.municipality_id, application.sector)


def _case_row(viewer: Viewer, application: Application, applicant: Person | None) -> CaseRow:
    texts: Texts = viewer.texts
    return CaseRow(
        application_id=application.id,
        program=application.program,
        applicant=name_of(applicant, texts),
        unit=(unit_name(viewer.content, texts, applicant) if applicant else "") or "–",
        standing=application.standing,
        standing_name=standing_words(texts, application),
        sent=texts.day(application.applied_at),
        due=texts.day(application.due_at) if application.due_at and application.pending else "",
        ended="" if application.pending else texts.day(application.changed_at),
        late=lateness(texts, application),
        yours=_waits_for(viewer.content, viewer.person, application),
    )
