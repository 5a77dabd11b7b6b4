"""The announcement form as submitted, with its places: read, validated, turned into a draft."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Final

from dialogs.announce.access import Announcer
from dialogs.announce.audience import Audience
from dialogs.announce.compose.channels import MAX as MAX_CHANNELS
from dialogs.announce.compose.wording import (
    LINK_FIELDS,
    MAX_ALTERNATIVE,
    MAX_LINKS,
    FieldFault,
    lines_of_fields,
    link_field,
    link_line,
    read_links,
    wording_faults,
)
from dialogs.announce.deliver.message_builder import last_day
from dialogs.announce.following import TOPICS
from dialogs.announce.model import Announcement, Enclosures, Link, Severity, Wording
from dialogs.core.content import Content
from dialogs.core.event import Event, Pressed
from dialogs.core.person import Role
from dialogs.core.texts import OSLO, Texts
from dialogs.teams_membership.model import ChosenChannel
from knowledge.article.article import Language
from knowledge.language.masking import MaskedText, cut, mask
from knowledge.organisation.organisation import Organisation
from knowledge.organisation.unit import LocalisedName, Sector, Unit

# Municipalities, units and sites of an audience, chosen or entered by name.

Choices = tuple[tuple[str, str], ...]

# Entries in all lists of one card; Teams cards hold no more.
MAX: Final = 150

# Separator between a parent place and a place with an ambiguous name.
BELOW: Final = ">"


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Choices as pairs of title and id; ``whole``: the lists are complete."""

    municipalities: Choices
    units: Choices
    sites: Choices
    whole: bool


def places(organisation: Organisation, audience: Audience, language: Language, *, own: str | None) -> Places:
    """Return the choices that fit into a card.

    With ``own``, units of that municipality only; else municipalities and their departments. Lists that are too long
    keep the upper levels of units; places already in ``audience`` always stay.
    """
    towns = [] if own is not None else [(m.names.text(language), m.id) for m in organisation.municipalities.values()]
    sites = [
        (site.names.text(language), site.id)
        for site in organisation.sites.values()
        if own in {None, site.municipality_id}
    ]
    units = _departments(organisation, language) if own is None else _tree(organisation, own, language)
    municipalities = _shortened(towns, audience.municipality_ids, room=MAX)
    levels = [organisation.depth(id_) for _, id_ in units]
    deepest = max(levels, default=0)
    # Leave out the deepest levels first: choosing an upper unit includes its subtree.
    while deepest and sum(level <= deepest for level in levels) > MAX - len(municipalities):
        deepest -= 1
    upper = [
        unit for unit, level in zip(units, levels, strict=True) if level <= deepest or unit[1] in audience.unit_ids
    ]
    shown = _shortened(sites, audience.site_ids, room=MAX - len(municipalities) - len(upper))
    return Places(
        municipalities=municipalities,
        units=tuple(upper),
        sites=shown,
        whole=(len(municipalities), len(upper), len(shown)) == (len(towns), len(units), len(sites)),
    )


def _shortened(choices: Sequence[tuple[str, str]], chosen: Collection[str], *, room: int) -> Choices:
    return tuple(choice for choice in choices if len(choices) <= room or choice[1] in chosen)


def _departments(organisation: Organisation, language: Language) -> list[tuple[str, str]]:
    return [
        (f"{municipality.names.text(language)}: {unit.names.text(language)}", unit.id)
        for municipality in organisation.municipalities.values()
        for unit in organisation.children(municipality.id)
    ]


def _tree(organisation: Organisation, above: str, language: Language) -> list[tuple[str, str]]:
    """Return the units below one, depth first, indented by level."""
    choices: list[tuple[str, str]] = []
    for unit in organisation.children(above):
        choices.append(("– " * (organisation.depth(unit.id) - 1) + unit.names.text(language), unit.id))
        choices += _tree(organisation, unit.id, language)
    return choices


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedPlaces:
    """Ids of places entered by name."""

    municipality_ids: frozenset[str] = frozenset()
    unit_ids: frozenset[str] = frozenset()
    site_ids: frozenset[str] = frozenset()


def read_named(
    lines: Iterable[str], organisation: Organisation, texts: Texts, *, own: str | None
) -> tuple[NamedPlaces, tuple[str, ...]]:
    """Return the places named by ``lines``, and faults as sentences.

    A line is a name in any language, or a path such as "Helse > Natt". A unit takes precedence over a site of the same
    name. With ``own`` only places of that municipality are known.
    """
    wanted = {line: tuple(_plain(part) for part in line.split(BELOW)) for line in lines}
    names = {parts[-1] for parts in wanted.values()}
    units = [unit for unit in _units(organisation, own) if names & _plain_names(unit.names)]
    towns = [] if own is not None else list(organisation.municipalities.values())
    sites = [site for site in organisation.sites.values() if own in {None, site.municipality_id}]
    municipality_ids, unit_ids, site_ids = set[str](), set[str](), set[str]()
    faults: list[str] = []
    for line, (*above, name) in wanted.items():
        meant = [unit for unit in units if name in _plain_names(unit.names) and _lies_below(organisation, unit, above)]
        by_town = [town.id for town in towns if not above and name in _plain_names(town.names)]
        by_site = [site.id for site in sites if not above and name in _plain_names(site.names)]
        if by_town:
            municipality_ids.update(by_town)
        elif len(meant) == 1:
            unit_ids.add(meant[0].id)
        elif meant:
            example = f" {BELOW} ".join(
                u.names.text(texts.language) for u in reversed(organisation.path(meant[0].id)[:2])
            )
            faults.append(texts("announce.fault.place_many", name=line, example=example))
        elif len(by_site) == 1:
            site_ids.update(by_site)
        else:
            faults.append(texts("announce.fault.place_unknown", name=line))
    places = NamedPlaces(
        municipality_ids=frozenset(municipality_ids), unit_ids=frozenset(unit_ids), site_ids=frozenset(site_ids)
    )
    return places, tuple(faults)


def _units(organisation: Organisation, own: str | None) -> Iterator[Unit]:
    for municipality_id in organisation.municipalities if own is None else (own,):
        yield from organisation.units(municipality_id)[1:]


def _lies_below(organisation: Organisation, unit: Unit, above: Sequence[str]) -> bool:
    known = {name for ancestor in organisation.path(unit.id)[1:] for name in _plain_names(ancestor.names)}
    return known.issuperset(above)


def _plain_names(names: LocalisedName) -> frozenset[str]:
    return frozenset(_plain(names.text(language)) for language in Language)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


MAX_LISTED: Final = 5000
MAX_SENDER: Final = 80
# Choices for the image of a correction; another value is the id of an uploaded image.
KEEP_IMAGE: Final = "keep"
REMOVE_IMAGE: Final = "remove"


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A submitted form.

    Args:
        listed: ids of ticked people, and e-mail addresses and ids of a pasted list, not yet looked up.
        keeps_list: no list was pasted and the draft's existing one stays.
        sender: None keeps that of the draft, as does ``image_alt``: earlier cards have no such field.
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
    sender: str | None = None
    image_alt: Mapping[Language, str] | None = None

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
            sender=draft.sender if self.sender is None else self.sender,
            image_alt=draft.image_alt if self.image_alt is None else self.image_alt,
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
            masked = [f"{name}_{language}" for name, text in (("title", title), ("body", body)) if text.found]
            faults += wording_faults(texts, wordings[language], language, masked=masked)
    if Language.NB not in wordings:
        faults.insert(0, FieldFault(f"title_{Language.NB}", texts("announce.fault.no_bokmal")))
    return wordings, tuple(faults)


def read_form(event: Event, content: Content, who: Announcer) -> tuple[Form, tuple[str, ...]]:
    """Return the submitted values and all faults as sentences."""
    pressed, texts = event.pressed, who.texts
    wordings, faults = read_wordings(pressed, texts)
    links, link_faults = _read_links(pressed, texts)
    named, unnamed = read_named(
        filter(None, map(str.strip, pressed.text("named").splitlines())),
        content.organisation,
        texts,
        own=who.municipality_id,
    )
    audience, strange = _read_audience(pressed, who, named)
    place_faults = audience.faults(content.organisation, own_municipality_id=who.municipality_id)
    listed = tuple(dict.fromkeys((*sorted(_chosen(pressed, "people")), *_lines(pressed.text("list")))))
    expires_at, expiry_faults = _read_expiry(pressed.text("expires"), event.at, texts)
    faults = (*faults, *link_faults, *(texts(key) for key in place_faults or strange), *unnamed, *expiry_faults)
    if len(listed) > MAX_LISTED:
        faults = (*faults, FieldFault("list", texts("announce.fault.long_list", most=texts.number(MAX_LISTED))))
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
        sender=cut(pressed.text("sender"), MAX_SENDER) if "sender" in pressed.data else None,
        image_alt=read_alternatives(pressed),
    )
    return form, faults


def _written_links(pressed: Pressed) -> MaskedText | None:
    """Return the links as lines, of the fields or of the single field of earlier cards; None without either."""
    lines = lines_of_fields({name: str(pressed.text(name)) for name in pressed.data})
    if lines is not None:
        return mask(lines)
    return pressed.text("links") if "links" in pressed.data else None


def _read_links(pressed: Pressed, texts: Texts) -> tuple[tuple[Link, ...], tuple[str, ...]]:
    links, faults = read_links(texts, _written_links(pressed) or MaskedText())
    # What was masked in one of the fields is no longer seen in the lines.
    fields = (link_field(number, name) for number in range(1, MAX_LINKS + 1) for name in LINK_FIELDS)
    masked = next((field for field in fields if pressed.text(field).found), None)
    if masked is not None:
        faults = (*faults, FieldFault(masked, texts("announce.fault.secret_link")))
    return links, faults


def read_alternatives(pressed: Pressed) -> Mapping[Language, str] | None:
    """Return the alternative texts of the image by language; None when the card has no such field."""
    names = {language: f"alt_{language}" for language in Language}
    if not any(name in pressed.data for name in names.values()):
        return None
    written = {language: cut(pressed.text(name), MAX_ALTERNATIVE) for language, name in names.items()}
    return {language: text for language, text in written.items() if text}


def read_enclosures(event: Event, old: Enclosures, texts: Texts) -> tuple[Enclosures, tuple[str, ...]]:
    """Return the enclosures of a correction, without its image, and faults as sentences.

    Without a field in the pressed card, the old value stays.
    """
    pressed, faults = event.pressed, tuple[str, ...]()
    links, expires_at = old.links, old.expires_at
    written = _written_links(pressed)
    if written is not None and written != links_text(old.links):
        links, faults = _read_links(pressed, texts)
    day = pressed.text("expires")
    # The end that is shown stays allowed, also once it has passed.
    if "expires" in pressed.data and day != expiry_day(old.expires_at):
        expires_at, late = _read_expiry(day, event.at, texts)
        faults += late
    alternatives = read_alternatives(pressed)
    image_alt = old.image_alt if alternatives is None else alternatives
    return replace(old, links=links, expires_at=expires_at, image_alt=image_alt), faults


def links_text(links: tuple[Link, ...]) -> str:
    """Return the links as the form shows them, one a line."""
    return "\n".join(map(link_line, links))


def expiry_day(expires_at: datetime | None) -> str:
    """Return the last day of validity as the form shows it; empty without an end."""
    return last_day(expires_at).isoformat() if expires_at is not None else ""


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
        return None, (FieldFault("expires", texts("announce.fault.date")),)
    return (end, ()) if end > at else (None, (FieldFault("expires", texts("announce.fault.ended")),))


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
