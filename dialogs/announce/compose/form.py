"""The announcement form as submitted: read, validated, turned into a draft."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Final

from dialogs.announce.access import Announcer
from dialogs.announce.audience import Audience
from dialogs.announce.compose.channels import MAX as MAX_CHANNELS
from dialogs.announce.compose.places import NamedPlaces, read_named
from dialogs.announce.compose.wording import read_links, wording_faults
from dialogs.announce.following import TOPICS
from dialogs.announce.model import Announcement, Link, Severity, Wording
from dialogs.core.content import Content
from dialogs.core.event import Event, Pressed
from dialogs.core.person import Role
from dialogs.core.texts import OSLO, Texts
from dialogs.teams_membership.model import ChosenChannel
from knowledge.article.article import Language
from knowledge.organisation.unit import Sector

MAX_LISTED: Final = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A submitted form.

    Args:
        listed: e-mail addresses and person ids of a pasted list, not yet looked up.
        keeps_list: no list was pasted and the draft's existing one stays.
    """

    wordings: dict[Language, Wording]
    links: tuple[Link, ...]
    audience: Audience
    listed: tuple[str, ...]
    keeps_list: bool
    severity: Severity
    confirm: bool
    incident: bool
    joiners: bool
    channel_ids: frozenset[str]
    expires_at: datetime | None

    def fill(
        self, draft: Announcement, *, person_ids: frozenset[str], channels: tuple[ChosenChannel, ...], at: datetime
    ) -> Announcement:
        """Return the draft's next edition with the form's values."""
        return replace(
            draft,
            edition=draft.edition + 1,
            wordings=self.wordings,
            links=self.links,
            audience=replace(self.audience, person_ids=person_ids),
            channels=channels,
            severity=self.severity,
            confirm=self.confirm,
            incident=self.incident,
            joiners=self.joiners,
            expires_at=self.expires_at,
            counted=None,
            approved_by=None,
            changed_at=at,
        )


def read_wordings(pressed: Pressed, texts: Texts) -> tuple[dict[Language, Wording], tuple[str, ...]]:
    """Return the texts of fields ``title_nb``, ``body_nb`` …, and faults as sentences."""
    wordings: dict[Language, Wording] = {}
    faults: list[str] = []
    for language in Language:
        title, body = pressed.text(f"title_{language}"), pressed.text(f"body_{language}")
        if title or body:
            wordings[language] = Wording(title=title, body=body)
            name, masked = texts(f"announce.language.{language}"), bool(title.found or body.found)
            faults += wording_faults(texts, wordings[language], name, masked=masked)
    if Language.NB not in wordings:
        faults.insert(0, texts("announce.fault.no_bokmal"))
    return wordings, tuple(faults)


def read_form(event: Event, content: Content, who: Announcer) -> tuple[Form, tuple[str, ...]]:
    """Return the submitted values and all faults as sentences."""
    pressed, texts = event.pressed, who.texts
    wordings, faults = read_wordings(pressed, texts)
    links, link_faults = read_links(texts, pressed.text("links"))
    named, unnamed = read_named(
        filter(None, map(str.strip, pressed.text("named").splitlines())),
        content.organisation,
        texts,
        own=who.municipality_id,
    )
    audience, strange = _read_audience(pressed, who, named)
    place_faults = audience.faults(content.organisation, own_municipality_id=who.municipality_id)
    listed = tuple(dict.fromkeys(_lines(pressed.text("list"))))
    expires_at, expiry_faults = _read_expiry(pressed.text("expires"), event.at, texts)
    faults = (*faults, *link_faults, *(texts(key) for key in place_faults or strange), *unnamed, *expiry_faults)
    if len(listed) > MAX_LISTED:
        faults = (*faults, texts("announce.fault.long_list", most=texts.number(MAX_LISTED)))
    channel_ids = _chosen(pressed, "channels")
    confirm, joiners = _ticked(pressed, "confirm"), _ticked(pressed, "joiners")
    if audience.channels_only and not channel_ids:
        faults = (*faults, texts("announce.fault.no_channel"))
    if audience.channels_only and (confirm or joiners):
        faults = (*faults, texts("announce.fault.channels_only"))
    if len(channel_ids) > MAX_CHANNELS:
        faults = (*faults, texts("announce.fault.many_channels", most=MAX_CHANNELS))
    form = Form(
        wordings=wordings,
        links=links,
        audience=audience,
        listed=listed,
        keeps_list=not listed and _ticked(pressed, "keep_list"),
        severity=_one_of(Severity, pressed.text("severity")) or Severity.INFO,
        confirm=confirm,
        incident=_ticked(pressed, "incident"),
        joiners=joiners,
        channel_ids=channel_ids,
        expires_at=expires_at,
    )
    return form, faults


def _read_audience(pressed: Pressed, who: Announcer, named: NamedPlaces) -> tuple[Audience, tuple[str, ...]]:
    """Return the chosen audience and faults as keys of sentences."""
    municipalities = _chosen(pressed, "municipalities") | named.municipality_ids
    # Announcers of one municipality get no such field; they mean their own.
    if not municipalities and "municipalities" not in pressed.data and who.municipality_id:
        municipalities = frozenset({who.municipality_id})
    sectors, roles = _chosen(pressed, "sectors"), _chosen(pressed, "roles")
    languages, topic = _chosen(pressed, "languages"), pressed.text("topic")
    audience = Audience(
        municipality_ids=municipalities,
        unit_ids=_chosen(pressed, "units") | named.unit_ids,
        sectors=frozenset(s for s in Sector if s in sectors),
        site_ids=_chosen(pressed, "sites") | named.site_ids,
        roles=frozenset(r for r in Role if r in roles),
        languages=frozenset(spoken for spoken in Language if spoken in languages),
        topic=topic if topic in TOPICS else "",
        channels_only=_ticked(pressed, "channels_only"),
    )
    # Ignoring an unknown choice would widen the audience, so it is a fault.
    strange = (sectors - audience.sectors) | (roles - audience.roles) | (languages - audience.languages)
    strange |= {topic} - {audience.topic}
    return audience, ("announce.fault.unknown_place",) if strange else ()


def _read_expiry(written: str, at: datetime, texts: Texts) -> tuple[datetime | None, tuple[str, ...]]:
    """Return midnight (Oslo) after the written day, or the faults."""
    if not written:
        return None, ()
    try:
        day = date.fromisoformat(written)
        end = datetime.combine(day + timedelta(days=1), time(0), tzinfo=OSLO).astimezone(at.tzinfo)
    except (ValueError, OverflowError):
        return None, (texts("announce.fault.date"),)
    return (end, ()) if end > at else (None, (texts("announce.fault.expired"),))


def _chosen(pressed: Pressed, name: str) -> frozenset[str]:
    return frozenset(part.strip() for part in pressed.text(name).split(",") if part.strip())


def _ticked(pressed: Pressed, name: str) -> bool:
    return pressed.text(name).lower() == "true"


def _lines(written: str) -> list[str]:
    """Return the lower-cased first column of pasted lines, whatever the separator."""
    firsts = (line.replace(";", ",").replace("\t", ",").split(",")[0] for line in written.splitlines())
    return [first.strip().strip('"').lower() for first in firsts if first.strip().strip('"')]


def _one_of(choices: type[Severity], value: str) -> Severity | None:
    return next((choice for choice in choices if choice == value), None)
