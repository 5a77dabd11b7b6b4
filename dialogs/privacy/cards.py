"""Cards about a person's own data."""

from collections.abc import Sequence

from dialogs.core import card
from dialogs.core.data_rules import Erasing
from dialogs.core.erasure_receipt import ErasureReceipt
from dialogs.core.holding import Holding
from dialogs.core.message import Message
from dialogs.core.person import Person
from dialogs.core.texts import Texts
from dialogs.privacy.erasing import removes
from dialogs.privacy.inventory import INVENTORY
from dialogs.privacy.notice import Section
from dialogs.privacy.own_data import HeldData
from dialogs.privacy.report import limit


def my_data(texts: Texts, person: Person, held: Sequence[HeldData], *, ground: str, downloads: bool) -> Message:
    """Return the number of stored records and the retention per kind.

    ``ground``: the legal ground of the person's employer.
    ``downloads``: the channel offers the data as a file; elsewhere a sentence names the web page.
    """
    stored = [held_data for held_data in held if held_data.records]
    pairs = [
        (
            texts(f"privacy.kind.{held_data.holding.kind}"),
            f"{texts.number(len(held_data.records))} · {_kept(texts, person, held_data.holding)}",
        )
        for held_data in stored
    ]
    return Message(
        text="\n".join([texts("privacy.title"), *(f"{name}: {value}" for name, value in pairs)]),
        card=card.card(
            [
                card.heading(texts("privacy.title")),
                card.paragraph(texts("privacy.intro")),
                card.facts(pairs),
                *([card.small(texts("privacy.former_stays"))] if person.left else ()),
                card.small(texts("privacy.messages")),
                card.small(texts("privacy.ground_line", ground=ground)),
                *(() if downloads else (card.small(texts("privacy.on_the_web")),)),
            ],
            [
                card.press(texts("notice.open"), "privacy.notice"),
                card.press(texts("privacy.export"), "privacy.export"),
                destructive(card.press(texts("privacy.erase"), "privacy.erase")),
            ],
        ),
        data_of="",
    )


def notice(texts: Texts, sections: Sequence[Section]) -> Message:
    """Return the privacy notice: the prominent sections open, every other section behind one button."""
    shown = [section for section in sections if section.prominent]
    more = card.card([element for section in sections if not section.prominent for element in _section(section)])
    return Message(
        text="\n\n".join(
            [texts("notice.title"), texts("notice.lead"), *(line for section in shown for line in _plain(section))]
        ),
        card=card.card(
            [
                card.heading(texts("notice.title")),
                card.paragraph(texts("notice.lead")),
                *(part for section in shown for part in _section(section)),
            ],
            [
                card.reveal(texts("notice.more"), more),
                card.press(texts("notice.mine"), "privacy.show"),
            ],
        ),
    )


def responsible(texts: Texts, section: Section) -> Message:
    """Return who is responsible for personal data, with the way to the whole notice."""
    return Message(
        text="\n\n".join(_plain(section)),
        card=card.card(
            _section(section),
            [card.press(texts("notice.open"), "privacy.notice"), card.press(texts("notice.mine"), "privacy.show")],
        ),
    )


def _section(section: Section) -> list[card.Element]:
    pairs = [card.facts(section.pairs)] if section.pairs else []
    return [card.heading(section.heading), *map(card.paragraph, section.paragraphs), *pairs]


def _plain(section: Section) -> list[str]:
    return [section.heading, *section.paragraphs, *(f"{name}: {value}" for name, value in section.pairs)]


def confirm(texts: Texts, person: Person, holdings: Sequence[Holding]) -> Message:
    """Return the confirmation request with lists of deleted and retained data."""
    gone = _names(texts, [h for h in holdings if removes(h, person)])
    kept = _names(texts, [h for h in holdings if not removes(h, person)])
    return Message(
        text=f"{texts('privacy.confirm_title')} {texts('privacy.confirm_open')}",
        card=card.card(
            [
                card.heading(texts("privacy.confirm_title")),
                *([card.paragraph(f"**{texts('privacy.will_go')}:**\n\n{gone}")] if gone else ()),
                *([card.paragraph(f"**{texts('privacy.will_stay')}:**\n\n{kept}")] if kept else ()),
                *([card.small(texts("privacy.registry_stays"))] if person.registered else ()),
                *([card.small(texts("privacy.former_stays"))] if person.left else ()),
                card.paragraph(texts("privacy.confirm_open")),
            ],
            [
                destructive(card.press(texts("privacy.erase_now"), "privacy.erase_now")),
                card.press(texts("privacy.cancel"), "privacy.show"),
            ],
        ),
    )


def erased(texts: Texts, person: Person, receipt: ErasureReceipt) -> Message:
    """Return the confirmation of the deletion, with the receipt."""
    rest = texts(
        "privacy.erased_registered"
        if person.registered
        else "privacy.erased_former"
        if person.left
        else "privacy.erased_rest"
    )
    pairs = receipt_pairs(texts, receipt)
    return Message(
        text="\n".join([f"{texts('privacy.erased')} {rest}", *(f"{name}: {value}" for name, value in pairs)]),
        card=card.card(
            [
                card.status(texts("privacy.erased"), style="good"),
                card.paragraph(rest),
                card.heading(texts("privacy.receipt")),
                card.facts(pairs),
                card.small(texts("privacy.receipt_use")),
            ]
        ),
        to_keep=True,
    )


def receipt_pairs(texts: Texts, receipt: ErasureReceipt) -> tuple[tuple[str, str], ...]:
    """Return a receipt as names and values: number, time, removed and kept data."""

    def listed(numbers: Sequence[tuple[str, int]], *, why: bool = False) -> str:
        named = (
            f"{texts(f'privacy.kind.{kind}')}: {texts.number(number)}{_why_kept(texts, kind) if why else ''}"
            for kind, number in numbers
        )
        return "; ".join(named) or texts("privacy.receipt.nothing")

    signed = ((texts("privacy.receipt.signed"), receipt.signed),) if receipt.signed else ()
    return (
        (texts("privacy.receipt.number"), receipt.id.removeprefix("receipt-")),
        (texts("privacy.receipt.at"), texts.dated(receipt.at)),
        (texts("privacy.receipt.removed"), listed(receipt.removed)),
        (texts("privacy.receipt.kept"), listed(receipt.kept, why=True)),
        *signed,
    )


def _why_kept(texts: Texts, kind: str) -> str:
    """Return in brackets why an erasure leaves a kind; empty for one of an earlier version."""
    erasing = next((holding.erasing for holding in INVENTORY if holding.kind == kind), None)
    return f" ({texts(f'privacy.receipt.why.{erasing}')})" if erasing not in {None, Erasing.REMOVED} else ""


def export_part(texts: Texts, part: str, *, number: int, of: int) -> Message:
    """Return one part of the export in a code block."""
    title = texts("privacy.export_title") if of == 1 else texts("privacy.export_part", number=number, of=of)
    return Message(text=f"{title}\n\n```json\n{part}\n```")


def _kept(texts: Texts, person: Person, holding: Holding) -> str:
    """Return the retention of a kind for this person.

    Registered people are kept while registered.
    """
    if holding.record is Person and person.registered:
        return texts(f"privacy.until.{holding.kind}")
    return limit(texts, holding)


def _names(texts: Texts, holdings: Sequence[Holding]) -> str:
    return "\n".join(f"- {texts(f'privacy.kind.{holding.kind}')}" for holding in holdings)


def destructive(button: card.Element) -> card.Element:
    """Return the button in the style of an action that cannot be undone."""
    return {**button, "style": "destructive"}
