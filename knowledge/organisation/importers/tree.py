"""Read organisation.yaml into connected municipalities, units and sites."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import time
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from knowledge.organisation.importers.fault import FaultKind, ImportFault, fault
from knowledge.organisation.importers.marked import MarkedMap, read_marked
from knowledge.organisation.office_hours import OfficeHours
from knowledge.organisation.unit import (
    Contact,
    DutyHours,
    LocalisedName,
    Municipality,
    PrivacyFacts,
    Sector,
    ServiceDesk,
    Site,
    Unit,
)

_ID: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_CLOCK: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
# Longer than ten years is a mistake in the file.
_DAYS: Final = re.compile(r"[1-9]\d{0,2}|[12]\d{3}|3[0-5]\d{2}|36[0-4]\d|3650")
_PHONE: Final = re.compile(r"\+?\d(?:[ ]?\d){2,14}")
# Without characters that would end a Markdown link.
_PAGE: Final = re.compile(r"https://[^\s()<>\[\]\"]{1,300}")
_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SECTORS: Final = {sector.value: sector for sector in Sector}
_SETTINGS: Final = {
    "names",
    "provider",
    "contact",
    "contacts",
    "public_contact",
    "controller",
    "data_protection_officer",
    "service_desk",
    "local",
    "office_hours",
    "shares_with",
}
_MUNICIPALITY_FIELDS: Final = _SETTINGS | {"id", "league_table", "approval_required", "sites", "units"}
_UNIT_FIELDS: Final = {"id", "parent", "names", "sector", "site", "leader_role", "leader", "formerly", "contacts"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """Valid values only; parents before children, including each municipality's root unit."""

    municipalities: tuple[Municipality, ...] = ()
    units: tuple[Unit, ...] = ()
    sites: tuple[Site, ...] = ()
    privacy: PrivacyFacts = field(default_factory=PrivacyFacts)
    sample: bool = False


def read_tree(text: str) -> tuple[Tree, tuple[ImportFault, ...]]:
    """Read an organisation file.

    Faulty entries are left out, or kept without the faulty field, and reported.

    Left out: missing or duplicate id, unknown parent, cycles, and all units below these.
    Kept: a unit without name (its id is used), or with an unknown site or sector (the field is empty).
    """
    faults: list[ImportFault] = []
    top = read_marked(text, faults)
    if top is None:
        return Tree(), tuple(faults)
    top.only({"municipalities", "privacy", "sample"})
    entries = top.maps("municipalities")
    if not entries and not faults:
        top.fault("municipalities", FaultKind.MISSING)
    reader = _Reader()
    for entry in entries:
        reader.municipality(entry)
    tree = replace(reader.tree(faults), privacy=_privacy(top), sample=top.flag("sample", default=False))
    return tree, tuple(
        sorted(faults, key=lambda import_fault: (import_fault.line, import_fault.column, import_fault.kind))
    )


class _Reader:
    def __init__(self) -> None:
        self._municipalities: dict[str, tuple[Municipality, MarkedMap]] = {}
        self._units: dict[str, tuple[Unit, MarkedMap | None]] = {}
        self._sites: dict[str, Site] = {}
        self._former: dict[str, str] = {}

    def municipality(self, entry: MarkedMap) -> None:
        entry.only(_MUNICIPALITY_FIELDS)
        id_ = _new_id(entry, self._units)
        if id_ is None:
            return
        names = _names(entry, "names") or LocalisedName(nb=id_)
        municipality = Municipality(
            id=id_,
            names=names,
            contact=_contact(entry, "contact", required=True),
            contacts=_contacts(entry),
            public_contact=_contact(entry, "public_contact"),
            controller=_contact(entry, "controller"),
            data_protection_officer=_contact(entry, "data_protection_officer"),
            service_desk=_service_desk(entry),
            local=_local(entry),
            office_hours=_office_hours(entry),
            provider=entry.flag("provider", default=False),
            shares_with=frozenset(entry.texts("shares_with") or ()),
            league_table=entry.flag("league_table", default=False),
            approval_required=entry.flag("approval_required", default=False),
        )
        self._municipalities[id_] = (municipality, entry)
        self._units[id_] = (Unit(id=id_, municipality_id=id_, parent_id=None, names=names), None)
        for site in entry.maps("sites"):
            self._site(site, id_)
        for unit in entry.maps("units"):
            self._unit(unit, id_)

    def _site(self, entry: MarkedMap, municipality_id: str) -> None:
        entry.only({"id", "names"})
        if (id_ := _new_id(entry, self._sites)) is not None:
            names = _names(entry, "names") or LocalisedName(nb=id_)
            self._sites[id_] = Site(id=id_, municipality_id=municipality_id, names=names)

    def _unit(self, entry: MarkedMap, municipality_id: str) -> None:
        entry.only(_UNIT_FIELDS)
        id_ = _new_id(entry, self._units)
        if id_ is None:
            return
        site_id = entry.text("site")
        if site_id and (site_id not in self._sites or self._sites[site_id].municipality_id != municipality_id):
            entry.fault("site", FaultKind.UNKNOWN_SITE, site_id)
            site_id = None
        sector = entry.text("sector")
        if sector and sector not in _SECTORS:
            entry.fault("sector", FaultKind.BAD_VALUE, sector)
        unit = Unit(
            id=id_,
            municipality_id=municipality_id,
            parent_id=entry.text("parent") or municipality_id,
            names=_names(entry, "names") or LocalisedName(nb=id_),
            sector=_SECTORS.get(sector or ""),
            site_id=site_id,
            leader_role=_names(entry, "leader_role", required=False),
            leader_id=entry.text("leader"),
            former_ids=entry.texts("formerly") or (),
            contacts=_contacts(entry),
        )
        self._units[id_] = (unit, entry)

    def tree(self, faults: list[ImportFault]) -> Tree:
        """Run the checks that need all entries."""
        municipalities = []
        for municipality, entry in self._municipalities.values():
            for unknown_id in sorted(municipality.shares_with - self._municipalities.keys()):
                entry.fault("shares_with", FaultKind.UNKNOWN_MUNICIPALITY, unknown_id)
            municipalities.append(
                replace(municipality, shares_with=municipality.shares_with & self._municipalities.keys())
            )
        rooted, loose = attach({id_: unit for id_, (unit, _) in self._units.items()})
        for id_, kind in loose.items():
            unit, where = self._units[id_]
            line = where.line_of("parent") if where else 1
            faults.append(fault(line, kind, "parent", unit.parent_id or ""))
        return Tree(
            municipalities=tuple(municipalities),
            units=tuple(self._without_taken_former_ids(unit) for unit in rooted),
            sites=tuple(self._sites.values()),
        )

    def _without_taken_former_ids(self, unit: Unit) -> Unit:
        """Return the unit without former ids that exist now or belong to another unit."""
        kept = []
        for former in unit.former_ids:
            if former in self._units or self._former.setdefault(former, unit.id) != unit.id:
                entry = self._units[unit.id][1]
                if entry is not None:
                    entry.fault("formerly", FaultKind.DUPLICATE_ID, former)
            else:
                kept.append(former)
        return unit if len(kept) == len(unit.former_ids) else replace(unit, former_ids=tuple(kept))


def attach(units: Mapping[str, Unit]) -> tuple[tuple[Unit, ...], dict[str, FaultKind]]:
    """Return the units connected to a root, parents first, with inherited sectors.

    The second value is the fault of each other unit.
    """
    children: dict[str, list[str]] = {}
    for unit in units.values():
        if unit.parent_id is not None:
            children.setdefault(unit.parent_id, []).append(unit.id)
    rooted: dict[str, Unit] = {id_: unit for id_, unit in units.items() if unit.parent_id is None}
    queue = list(rooted)
    for id_ in queue:
        above = rooted[id_]
        for child_id in children.get(id_, ()):
            child = units[child_id]
            if child.municipality_id == above.municipality_id:
                rooted[child_id] = replace(child, sector=child.sector or above.sector)
                queue.append(child_id)
    return tuple(rooted.values()), _why_loose(units, rooted)


def _why_loose(units: Mapping[str, Unit], rooted: Mapping[str, Unit]) -> dict[str, FaultKind]:
    why: dict[str, FaultKind] = {}
    for start in units:
        trail: dict[str, None] = {}
        at = start
        while at not in rooted and at not in why and at not in trail:
            trail[at] = None
            unit = units[at]
            above = units.get(unit.parent_id or "")
            if above is None or above.municipality_id != unit.municipality_id:
                why[at] = FaultKind.UNKNOWN_PARENT
                break
            at = above.id
        on_cycle = False
        for id_ in trail:
            on_cycle = on_cycle or id_ == at
            why.setdefault(id_, FaultKind.CYCLE if on_cycle else FaultKind.PARENT_LEFT_OUT)
    return why


def _new_id(entry: MarkedMap, taken: Mapping[str, object]) -> str | None:
    id_ = entry.text("id")
    if id_ is None:
        entry.fault("id", FaultKind.MISSING)
    elif not _ID.fullmatch(id_):
        entry.fault("id", FaultKind.BAD_ID, id_)
    elif id_ in taken:
        entry.fault("id", FaultKind.DUPLICATE_ID, id_)
    else:
        return id_
    return None


def _names(entry: MarkedMap, key: str, *, required: bool = True) -> LocalisedName | None:
    """Read ``{nb: …, nn: …, en: …}``, or a plain text, which is Bokmål."""
    if entry.is_text(key) and (text := entry.text(key)):
        return LocalisedName(nb=text)
    names = entry.map(key)
    if names is not None:
        names.only({"nb", "nn", "en"})
        if nb := names.text("nb"):
            return LocalisedName(nb=nb, nn=names.text("nn"), en=names.text("en"))
        names.fault("nb", FaultKind.MISSING)
    elif required:
        entry.fault(key, FaultKind.MISSING)
    return None


def _contact(entry: MarkedMap, key: str, *, required: bool = False) -> Contact | None:
    contact = entry.map(key)
    if contact is None:
        if required:
            entry.fault(key, FaultKind.MISSING)
        return None
    return _read_contact(contact)


def _contacts(entry: MarkedMap) -> tuple[Contact, ...]:
    """Return the roles people may write to; an address only, so that no private number is published."""
    contacts = (_read_contact(contact) for contact in entry.maps("contacts"))
    return tuple(contact for contact in contacts if contact is not None)


def _read_contact(contact: MarkedMap) -> Contact | None:
    contact.only({"role", "address"})
    role, address = _names(contact, "role"), contact.text("address")
    if address is None or not re.fullmatch(r"[^@\s]+@[^@\s]+", address):
        contact.fault("address", FaultKind.BAD_VALUE if address else FaultKind.MISSING, address or "")
        return None
    return Contact(role=role, address=address) if role else None


def _service_desk(entry: MarkedMap) -> ServiceDesk | None:
    desk = entry.map("service_desk")
    if desk is None:
        return None
    desk.only({"phone", "page", "hours", "evening_duty"})
    phone, page = _text_of_form(desk, "phone", _PHONE), _text_of_form(desk, "page", _PAGE)
    if phone is None and page is None:
        desk.fault("phone", FaultKind.MISSING)
        return None
    duty = desk.map("evening_duty")
    evening = None
    if duty is not None:
        duty.only({"phone", "hours"})
        number = _text_of_form(duty, "phone", _PHONE)
        if number is None:
            duty.fault("phone", FaultKind.MISSING)
        else:
            evening = DutyHours(phone=number, hours=_names(duty, "hours", required=False))
    return ServiceDesk(phone=phone, page=page, hours=_names(desk, "hours", required=False), evening_duty=evening)


def _local(entry: MarkedMap) -> Mapping[str, LocalisedName]:
    """Return the municipality's texts for placeholders, by key."""
    texts = entry.map("local")
    if texts is None:
        return {}
    named = {}
    for key in texts.field_names():
        if not _ID.fullmatch(key):
            texts.fault(key, FaultKind.BAD_ID, key)
        elif name := _names(texts, key):
            named[key] = name
    return named


def _text_of_form(entry: MarkedMap, key: str, form: re.Pattern[str]) -> str | None:
    """Return a text of the given form; ``None`` if missing or of another form, which is a fault."""
    text = entry.text(key)
    if text is None or form.fullmatch(text):
        return text
    entry.fault(key, FaultKind.BAD_VALUE, text)
    return None


def _privacy(top: MarkedMap) -> PrivacyFacts:
    entry = top.map("privacy")
    if entry is None:
        return PrivacyFacts()
    entry.only({"processor", "transfer_basis", "backup_days", "web_log"})
    days = entry.text("backup_days")
    if days is not None and not _DAYS.fullmatch(days):
        entry.fault("backup_days", FaultKind.BAD_VALUE, days)
        days = None
    return PrivacyFacts(
        processor=_contact(entry, "processor"),
        transfer_basis=_names(entry, "transfer_basis", required=False),
        backup_days=int(days) if days else None,
        web_log=_names(entry, "web_log", required=False),
    )


def _office_hours(entry: MarkedMap) -> OfficeHours:
    hours = entry.map("office_hours")
    usual = OfficeHours()
    if hours is None:
        return usual
    hours.only({"days", "opens", "closes", "timezone"})
    days = hours.texts("days")
    if days is not None and (not days or set(days) - set(_WEEKDAYS)):
        hours.fault("days", FaultKind.BAD_VALUE, ", ".join(days))
        days = None
    opens, closes = _clock(hours, "opens", usual.opens), _clock(hours, "closes", usual.closes)
    if opens >= closes:
        hours.fault("closes", FaultKind.BAD_VALUE, f"{opens:%H:%M}–{closes:%H:%M}")
        opens, closes = usual.opens, usual.closes
    timezone = hours.text("timezone") or usual.timezone
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        hours.fault("timezone", FaultKind.BAD_VALUE, timezone)
        timezone = usual.timezone
    weekdays = usual.weekdays if days is None else frozenset(map(_WEEKDAYS.index, days))
    return OfficeHours(weekdays=weekdays, opens=opens, closes=closes, timezone=timezone)


def _clock(entry: MarkedMap, key: str, usual: time) -> time:
    text = entry.text(key)
    if text is None:
        return usual
    clock = _CLOCK.fullmatch(text)
    if clock is None:
        entry.fault(key, FaultKind.BAD_VALUE, text)
        return usual
    return time(int(clock[1]), int(clock[2]))
