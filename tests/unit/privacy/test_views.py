"""What the desk shows of data protection: the own municipality only, and of the audit log nobody else's people."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Concatenate, ParamSpec, TypeVar

import pytest

from bot.records.query_answering import FlowRun
from dialogs.announce.model import Announcement, AnnouncementState, Wording
from dialogs.core.audit import AuditEntry
from dialogs.core.data_request import DataRequest
from dialogs.core.erasure_receipt import ErasureReceipt
from dialogs.core.nightly_run import NightlyRun
from dialogs.core.person import Person, Role
from dialogs.core.query import Asking
from dialogs.core.refusal import EventRefused
from dialogs.core.speaker import Viewer, viewer_of
from dialogs.privacy.audit_view import LONGEST_SPAN, AuditFilter, audit_page
from dialogs.privacy.flow import TIMERS, VERBS
from dialogs.privacy.views import (
    MOST_FOUND,
    exportable_person,
    inventory_page,
    privacy_page,
    record_page,
    requests_page,
)
from knowledge.article.article import Language
from tests.unit.at_once import run
from tests.unit.driver import TUESDAY, Stage
from tests.unit.handoff.scene import stage as town

P = ParamSpec("P")
T = TypeVar("T")
OFFICER, ADMIN, PERSON, STRANGER = "kari", "ana", "ola", "bo"


def view(stage: Stage, who: str, of: Callable[Concatenate[Viewer, P], Asking[T]], *args: P.args, **kw: P.kwargs) -> T:
    def reading() -> Asking[T]:
        viewer = yield from viewer_of(who, stage.content, stage.now)
        return (yield from of(viewer, *args, **kw))

    return run(FlowRun(store=stage.store).result_of(reading()))


def entry(number: int, act: str, by: str, subject: str, *, about_person: bool = True, days: int = 0) -> AuditEntry:
    at = TUESDAY + timedelta(minutes=number) - timedelta(days=days)
    return AuditEntry(id=f"audit-{number}", act=act, by=by, subject=subject, about_person=about_person, at=at)


@pytest.fixture
def stage() -> Stage:
    scene = town(verbs=VERBS, timers=TIMERS)
    scene.put(
        replace(scene.get(Person, OFFICER), roles=frozenset({Role.DPO}), email="kari@lillevik.example"),
        replace(scene.get(Person, ADMIN), roles=frozenset({Role.ADMIN})),
        replace(scene.get(Person, STRANGER), municipality_id="storvik", roles=frozenset({Role.DPO})),
        entry(1, "privacy.looked_up", OFFICER, PERSON),
        entry(2, "privacy.looked_up", STRANGER, "cato"),
        entry(3, "announce.send", STRANGER, "announcement-1", about_person=False),
        entry(4, "privacy.retained", "clock", "question", about_person=False),
        entry(5, "role.changed", "operator:root", PERSON),
        entry(6, "role.changed", "operator:root", STRANGER),
        entry(7, "privacy.looked_up", OFFICER, PERSON, days=60),
    )
    return scene


def acts(stage: Stage, who: str = OFFICER, **wanted: str) -> list[tuple[str, str, str]]:
    rows = view(stage, who, audit_page, AuditFilter(**wanted)).rows.items
    return [(each.act, each.by, each.subject) for each in rows]


def named(stage: Stage, act: str) -> str:
    return stage.texts(OFFICER)(f"audit.act.{act}")


@pytest.mark.parametrize("of", [privacy_page, requests_page, inventory_page, record_page, audit_page])
def test_nobody_without_the_role_reads_them(stage: Stage, of: Callable[[Viewer], Asking[object]]) -> None:
    with pytest.raises(EventRefused):
        view(stage, PERSON, of)


def test_the_log_shows_the_own_municipality_and_what_heia_does_by_itself_in_plain_words(stage: Stage) -> None:
    found = acts(stage)
    names = {each.id: each.name for each in (stage.get(Person, id_) for id_ in (OFFICER, PERSON, "cato"))}
    looked_up = "Slo opp en person"
    assert (looked_up, names[OFFICER], names[PERSON]) in found
    assert (looked_up, stage.texts(OFFICER)("desk.audit.elsewhere"), names["cato"]) in found
    assert (named(stage, "privacy.retained"), "Heia, av seg selv", "Spørsmål til Heia") in found
    assert ("role.changed", "Driften (root)", names[PERSON]) in found, "an act of an earlier version has no name"
    assert len(found) == 4
    assert stage.get(Person, STRANGER).name not in str(found)
    assert found[0][0] == "role.changed", "the newest is first"


def test_details_are_in_plain_words_too(stage: Stage) -> None:
    details = (
        ("count", "3"),
        ("since", "2026-11-24T07:58:54.479808+00:00"),
        ("waits", "true"),
        ("roles", "editor,none"),
        ("kind", "erase"),
        ("municipality", "lillevik"),
        ("from_before", "x"),
    )
    stage.put(replace(entry(9, "privacy.retained", "clock", "retention", about_person=False), details=details))
    [row] = view(stage, OFFICER, audit_page, AuditFilter(subject="retention")).rows.items
    assert row.subject == stage.texts(OFFICER)("officer.run.retention")
    assert row.details == (
        "antall ganger: 3",
        "siden: 24. november 2026 kl. 08:58",
        "venter på godkjenning: ja",
        "roller: Redaktør, none",
        "slag: sletting",
        "kommune: Lillevik kommune",
        "from_before: x",
    )


def test_the_log_is_searched_by_act_area_period_subject_and_person(stage: Stage) -> None:
    assert [each[0] for each in acts(stage, act="role")] == ["role.changed"]
    assert [each[0] for each in acts(stage, act="privacy.retained")] == [named(stage, "privacy.retained")]
    assert len(acts(stage, act="privacy")) == 3
    assert acts(stage, act="priv") == []
    assert len(acts(stage, first="2026-09-01", last="2026-10-01")) == 1
    assert len(acts(stage, first="2026-09-01")) == 5
    assert len(acts(stage, subject="question")) == 1
    assert len(acts(stage, person=PERSON)) == 3
    assert len(acts(stage, person="KARI@lillevik.example")) == 2
    assert len(acts(stage, person=stage.get(Person, OFFICER).name, first="2026-11-01")) == 1
    assert acts(stage, first="no day", last="2999-01-01") == acts(stage)


def test_a_person_that_is_not_exactly_one_is_asked_back_and_one_elsewhere_is_unknown(stage: Stage) -> None:
    stage.put(
        replace(stage.get(Person, PERSON), name="Ansatt Perm"), replace(stage.get(Person, "cato"), name="Perm To")
    )
    page = view(stage, OFFICER, audit_page, AuditFilter(person="perm"))
    assert page.candidates is not None
    assert {each.id for each in page.candidates.people} == {PERSON, "cato"}
    assert (page.rows.total, page.person_id) == (0, "")
    page = view(stage, OFFICER, audit_page, AuditFilter(person=STRANGER))
    assert page.candidates is not None
    assert (page.candidates.people, page.rows.total) == ((), 0)


def test_an_announcement_is_named_to_the_officer_of_its_municipality_once_it_is_no_draft(stage: Stage) -> None:
    def announced(number: int, municipality_id: str, state: AnnouncementState) -> Announcement:
        return Announcement(
            id=f"announcement-{number}",
            author_id=OFFICER,
            municipality_id=municipality_id,
            desk="x",
            state=state,
            wordings={Language.NB: Wording(title="Teams er nede", body="Vi jobber.")},
            created_at=TUESDAY,
            changed_at=TUESDAY,
        )

    stage.put(
        announced(2, "lillevik", AnnouncementState.SENT),
        announced(3, "lillevik", AnnouncementState.DRAFT),
        announced(4, "storvik", AnnouncementState.SENT),
        *(entry(20 + n, "announce.send", OFFICER, f"announcement-{n}", about_person=False) for n in (2, 3, 4)),
    )
    rows = view(stage, OFFICER, audit_page, AuditFilter(act="announce")).rows.items
    assert [(each.subject, each.subject_id) for each in rows] == [
        ("announcement-4", ""),
        ("announcement-3", ""),
        ("kunngjøringen «Teams er nede»", "announcement-2"),
    ]


@pytest.mark.parametrize("wanted", [{"person": PERSON}, {"subject": PERSON}])
def test_looking_up_a_person_by_either_field_names_the_person_for_the_log(stage: Stage, wanted: dict[str, str]) -> None:
    assert view(stage, OFFICER, audit_page, AuditFilter(**wanted)).person_id == PERSON
    assert view(stage, OFFICER, audit_page, AuditFilter(subject=STRANGER)).person_id == ""


def test_a_long_period_is_shortened_unless_a_person_or_a_case_is_chosen(stage: Stage) -> None:
    page = view(stage, OFFICER, audit_page, AuditFilter(first="2025-01-01"))
    assert (page.shortened, page.last - page.first) == (True, LONGEST_SPAN)
    page = view(stage, OFFICER, audit_page, AuditFilter(first="2025-01-01", person=PERSON))
    assert (page.shortened, page.first.isoformat()) == (False, "2025-01-01")


def test_an_officer_finds_people_of_the_own_municipality_by_name_address_and_id(stage: Stage) -> None:
    def found(words: str, who: str = OFFICER) -> list[str]:
        shown = view(stage, who, requests_page, words=words).found
        return [each.id for each in shown.people] if shown else []

    stage.put(
        *(
            Person(id=f"bok-{n}", name=f"Ansatt Bok {n}", municipality_id=place, created_at=TUESDAY)
            for n, place in ((1, "lillevik"), (2, "lillevik"), (3, "storvik"))
        )
    )
    assert found("BOK ansatt") == ["bok-1", "bok-2"]
    assert found("bok-2") == ["bok-2"]
    assert found("kari@lillevik.example") == [OFFICER]
    assert found("bok", ADMIN) == []
    assert found(" ") == []
    assert (
        view(stage, OFFICER, privacy_page, words="bok").found == view(stage, OFFICER, requests_page, words="bok").found
    )


@pytest.mark.parametrize("words", ["Ansatt Bok 1", "bok 1"])
def test_a_near_miss_is_no_match(stage: Stage, words: str) -> None:
    stage.put(
        Person(id="b-10", name="Ansatt Bok 2", email="b10@x.example", municipality_id="lillevik", created_at=TUESDAY),
        Person(id="b-30", name="Ansatt Bok 1", municipality_id="storvik", created_at=TUESDAY),
    )
    shown = view(stage, OFFICER, requests_page, words=words).found
    assert shown is not None
    assert ([each.id for each in shown.people], shown.similar) == (["b-10"], True)
    page = view(stage, OFFICER, audit_page, AuditFilter(person=words))
    assert (page.candidates, page.person_id) == (shown, ""), "the log does not take it for the person meant"
    shown = view(stage, OFFICER, requests_page, words="bok 2").found
    assert shown is not None
    assert not shown.similar


def test_the_runs_are_of_the_jobs_that_delete(stage: Stage) -> None:
    names = {each.name for each in view(stage, OFFICER, privacy_page).runs}
    assert stage.texts(OFFICER)("officer.run.retention") in names
    assert (
        not {stage.texts(OFFICER)(f"officer.run.{each}") for each in ("credentials", "statistics", "programs")} & names
    )


def test_a_search_that_fits_many_shows_the_first_and_that_there_are_more(stage: Stage) -> None:
    many = [
        Person(id=f"m-{n:04}", name=f"Ansatt Mange {n:04}", municipality_id="lillevik", created_at=TUESDAY)
        for n in range(600)
    ]
    stage.put(*many)
    shown = view(stage, OFFICER, requests_page, words="mange").found
    assert shown is not None
    assert ([each.id for each in shown.people], shown.more) == ([each.id for each in many[:MOST_FOUND]], True)
    shown = view(stage, OFFICER, requests_page, words="mange 0599").found
    assert shown is not None
    assert ([each.id for each in shown.people], shown.more) == (["m-0599"], False)


def test_the_administrator_sees_requests_and_no_runs(stage: Stage) -> None:
    stage.put(NightlyRun(id="retention", done_at=TUESDAY, removed=3))
    stage.put(
        ErasureReceipt(id="receipt-a", at=TUESDAY, municipality_id="lillevik"),
        ErasureReceipt(id="receipt-b", at=TUESDAY, municipality_id="storvik"),
    )
    officer, admin = view(stage, OFFICER, privacy_page), view(stage, ADMIN, privacy_page)
    assert officer.runs[0].removed == 3
    assert officer.receipts is not None
    assert officer.receipts.total == 1
    assert (admin.officer, admin.runs, admin.receipts) == (False, (), None)
    with pytest.raises(EventRefused):
        view(stage, ADMIN, audit_page)


@pytest.mark.parametrize("words", ["navn", "e-post", "epost", "adresse", "name", "email", "E-postadresse person"])
def test_the_inventory_is_searched_in_the_words_of_the_reader_and_by_the_names_in_the_store(
    stage: Stage, words: str
) -> None:
    found = view(stage, OFFICER, inventory_page, words=words)
    rows = [row for _, rows in found.kinds for row in rows]
    assert {"name", "email"} & {row.field for row in rows if row.kind == "person"}
    assert {"Navn", "E-postadresse"} & {row.label for row in rows if row.kind == "person"}


def test_a_request_offers_each_reader_only_what_that_reader_may_do(stage: Stage) -> None:
    stage.press(OFFICER, "officer.register", person=PERSON, kind="export", received="2026-10-01")
    [request] = stage.all(DataRequest)
    [seen] = view(stage, OFFICER, requests_page).waiting
    assert (seen.may_confirm, seen.may_close, seen.may_download) == (False, True, False)
    assert seen.days_left < 0
    [seen] = view(stage, ADMIN, requests_page).waiting
    assert (seen.may_confirm, seen.may_close, seen.may_download) == (True, False, False)
    assert view(stage, STRANGER, requests_page).waiting == ()
    with pytest.raises(EventRefused):
        view(stage, OFFICER, exportable_person, request.id)
    stage.press(ADMIN, "officer.confirm", request_id=request.id)
    assert view(stage, OFFICER, exportable_person, request.id) == PERSON
    with pytest.raises(EventRefused):
        view(stage, STRANGER, exportable_person, request.id)
    stage.press(OFFICER, "officer.deliver", request_id=request.id)
    page = view(stage, OFFICER, requests_page)
    assert (page.waiting, [each.state for each in page.ended.items]) == ((), ["done"])


def test_the_inventory_is_searched_and_the_record_is_dated(stage: Stage) -> None:
    whole, found = (
        view(stage, OFFICER, inventory_page),
        view(stage, OFFICER, inventory_page, words="data_request reason"),
    )
    assert whole.fields > 200
    assert [row.field for _, rows in found.kinds for row in rows] == ["reason"]
    assert "24. november 2026" in view(stage, ADMIN, record_page).lead
