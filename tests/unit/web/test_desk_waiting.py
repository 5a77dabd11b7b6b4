"""The start page is the work: each role sees what it may decide, the oldest first, at most two presses away."""

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import pytest_asyncio

from bot.channels.web.desk.menu_counts import FRESH_FOR
from dialogs.ambassadors.application import AmbassadorApplication
from dialogs.announce.audience import Audience
from dialogs.announce.model import Announcement, AnnouncementState, Wording
from dialogs.core.data_request import DataRequest, DataRequestKind
from dialogs.core.person import Person, Role
from dialogs.core.record import Record
from dialogs.handoff.model import Handoff
from dialogs.handoff.suggestion import Suggestion
from dialogs.provisioning.model import ScimUser
from dialogs.rollout.classroom.model import ClassSession, Enrolment, EnrolmentState
from dialogs.rollout.software.model import Application, ProgramState
from knowledge.article.article import ArticleBook, Language
from tests.e2e.browser.desk_stage import DeskStage
from tests.unit.privacy.planted import planted
from tests.unit.web.conftest import HeldClock
from tests.unit.web.test_desk import Browser

PLACE: Final = "nes"
ELSEWHERE: Final = "ullensaker"
UNIT: Final = "nes-helse-hjemme-nord"
EXPECTED: Final[dict[Role, set[str]]] = {
    Role.CONTACT: {"questions", "applications", "cases"},
    Role.ADMIN: {"questions", "applications", "removals", "cases", "requests", "attendance"},
    Role.LEADER: {"applications", "cases"},
    Role.EDITOR: {"suggestions", "drafts", "reviews"},
    Role.APPROVER: {"approvals"},
    Role.ANNOUNCER: {"returned"},
    Role.REVIEWER: {"cases"},
    Role.DPO: {"requests"},
    Role.TEACHER: {"attendance"},
}
# Of each queue, a verb that decides on the page that its items lead to.
DECIDING: Final = {
    "questions": "handoff.pass",
    "applications": "ambassador.approve",
    "removals": "removals.approve",
    "suggestions": "editor.reject",
    "drafts": "article.discard",
    "reviews": "article.save",
    "approvals": "announce.approve",
    "returned": "announce.preview",
    "cases": "software.",
    "requests": "officer.",
    "attendance": "classroom.attendance",
}
_SECTION: Final = re.compile(
    r'<section class="desk-stack desk-queue" aria-labelledby="([a-z]+)">(.*?)</section>', re.DOTALL
)
_LINK: Final = re.compile(r'<th scope="row"><a class="ds-link" href="([^"]+)"')


def reader_id(role: Role) -> str:
    return f"only-{role}-{PLACE}"


def reader_with(role: Role, place: str, at: datetime) -> Person:
    return Person(
        id=f"only-{role}-{place}",
        name="Leser",
        municipality_id=place,
        unit_id=UNIT if place == PLACE else None,
        roles=frozenset({Role.EMPLOYEE, role}),
        registered=True,
        created_at=at,
    )


def work(asker: str, helper: str, at: datetime) -> Iterator[Record]:
    """Yield the work that ``planted`` has none of, of people that are no reader."""
    deciders = tuple(reader_id(role) for role in (Role.CONTACT, Role.LEADER))
    yield AmbassadorApplication(id=asker, municipality_id=PLACE, unit_id=UNIT, deciders=deciders, created_at=at)
    yield Application(
        id="application-2",
        person_id=asker,
        municipality_id=PLACE,
        program="Zotero",
        standing=ProgramState.WITH_MANAGER,
        manager_ids=(reader_id(Role.LEADER),),
        due_at=at + timedelta(days=2),
        applied_at=at,
        changed_at=at,
    )
    yield Announcement(
        id="announcement-2",
        author_id=helper,
        municipality_id=PLACE,
        desk="announce/desk/announcement-2",
        state=AnnouncementState.AWAITING,
        wordings={Language.NB: Wording(title="Ny skriver", body="tekst")},
        audience=Audience(municipality_ids=frozenset({PLACE})),
        created_at=at,
        changed_at=at,
    )
    yield Announcement(
        id="announcement-3",
        author_id=reader_id(Role.ANNOUNCER),
        municipality_id=PLACE,
        desk="announce/desk/announcement-3",
        wordings={Language.NB: Wording(title="Ny skanner", body="tekst")},
        audience=Audience(municipality_ids=frozenset({PLACE})),
        created_at=at,
        changed_at=at,
    ).noted("rejected", helper, at)
    yield ScimUser(id="account-1", person_id=helper, municipality_id=PLACE, user_name="x", resource={}, waiting=True,
                   created_at=at, changed_at=at)  # fmt: skip
    session = ClassSession(
        id="session-1",
        municipality_id=PLACE,
        names={Language.NB: "Teams for nye"},
        venue="Rom 2",
        starts_at=at,
        ends_at=at + timedelta(hours=1),
        seats=5,
        teacher_id=reader_id(Role.TEACHER),
        numbers=1,
        created_at=at,
        changed_at=at,
    )
    yield session
    yield Enrolment(
        session_id=session.id,
        person_id=asker,
        state=EnrolmentState.BOOKED,
        number=1,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        created_at=at,
    )


@pytest_asyncio.fixture
async def desk(clock: HeldClock) -> AsyncIterator[DeskStage]:
    stage = DeskStage(clock=clock)
    await stage.start()
    article = stage.content.articles.get("password-change", Language.NB, None)
    assert article is not None
    late = replace(article, id="late", municipality_id=PLACE, review_by=(clock.now() - timedelta(days=3)).date())
    everyone = [text for text in stage.content.articles.articles.values() if text.review_by >= clock.now().date()]
    book = ArticleBook.from_articles([*everyone, late])
    stage.content = replace(stage.content, articles=book, files=book)
    asker, helper, editor = [
        await stage.holder_of(role, municipality_id=PLACE) for role in (Role.EMPLOYEE, Role.AMBASSADOR, Role.EDITOR)
    ]
    planned = planted(asker, helper, editor, article, now=clock.now())
    await stage.put(*planned)
    await stage.put(*work(asker.id, helper.id, clock.now() - timedelta(days=4)))
    for role in Role:
        await stage.put(*(reader_with(role, place, clock.now()) for place in (PLACE, ELSEWHERE)))
    yield stage
    await stage.stop()


async def test_a_role_sees_the_work_that_it_may_decide_and_decides_it_with_the_second_press(desk: DeskStage) -> None:
    for role in Role:
        async with Browser(desk) as browser:
            assert (await browser.ask("GET", f"/desk?as={reader_id(role)}")).status == 303
            page = await browser.text("/desk")
            queues = {key: _LINK.findall(rows) for key, rows in _SECTION.findall(page)}
            assert set(queues) == EXPECTED.get(role, set()), role
            assert ("desk-count" in page) is bool(queues), role
            for key, paths in queues.items():
                assert paths, (role, key)
                for path in paths:
                    address, _, anchor = path.partition("#")
                    answer = await browser.ask("GET", address)
                    shown = await answer.text()
                    assert (answer.status, DECIDING[key] in shown) == (200, True), (role, path)
                    assert not anchor or f'id="{anchor}"' in shown, (role, path)


async def test_nobody_sees_the_work_of_another_municipality(desk: DeskStage) -> None:
    for role in Role:
        async with Browser(desk) as browser:
            await browser.ask("GET", f"/desk?as=only-{role}-{ELSEWHERE}")
            page = await browser.text("/desk")
            assert (_SECTION.findall(page), "desk-count" in page) == ([], False), role


async def test_a_start_page_without_work_says_so_to_those_that_decide_and_not_to_others(desk: DeskStage) -> None:
    for role, told in ((Role.CONTACT, True), (Role.EMPLOYEE, False)):
        async with Browser(desk) as browser:
            await browser.ask("GET", f"/desk?as=only-{role}-{ELSEWHERE}")
            assert ("Ingenting venter på deg nå." in await browser.text("/desk")) is told


async def test_own_requests_wait_for_others(desk: DeskStage) -> None:
    at, admin = desk.clock.now(), f"only-{Role.ADMIN}-{ELSEWHERE}"
    asked = Handoff(id="own", asker_id=admin, municipality_id=ELSEWHERE, unit_id="", language=Language.NB,
                    question="Hvem?", created_at=at, changed_at=at)  # fmt: skip
    await desk.put(
        asked.escalate((), at, until=at),
        AmbassadorApplication(id=admin, municipality_id=ELSEWHERE, unit_id="", created_at=at),
        Application(
            id="own", person_id=admin, municipality_id=ELSEWHERE, program="Zotero", applied_at=at, changed_at=at
        ),
        DataRequest(id="own", municipality_id=ELSEWHERE, person_id=admin, kind=DataRequestKind.EXPORT,
                    registered_by=admin, received_at=at, due_at=at),
    )  # fmt: skip
    async with Browser(desk) as browser:
        await browser.ask("GET", f"/desk?as={admin}")
        assert _SECTION.findall(await browser.text("/desk")) == []


async def test_the_oldest_comes_first_with_its_age_and_what_is_overdue_is_marked(desk: DeskStage) -> None:
    at, contact = desk.clock.now(), f"only-{Role.CONTACT}-{ELSEWHERE}"
    for name, days in (("new", 0), ("old", 3), ("middle", 1)):
        begun = at - timedelta(days=days)
        asked = Handoff(id=name, asker_id="x", municipality_id=ELSEWHERE, unit_id="", language=Language.NB,
                        question="Hvem?", created_at=begun, changed_at=begun)  # fmt: skip
        await desk.put(asked.promise(begun + timedelta(days=2)).escalate((contact,), begun, until=at))
    async with Browser(desk) as browser:
        await browser.ask("GET", f"/desk?as={contact}")
        [(key, rows)] = _SECTION.findall(await browser.text("/desk"))
        assert (key, _LINK.findall(rows)) == (
            "questions",
            [f"/desk/questions/{name}" for name in ("old", "middle", "new")],
        )
        assert re.findall(r">(3 dager|én dag|i dag)<", rows) == ["3 dager", "én dag", "i dag"]
        assert rows.count('data-color="danger">over fristen') == 1
        assert "én over fristen" in rows


async def test_the_start_page_lists_five_of_a_queue_and_leads_to_all_of_them(desk: DeskStage) -> None:
    at = desk.clock.now()
    suggestion = Suggestion(id="s", municipality_id=ELSEWHERE, handoff_id="", language=Language.NB,
                            question="Hemmelige ord", answer="", by="x", created_at=at)  # fmt: skip
    await desk.put(*(replace(suggestion, id=f"suggestion-{number}") for number in range(7)))
    async with Browser(desk) as browser:
        await browser.ask("GET", f"/desk?as=only-{Role.EDITOR}-{ELSEWHERE}")
        page = await browser.text("/desk")
        [(_, rows)] = _SECTION.findall(page)
        assert len(_LINK.findall(rows)) == 5
        assert '<a class="ds-link" href="/desk/unanswered">Se alle 7' in rows
        assert "Hemmelige ord" not in page, "a menu of work repeats no words of a person"
        assert len(page.encode()) < 60_000


async def test_other_pages_count_what_waited_within_the_minute_and_each_press_counts_at_once(desk: DeskStage) -> None:
    suggestion = Suggestion(id="s", municipality_id=ELSEWHERE, handoff_id="", language=Language.NB,
                            question="Hvem?", answer="", by="x", created_at=desk.clock.now())  # fmt: skip

    async def counted(path: str) -> list[str]:
        return re.findall(r'<span class="desk-count">(\d+)<', await browser.text(path))

    async with Browser(desk) as browser:
        await browser.ask("GET", f"/desk?as=only-{Role.EDITOR}-{ELSEWHERE}")
        await desk.put(replace(suggestion, id="first"))
        assert await counted("/desk/articles") == ["1"]
        await desk.put(replace(suggestion, id="second"))
        assert await counted("/desk/articles") == ["1"], "nothing is read again for each page"
        assert await counted("/desk") == await counted("/desk/articles") == ["2"]
        await desk.put(replace(suggestion, id="third"))
        desk.clock.at += FRESH_FOR
        assert await counted("/desk/articles") == ["3"]
        await browser.send("/desk/unanswered/suggestions/third", "editor.reject", reason="x")
        assert await counted("/desk/articles") == ["2"]


async def test_a_leader_decides_an_application_on_the_page_of_the_coverage(desk: DeskStage) -> None:
    async with Browser(desk) as browser:
        await browser.ask("GET", f"/desk?as={reader_id(Role.LEADER)}")
        page = await browser.text("/desk/coverage")
        [applicant] = re.findall(r'id="application-([^"]+)"', page)
        await browser.send("/desk/coverage", "ambassador.approve", person_id=applicant)
        approved = await desk.find_person(applicant)
        assert approved is not None
        assert approved.has(Role.AMBASSADOR)
        assert 'id="application-' not in await browser.text("/desk/coverage")
    async with Browser(desk) as browser:
        await browser.ask("GET", f"/desk?as=only-{Role.LEADER}-{ELSEWHERE}")
        assert 'id="application-' not in await browser.text("/desk/coverage")
        await browser.send("/desk/coverage", "ambassador.decline", person_id=applicant)
        assert 'data-color="danger"' in await browser.text("/desk/coverage"), "and no form goes around it"


async def test_an_administrator_approves_removals_on_the_page_and_a_contact_does_not(desk: DeskStage) -> None:
    data = {"municipality": PLACE, "people": "1"}
    for role, told in ((Role.CONTACT, "removals.refused"), (Role.ADMIN, "removals.approved")):
        async with Browser(desk) as browser:
            await browser.ask("GET", f"/desk?as={reader_id(role)}")
            assert ('id="removals"' in await browser.text("/desk/people")) is (role is Role.ADMIN)
            await browser.send("/desk/people", "removals.approve", **data)
            page, texts = await browser.text("/desk/people"), desk.content.texts[Language.NB]
            sentence = texts.plural(told, 1) if role is Role.ADMIN else texts(told)
            assert sentence in page
