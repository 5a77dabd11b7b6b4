"""The form of a session as submitted: read, checked, turned into a session."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from dialogs.core.content import Content
from dialogs.core.event import Pressed
from dialogs.core.local_time import in_zone
from dialogs.core.person import Person, Role
from dialogs.core.query import Asking, find
from dialogs.core.texts import Texts
from dialogs.rollout.classroom.model import MAX_SEATS, ClassSession
from knowledge.article.article import Language
from knowledge.organisation.unit import OfficeHours

MAX_TITLE: Final = 120
MAX_PLACE: Final = 200
LONGEST: Final = timedelta(hours=10)
# Shorter than the time sessions are kept after their last change.
LONGEST_AHEAD: Final = timedelta(days=300)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassForm:
    """A submitted form with all values valid."""

    names: Mapping[Language, str]
    venue: str
    starts_at: datetime
    ends_at: datetime
    zone: str
    seats: int
    language: Language
    prerequisites: tuple[str, ...]
    unit_id: str | None
    teacher_id: str

    def fill(self, session: ClassSession) -> ClassSession:
        """Return the session with the form's values."""
        return replace(
            session,
            names=self.names,
            venue=self.venue,
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            zone=self.zone,
            seats=self.seats,
            language=self.language,
            prerequisites=self.prerequisites,
            unit_id=self.unit_id,
            teacher_id=self.teacher_id,
            edition=session.edition + 1,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmittedClass:
    """A submitted form with facts for its checks. ``by``: its submitter."""

    pressed: Pressed
    content: Content
    texts: Texts
    by: Person
    municipality_id: str
    at: datetime

    def checked(self) -> Asking[tuple[ClassForm | None, tuple[str, ...]]]:
        """Return the values, or None and all faults as sentences. Nothing is cut or guessed."""
        texts, read = self.texts, self.pressed.text
        faults = [*_text_faults(self.pressed, texts)]
        seats = _whole_number(read("seats"))
        if not 1 <= seats <= MAX_SEATS:
            faults.append(texts("classroom.fault.seats", most=texts.number(MAX_SEATS)))
        language = next((language for language in Language if language.value == read("language")), None)
        if language is None:
            faults.append(texts("classroom.fault.language"))
        prerequisites = tuple(filter(None, read("prerequisites").split(",")))
        if not set(prerequisites) <= {module.id for module in self.content.curriculum.modules}:
            faults.append(texts("classroom.fault.module"))
        unit_id = str(read("unit_id")) or None
        if not _is_here(unit_id, self.content, self.municipality_id):
            faults.append(texts("classroom.fault.unit"))
        teacher_id = yield from _teacher_among(str(read("teacher_id")) or self.by.id, self.by, self.municipality_id)
        if teacher_id is None:
            faults.append(texts("classroom.fault.teacher"))
        span, fault = self._span()
        if fault or faults or span is None or language is None or teacher_id is None:
            return None, (*faults, *filter(None, (fault,)))
        form = ClassForm(
            names={language: str(title) for language in Language if (title := read(f"title_{language}"))},
            venue=str(read("place")),
            starts_at=span[0],
            ends_at=span[1],
            zone=zone_of(self.content, self.municipality_id),
            seats=seats,
            language=language,
            prerequisites=prerequisites,
            unit_id=None if unit_id == self.municipality_id else unit_id,
            teacher_id=teacher_id,
        )
        return form, ()

    def _span(self) -> tuple[tuple[datetime, datetime] | None, str]:
        """Return start and end in UTC, or a fault. The times are local in the municipality's zone."""
        texts, zone = self.texts, zone_of(self.content, self.municipality_id)
        if self.pressed.text("zone") not in {"", zone}:
            return None, texts("classroom.fault.zone", zone=zone)
        try:
            day = date.fromisoformat(self.pressed.text("day"))
            clocks = [time.fromisoformat(self.pressed.text(name)) for name in ("start", "end")]
        except ValueError:
            return None, texts("classroom.fault.date")
        if any(clock.tzinfo is not None for clock in clocks):
            return None, texts("classroom.fault.zone", zone=zone)
        ahead = day - self.at.astimezone(ZoneInfo(zone)).date()
        if not timedelta() <= ahead <= LONGEST_AHEAD:
            return None, texts("classroom.fault.past" if ahead < timedelta() else "classroom.fault.far")
        start, end = (in_zone(day, clock.replace(second=0, microsecond=0), ZoneInfo(zone)) for clock in clocks)
        if start is None or end is None:
            return None, texts("classroom.fault.gap")
        if end <= start:
            return None, texts("classroom.fault.end")
        if end - start > LONGEST:
            return None, texts("classroom.fault.long", hours=texts.number(LONGEST // timedelta(hours=1)))
        return ((start, end), "") if start > self.at else (None, texts("classroom.fault.past"))


def zone_of(content: Content, municipality_id: str) -> str:
    """Return the zone of the municipality's clocks."""
    municipality = content.organisation.municipalities.get(municipality_id)
    return (municipality.office_hours if municipality else OfficeHours()).timezone


def _text_faults(pressed: Pressed, texts: Texts) -> Iterator[str]:
    if not pressed.text(f"title_{Language.NB}"):
        yield texts("classroom.fault.title")
    if not pressed.text("place"):
        yield texts("classroom.fault.place")
    written = [pressed.text(f"title_{language}") for language in Language]
    if any(len(title) > MAX_TITLE for title in written):
        yield texts("classroom.fault.title_long", most=texts.number(MAX_TITLE))
    if len(pressed.text("place")) > MAX_PLACE:
        yield texts("classroom.fault.place_long", most=texts.number(MAX_PLACE))
    if any(text.found for text in (*written, pressed.text("place"))):
        yield texts("classroom.fault.masked")


def _teacher_among(wanted: str, by: Person, municipality_id: str) -> Asking[str | None]:
    """Return the id if it is a teacher's of this municipality, else None. Only administrators choose another one."""
    if wanted != by.id and not by.has(Role.ADMIN):
        return None
    teacher = yield from find(Person, wanted)
    if teacher is None or teacher.is_outsider or not teacher.has(Role.TEACHER):
        return None
    return teacher.id if teacher.municipality_id == municipality_id else None


def _is_here(unit_id: str | None, content: Content, municipality_id: str) -> bool:
    unit = content.organisation.find_unit(unit_id) if unit_id is not None else None
    return unit_id is None or (unit is not None and unit.municipality_id == municipality_id)


def _whole_number(text: str) -> int:
    """Return the number, or -1 for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 4 else -1
