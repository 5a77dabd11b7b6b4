"""The privacy notice (GDPR articles 13 and 14), for the chat and the public page."""

from collections.abc import Iterator
from dataclasses import dataclass

from dialogs.core.data_rules import Purpose, Whose
from dialogs.core.texts import Texts
from dialogs.privacy.inventory import INVENTORY
from dialogs.privacy.report import retention
from dialogs.privacy.shown_words import words_rows
from knowledge.organisation.organisation import Organisation
from knowledge.organisation.unit import Contact, Municipality, PrivacyFacts

_PLAIN = (
    "source",
    "access",
    "leader",
    "transfers",
    "security",
    "automated",
    "monitoring",
    "rights",
    "voluntary",
    "complaint",
)

# Ids and times: repeated in each row, they would hide the purposes that differ.
_IN_EVERY_KIND = frozenset({Purpose.ORDER, Purpose.TIME})


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of the notice. ``name`` is the same in every language.

    ``pairs`` are a name and a value each, for a table. ``prominent``: must be seen without opening anything.
    """

    name: str
    heading: str
    prominent: bool = False
    paragraphs: tuple[str, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()


def notice(texts: Texts, organisation: Organisation, municipality_id: str | None) -> tuple[Section, ...]:
    """Return the notice of one municipality, or of all when the municipality is unknown."""
    own = organisation.municipalities.get(municipality_id or "")
    municipalities = (own,) if own is not None else tuple(organisation.municipalities.values())
    return (
        Section(
            name="controller",
            heading=texts("notice.controller.title"),
            paragraphs=(texts("notice.controller.text"),),
            pairs=tuple(pair for municipality in municipalities for pair in _responsible(texts, municipality)),
            prominent=True,
        ),
        # Article 21(4): clearly, and separately from everything else.
        Section(
            name="object",
            heading=texts("notice.object.title"),
            paragraphs=_paragraphs(texts("notice.object.text")),
            prominent=True,
        ),
        Section(
            name="stored",
            heading=texts("notice.stored.title"),
            paragraphs=(*_paragraphs(texts("notice.stored.text")), backups(texts, organisation.privacy)),
            pairs=tuple(_stored(texts)),
        ),
        Section(
            name="basis",
            heading=texts("notice.basis.title"),
            paragraphs=(*grounds(texts, municipalities), *_paragraphs(texts("notice.basis.sensitive"))),
        ),
        *(
            Section(
                name=name,
                heading=texts(f"notice.{name}.title"),
                paragraphs=(*_paragraphs(texts(f"notice.{name}.text")), *_configured(texts, name, organisation)),
                pairs=tuple(_shown_words(texts)) if name == "access" else (),
            )
            for name in _PLAIN
        ),
    )


def _shown_words(texts: Texts) -> Iterator[tuple[str, str]]:
    """Yield kinds of written words, with their readers and the reason."""
    for words, readers, why in words_rows(texts):
        yield words, f"{_sentence(readers)} {_sentence(why)}"


def _responsible(texts: Texts, municipality: Municipality) -> Iterator[tuple[str, str]]:
    """Yield controller and data protection officer. Without a controller in the file, the municipality's contact."""
    name = municipality.names.text(texts.language)
    controller = municipality.controller or municipality.contact
    yield name, _contact(texts, controller) if controller else name
    officer = municipality.data_protection_officer
    if officer is not None:
        yield texts("notice.officer", municipality=name), _contact(texts, officer)


def _configured(texts: Texts, section: str, organisation: Organisation) -> tuple[str, ...]:
    """Return what a section says about this installation."""
    match section:
        case "access":
            operator = processor(texts, organisation)
            return (texts("notice.processor", processor=operator) if operator else texts("notice.processor_unknown"),)
        case "transfers":
            return (transfer_basis(texts, organisation.privacy),)
        case "security":
            return (client_addresses(texts, organisation.privacy),)
        case _:
            return ()


def processor(texts: Texts, organisation: Organisation) -> str | None:
    """Return the operator of the server with its address: the one named in the file, or else the provider."""
    provider = next(
        (municipality for municipality in organisation.municipalities.values() if municipality.provider), None
    )
    operator = organisation.privacy.processor or (provider and (provider.controller or provider.contact))
    return _contact(texts, operator) if operator else None


def transfer_basis(texts: Texts, facts: PrivacyFacts) -> str:
    """Return the sentence about the safeguard for transfers out of the EEA, or about where to ask for it."""
    if facts.transfer_basis is None:
        return texts("notice.transfer_basis_unknown")
    return texts("notice.transfer_basis", basis=facts.transfer_basis.text(texts.language))


def client_addresses(texts: Texts, facts: PrivacyFacts) -> str:
    """Return the sentences about client addresses in Heia and in the web server in front of it."""
    logged = facts.web_log.text(texts.language) if facts.web_log else texts("notice.web_log")
    return f"{texts('notice.address')} {logged}"


def backups(texts: Texts, facts: PrivacyFacts) -> str:
    """Return the sentence about erased data in backups."""
    if facts.backup_days is None:
        return texts("notice.backups_unknown")
    return texts("notice.backups", days=texts.number(facts.backup_days))


def _contact(texts: Texts, contact: Contact) -> str:
    return f"{contact.role.text(texts.language)}, {contact.address}"


def _stored(texts: Texts) -> Iterator[tuple[str, str]]:
    for holding in INVENTORY:
        if holding.whose is Whose.NOBODY:
            continue
        purposes = [purpose for purpose in Purpose if purpose in holding.purposes.values()]
        named = [purpose for purpose in purposes if purpose not in _IN_EVERY_KIND] or purposes
        why = "; ".join(texts(f"privacy.purpose.{purpose}") for purpose in named)
        yield texts(f"privacy.kind.{holding.kind}"), f"{_sentence(why)} {_sentence(retention(texts, holding))}"


def grounds(texts: Texts, municipalities: tuple[Municipality, ...]) -> Iterator[str]:
    """Yield the legal grounds that apply to any of these municipalities, as paragraphs."""
    if any(not municipality.provider for municipality in municipalities):
        yield texts("notice.basis.municipality")
    if any(municipality.provider for municipality in municipalities):
        yield texts("notice.basis.provider")
    yield texts("notice.basis.evidence")


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(text.split("\n\n"))
