"""Cards of the data protection officer's page."""

from collections.abc import Sequence

from dialogs.core import card
from dialogs.core.audit import AuditEntry
from dialogs.core.erasure_receipt import ErasureReceipt
from dialogs.core.message import Message
from dialogs.core.nightly_run import NightlyRun
from dialogs.core.person import Person
from dialogs.core.texts import Texts
from dialogs.privacy.cards import destructive, receipt_pairs
from dialogs.privacy.found import HeldData


def page(texts: Texts, runs: Sequence[NightlyRun], receipts: Sequence[ErasureReceipt], *, number: int) -> Message:
    """Return the page: nightly runs, the latest receipts of ``number``, and the form for a person."""
    ran = [(texts(f"officer.run.{run.id}"), texts.moment(run.done_at)) for run in runs]
    shown = [(receipt.id.removeprefix("receipt-"), texts.moment(receipt.at)) for receipt in receipts]
    title, erasures = texts("officer.title"), texts.plural("officer.receipts", number)
    return Message(
        text="\n".join([title, *(f"{name}: {value}" for name, value in ran), erasures]),
        card=card.card(
            [
                card.heading(title),
                card.paragraph(f"**{texts('officer.runs')}**"),
                card.facts(ran) if ran else card.paragraph(texts("officer.no_run")),
                card.paragraph(f"**{erasures}**"),
                *([card.facts(shown)] if shown else ()),
                card.paragraph(f"**{texts('officer.person')}**"),
                card.write("person", texts("officer.person_label"), required=texts("officer.person_needed"), most=200),
                card.small(texts("officer.noted")),
            ],
            [card.press(texts("officer.look"), "officer.person", primary=True)],
        ),
    )


def person_card(
    texts: Texts, who: Person, held: Sequence[HeldData], entries: Sequence[AuditEntry], *, downloads: bool
) -> Message:
    """Return what is stored of a person, and the latest audit entries about the person."""
    stored = [
        (texts(f"privacy.kind.{each.holding.kind}"), texts.number(len(each.records))) for each in held if each.records
    ]
    acts = [(texts.moment(each.at), each.act) for each in entries]
    title = texts("officer.stored_of", name=card.unmarked(who.name) or who.id)
    return Message(
        text="\n".join([title, *(f"{name}: {value}" for name, value in stored)]),
        card=card.card(
            [
                card.heading(title),
                card.facts(stored),
                *([card.paragraph(f"**{texts('officer.audit')}**"), card.facts(acts)] if acts else ()),
                *(() if downloads else (card.small(texts("privacy.on_the_web")),)),
            ],
            [
                card.press(texts("privacy.export"), "officer.export", checks=False, person=who.id),
                destructive(card.press(texts("privacy.erase"), "officer.erase", checks=False, person=who.id)),
                card.press(texts("officer.back"), "officer.show"),
            ],
        ),
        data_of=who.id,
    )


def confirm(texts: Texts, who: Person) -> Message:
    """Return the question whether to delete a person's data."""
    title = texts("officer.confirm", name=card.unmarked(who.name) or who.id)
    return Message(
        text=f"{title} {texts('officer.confirm_text')}",
        card=card.card(
            [
                card.heading(title),
                card.paragraph(texts("officer.confirm_text")),
                *([card.small(texts("officer.registry_stays"))] if who.registered else ()),
            ],
            [
                destructive(card.press(texts("privacy.erase_now"), "officer.erase_now", person=who.id)),
                card.press(texts("privacy.cancel"), "officer.person", person=who.id),
            ],
        ),
    )


def erased(texts: Texts, receipt: ErasureReceipt) -> Message:
    """Return the receipt for the officer to pass on. It does not name the person."""
    pairs = receipt_pairs(texts, receipt)
    title = texts("officer.erased")
    return Message(
        text="\n".join([title, *(f"{name}: {value}" for name, value in pairs)]),
        card=card.card(
            [card.status(title, style="good"), card.facts(pairs), card.small(texts("officer.hand_over"))],
            [card.press(texts("officer.back"), "officer.show")],
        ),
    )


def refused(texts: Texts) -> Message:
    """Return the answer to anyone else."""
    return Message(text=texts("officer.refused"))


def unknown(texts: Texts) -> Message:
    """Return the answer when no person of the officer's municipality was named."""
    return Message(
        text=texts("officer.unknown"),
        card=card.card([card.paragraph(texts("officer.unknown"))], [card.press(texts("officer.back"), "officer.show")]),
    )
