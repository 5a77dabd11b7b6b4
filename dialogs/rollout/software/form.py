"""What a person writes in a form, checked: too long, missing or impossible inputs are refused, never cut."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from urllib.parse import urlsplit

from dialogs.core.decision import Notice, do
from dialogs.core.event import Event
from dialogs.core.refusal import EventRefused
from dialogs.core.review import reasons_to_warn
from dialogs.core.texts import Texts
from dialogs.rollout.software.model import LONGEST_LINK, LONGEST_PROGRAM
from dialogs.rollout.software.place import use_of
from knowledge.language.concerns import Concern
from knowledge.software.program import LONGEST_TEXT, PersonalData, ProgramUse

LONGEST_USERS: Final = 200
# An address as people write it: "blooket.com".
_BARE_LINK: Final = re.compile(r"[\w-]+(\.[\w-]+)*\.[A-Za-z]{2,}(/\S*)?")
# The labels of the dates that a form asks for.
_DAYS: Final = {
    "due": "software.deadline_new",
    "review_by": "software.next_assessment",
    "expires": "software.expires",
}
# A later day is a slip of the pen.
FURTHEST: Final = timedelta(days=3660)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationForm:
    """The inputs of an application."""

    program: str
    reason: str
    users: str
    personal_data: PersonalData
    link: str
    use: ProgramUse

    @property
    def words(self) -> dict[str, str]:
        """Free texts by the name of their field, in the order of the form."""
        return {"program": self.program, "reason": self.reason, "users": self.users, "link": self.link}

    @property
    def concerns(self) -> tuple[Concern, ...]:
        """What the readers of an application need not see. A third person, such as a colleague, is no concern here."""
        concerns = reasons_to_warn(*self.words.values())
        return tuple(concern for concern in Concern if concern in concerns and concern is not Concern.THIRD_PERSON)


def application_form_of(event: Event, texts: Texts) -> ApplicationForm:
    """Return the inputs of an application. Raises EventRefused."""
    for_id = str(event.pressed.text("person_id"))
    if for_id and for_id != event.person_id:
        raise refused(texts, "software.not_for_others")
    # Cards of earlier versions ask for the program and the reason only.
    asked = event.pressed.data
    form = ApplicationForm(
        program=line_of(event, texts, "program", most=LONGEST_PROGRAM, needed="software.program_needed"),
        reason=line_of(event, texts, "reason", needed="software.reason_needed"),
        users=line_of(
            event, texts, "users", most=LONGEST_USERS, needed="software.users_needed" if "users" in asked else ""
        ),
        personal_data=personal_data_of(str(event.pressed.text("personal_data"))),
        link=link_of(event, texts, "link"),
        use=use_of(str(event.pressed.text("use"))),
    )
    if "personal_data" in asked and form.personal_data is PersonalData.UNKNOWN:
        raise refused(texts, "software.personal_needed")
    return form


def line_of(event: Event, texts: Texts, name: str, *, most: int = LONGEST_TEXT, needed: str = "") -> str:
    """Return a masked input as one line.

    Args:
        needed: key of the refusal of an empty one.

    Raises:
        EventRefused: it is empty or too long.
    """
    return _checked(" ".join(event.pressed.text(name).split()), texts, name, most=most, needed=needed)


def text_of(event: Event, texts: Texts, name: str, *, most: int) -> str:
    """Return a masked input with its lines. Raises EventRefused: it is too long."""
    return _checked(str(event.pressed.text(name)), texts, name, most=most, needed="")


def _checked(text: str, texts: Texts, name: str, *, most: int, needed: str) -> str:
    if needed and not text:
        raise refused(texts, needed)
    if len(text) > most:
        key = "software.program_too_long" if name in {"program", "name"} else "software.too_long"
        raise refused(texts, key, number=texts.number(most), length=texts.number(len(text)))
    return text


def link_of(event: Event, texts: Texts, name: str) -> str:
    """Return an input that is a web address, or empty. Raises EventRefused."""
    link = str(event.pressed.text(name))
    if not link:
        return ""
    if _BARE_LINK.fullmatch(link):
        link = f"https://{link}"
    try:
        parts = urlsplit(link)
    except ValueError:
        raise refused(texts, "software.bad_link") from None
    sound = parts.scheme in {"http", "https"} and parts.hostname and "@" not in parts.netloc and len(link.split()) == 1
    if not sound or len(link) > LONGEST_LINK:
        raise refused(texts, "software.bad_link")
    return link


def day_of(event: Event, texts: Texts, name: str, *, today: date) -> date | None:
    """Return an input that is a day after today, or None. Raises EventRefused."""
    given = str(event.pressed.text(name))
    if not given:
        return None
    try:
        day = date.fromisoformat(given)
    except ValueError:
        raise refused(texts, "software.bad_date", field=texts(_DAYS[name])) from None
    if not today < day <= today + FURTHEST:
        raise refused(texts, "software.bad_date", field=texts(_DAYS[name]))
    return day


def personal_data_of(text: str) -> PersonalData:
    """Return the answer of a form; unknown by default."""
    return next((option for option in PersonalData if option.value == text), PersonalData.UNKNOWN)


def refused(texts: Texts, key: str, **values: object) -> EventRefused:
    """Return the refusal with a text, to be raised."""
    return EventRefused(do(Notice(text=texts(key, **values))))
