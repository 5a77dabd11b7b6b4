"""Views of data protection: runs, receipts, requests, inventory, record, and a search for people."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from dialogs.core.data_request import WAITING, DataRequest, DataRequestKind, DataRequestState
from dialogs.core.erasure_receipt import ErasureReceipt
from dialogs.core.nightly_run import REMOVAL_JOBS, NightlyRun
from dialogs.core.paging import Paged, paged
from dialogs.core.person import Person, Role
from dialogs.core.query import Asking, find, find_all, find_each
from dialogs.core.speaker import Viewer
from dialogs.core.texts import OSLO
from dialogs.core.waiting import WaitingItem
from dialogs.privacy.cards import receipt_pairs
from dialogs.privacy.officer import is_officer, is_officer_for, may_confirm
from dialogs.privacy.processing_record import ProcessingRecord, processing_record
from dialogs.privacy.report import InventoryRow, inventory_rows

# Search of the registry for the data protection officer: people of the own municipality, by name, address or id.

MOST_FOUND: Final = 20
# People read in one look-up.
_PORTION: Final = 500
_WORD: Final = re.compile(r"\w+")


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPerson:
    """A person with fields that distinguish two of the same name."""

    id: str
    name: str
    place: str
    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPeople:
    """The people that fit ``words``, by name.

    ``more``: there are others, beyond ``MOST_FOUND``. ``similar``: none fits; these have the words as parts of others.
    """

    words: str
    people: tuple[FoundPerson, ...] = ()
    more: bool = False
    similar: bool = False


def found_people(viewer: Viewer, words: str) -> Asking[FoundPeople]:
    """Return the people of the officer's municipality that fit the words; one with this id or address alone.

    Without any, those that are similar.
    """
    wanted = words.casefold().split()
    matches: list[Person] = []
    last = ""
    while wanted:
        term = f"municipality:{viewer.person.municipality_id}"
        people = yield from find_all(Person, term, after=last, limit=_PORTION)
        matches += [
            person for person in people if is_officer_for(viewer.person, person) and _is_similar(viewer, wanted, person)
        ]
        if len(people) < _PORTION:
            break
        last = people[-1].id
    exact = [
        person for person in matches if words.casefold() in {person.id.casefold(), (person.email or "").casefold()}
    ]
    meant = exact or [person for person in matches if _is_meant(viewer, wanted, person)]
    shown = sorted(meant or matches, key=lambda person: (person.name.casefold(), person.id))
    rows = tuple(_found_person(viewer, person) for person in shown[:MOST_FOUND])
    return FoundPeople(words=words, people=rows, more=len(shown) > MOST_FOUND, similar=bool(matches) and not meant)


def _is_meant(viewer: Viewer, wanted: list[str], person: Person) -> bool:
    """Return whether each word begins one of name, address or workplace; a number is a whole one."""
    text = " ".join((person.name, person.email or "", viewer.workplace_of(person))).casefold()
    parts = {*_WORD.findall(text), *text.split()}
    return all(any(part == word or (part.startswith(word) and not word.isdigit()) for part in parts) for word in wanted)


def _is_similar(viewer: Viewer, wanted: list[str], person: Person) -> bool:
    text = " ".join((person.name, person.email or "", person.id, viewer.workplace_of(person))).casefold()
    return all(word in text for word in wanted)


def _found_person(viewer: Viewer, person: Person) -> FoundPerson:
    return FoundPerson(
        id=person.id, name=person.name or person.id, place=viewer.workplace_of(person), email=person.email or ""
    )


OFFICERS: Final = frozenset({Role.DPO})
HANDLERS: Final = frozenset({Role.DPO, Role.ADMIN})
RECEIPTS_AT_ONCE: Final = 10
REQUESTS_AT_ONCE: Final = 25
MOST_FIELDS: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRun:
    """A nightly job with its last completed run; None before the first."""

    name: str
    done_at: datetime | None
    removed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacyPage:
    """The start page. Fields with a default are for the officer only; a receipt is pairs of name and value.

    ``found``: people to look up, after a search.
    """

    officer: bool
    waiting: int
    overdue: int
    runs: tuple[JobRun, ...] = ()
    receipts: Paged[tuple[tuple[str, str], ...]] | None = None
    found: FoundPeople | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRow:
    """One request with the reader's possible actions. ``person`` is empty once the data is erased."""

    id: str
    kind: DataRequestKind
    kind_name: str
    state: DataRequestState
    state_name: str
    person: str
    received_at: datetime
    due_at: datetime
    days_left: int
    registered_by: str
    confirmed_by: str
    reason: str
    may_confirm: bool
    may_close: bool
    may_download: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestsPage:
    """Waiting requests, the most urgent first, and those that ended, the newest first.

    ``found``: people to register a request for, after a search by an officer.
    """

    waiting: tuple[RequestRow, ...]
    ended: Paged[RequestRow]
    officer: bool
    today: str
    found: FoundPeople | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryPage:
    """Stored fields by kind: the title of the kind and its fields."""

    kinds: tuple[tuple[str, tuple[InventoryRow, ...]], ...]
    fields: int

    @property
    def is_short(self) -> bool:
        """Return whether all fields fit on one page."""
        return self.fields <= MOST_FIELDS


def privacy_page(viewer: Viewer, *, words: str = "", number: int = 1) -> Asking[PrivacyPage]:
    """Return the start page, with the people that fit ``words``. Raises EventRefused."""
    own = _own_municipality(viewer)
    requests = yield from find_all(DataRequest, f"waiting@{own}")
    overdue = sum(request.due_at < viewer.at for request in requests)
    if not is_officer(viewer.person):
        return PrivacyPage(officer=False, waiting=len(requests), overdue=overdue)
    runs = yield from find_each(NightlyRun, [nightly.name for nightly in REMOVAL_JOBS])
    receipts = yield from find_all(ErasureReceipt, f"municipality:{own}")
    page = paged(sorted(receipts, key=lambda receipt: receipt.at, reverse=True), number, size=RECEIPTS_AT_ONCE)
    return PrivacyPage(
        officer=True,
        waiting=len(requests),
        overdue=overdue,
        runs=tuple(_job_run(viewer, nightly.name, runs.get(nightly.name)) for nightly in REMOVAL_JOBS),
        receipts=page.showing(receipt_pairs(viewer.texts, receipt) for receipt in page.items),
        found=(yield from found_people(viewer, words)) if words else None,
    )


def requests_page(viewer: Viewer, *, words: str = "", number: int = 1) -> Asking[RequestsPage]:
    """Return the requests of the viewer's municipality, and the people that fit ``words``. Raises EventRefused."""
    own = _own_municipality(viewer)
    waiting = yield from find_all(DataRequest, f"waiting@{own}")
    ended = yield from find_all(DataRequest, f"ended@{own}")
    page = paged(
        sorted(ended, key=lambda request: request.ended_at or request.due_at, reverse=True),
        number,
        size=REQUESTS_AT_ONCE,
    )
    shown = (*sorted(waiting, key=lambda request: request.due_at), *page.items)
    ids = {id_ for request in shown for id_ in (request.person_id, request.registered_by, request.confirmed_by) if id_}
    people = yield from find_each(Person, sorted(ids))
    rows = {request.id: _request_row(viewer, request, people) for request in shown}
    return RequestsPage(
        waiting=tuple(rows[request.id] for request in shown if request.state in WAITING),
        ended=page.showing(rows[request.id] for request in page.items),
        officer=is_officer(viewer.person),
        found=(yield from found_people(viewer, words)) if words and is_officer(viewer.person) else None,
        today=viewer.at.astimezone(OSLO).date().isoformat(),
    )


def waiting_requests(viewer: Viewer) -> Asking[tuple[WaitingItem, ...]]:
    """Return the requests that the reader may confirm, and to an officer all that wait; without the person."""
    own = viewer.person.municipality_id
    if viewer.person.is_outsider or not viewer.person.has(*HANDLERS) or own is None:
        return ()
    officer = is_officer(viewer.person)
    return tuple(
        WaitingItem(
            title=viewer.texts(f"officer.request.kind.{request.kind}"),
            path=f"/desk/privacy/requests#{request.id}",
            since=request.received_at,
            due_at=request.due_at,
            by_day=True,
        )
        for request in (yield from find_all(DataRequest, f"waiting@{own}"))
        if officer or (request.state is DataRequestState.OPEN and may_confirm(viewer.person, request))
    )


def exportable_person(viewer: Viewer, request_id: str) -> Asking[str]:
    """Return the person of a confirmed request for export. Raises EventRefused."""
    viewer.require(*OFFICERS)
    request = yield from find(DataRequest, request_id[:100])
    person = (yield from find(Person, request.person_id)) if request is not None else None
    confirmed = request is not None and request.state is DataRequestState.CONFIRMED
    if person is None or not confirmed or not is_officer_for(viewer.person, person):
        raise viewer.not_found("officer.request.unknown")
    return person.id


def inventory_page(viewer: Viewer, *, words: str = "") -> Asking[InventoryPage]:
    """Return the inventory of stored fields, searched by ``words``. Raises EventRefused."""
    yield from ()
    _own_municipality(viewer)
    wanted = _folded(words).split()
    kinds: dict[str, list[InventoryRow]] = {}
    for row in inventory_rows(viewer.texts):
        text = _folded(" ".join((row.kind, row.title, row.label, row.field, row.purpose, row.whose)))
        if all(word in text for word in wanted):
            kinds.setdefault(row.title, []).append(row)
    return InventoryPage(
        kinds=tuple((title, tuple(rows)) for title, rows in kinds.items()), fields=sum(map(len, kinds.values()))
    )


def _folded(text: str) -> str:
    """Return the text as it is compared: without case, and with e-post and epost alike."""
    return text.casefold().replace("-", "")


def record_page(viewer: Viewer) -> Asking[ProcessingRecord]:
    """Return the record of processing activities as of today. Raises EventRefused."""
    yield from ()
    _own_municipality(viewer)
    return processing_record(viewer.texts, viewer.content.organisation, on=viewer.at.astimezone(OSLO).date())


def _own_municipality(viewer: Viewer) -> str:
    """Return the municipality of an officer or administrator. Raises EventRefused."""
    viewer.require(*HANDLERS)
    own = viewer.person.municipality_id
    if own not in viewer.content.organisation.municipalities or own is None:
        raise viewer.refusal("desk.refused.municipality")
    return own


def _job_run(viewer: Viewer, name: str, run: NightlyRun | None) -> JobRun:
    return JobRun(
        name=viewer.texts(f"officer.run.{name}"),
        done_at=run.done_at if run else None,
        removed=run.removed if run else 0,
    )


def _request_row(viewer: Viewer, request: DataRequest, people: Mapping[str, Person]) -> RequestRow:
    texts = viewer.texts

    def name(id_: str | None) -> str:
        person = people.get(id_ or "")
        return (person.name or person.id) if person is not None else ""

    officer, waits = is_officer(viewer.person), request.state in WAITING
    return RequestRow(
        id=request.id,
        kind=request.kind,
        kind_name=texts(f"officer.request.kind.{request.kind}"),
        state=request.state,
        state_name=texts(f"officer.request.state.{request.state}"),
        person=name(request.person_id),
        received_at=request.received_at,
        due_at=request.due_at,
        days_left=(request.due_at.astimezone(OSLO).date() - viewer.at.astimezone(OSLO).date()).days,
        registered_by=name(request.registered_by),
        confirmed_by=name(request.confirmed_by),
        reason=request.reason,
        may_confirm=request.state is DataRequestState.OPEN and may_confirm(viewer.person, request),
        may_close=officer and waits,
        may_download=officer and request.state is DataRequestState.CONFIRMED,
    )
