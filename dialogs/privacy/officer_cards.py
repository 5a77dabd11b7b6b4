"""Cards of the data protection officer's page."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from dialogs.core import card
from dialogs.core.audit import AuditEntry, AuditVerdict
from dialogs.core.data_request import DataRequestKind
from dialogs.core.erasure_receipt import ErasureReceipt
from dialogs.core.message import Message
from dialogs.core.nightly_run import NightlyRun
from dialogs.core.person import Person
from dialogs.core.texts import OSLO, Texts
from dialogs.privacy.cards import destructive, receipt_pairs
from dialogs.privacy.own_data import HeldData

# The log of a broken chain may have thousands.
MAX_PROBLEMS: Final = 5


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
            [
                card.press(texts("officer.look"), "officer.person", primary=True),
                card.press(texts("officer.log.verify"), "officer.audit", checks=False),
            ],
        ),
    )


def audit_verdict(texts: Texts, verdict: AuditVerdict, *, at: datetime) -> Message:
    """Return the outcome of a verification of the audit log, with the first faults."""
    number = len(verdict.problems)
    outcome = texts.plural("officer.log.wrong", number) if number else texts("officer.log.in_order")
    pairs = [
        (texts("officer.log.at"), _time(at)),
        (texts("officer.log.entries"), texts("officer.log.last_row", entries=verdict.entries, row=verdict.last_row)),
    ]
    if verdict.removed_up_to:
        pairs.append((texts("officer.log.removed"), texts("officer.log.up_to", row=verdict.removed_up_to)))
    pairs.append((texts("officer.log.head"), _signed(texts, verdict)))
    faults = [
        (
            texts("officer.log.first") if place == 0 else texts("officer.log.next"),
            texts(f"officer.log.fault.{problem.fault}", number=problem.number),
        )
        for place, problem in enumerate(verdict.problems[:MAX_PROBLEMS])
    ]
    left = number - len(faults)
    more = [texts.plural("officer.log.more", left)] if left else []
    return Message(
        text="\n".join([outcome, *(f"{name}: {value}" for name, value in (*faults, *pairs)), *more]),
        card=card.card(
            [
                card.status(outcome, style="attention" if number else "good"),
                *([card.facts(faults)] if faults else ()),
                *map(card.small, more),
                card.facts(pairs),
                card.small(texts("officer.log.what_to_do" if number else "officer.log.limits")),
            ],
            [card.press(texts("officer.back"), "officer.show")],
        ),
    )


def _signed(texts: Texts, verdict: AuditVerdict) -> str:
    if verdict.signed_row is None or verdict.signed_at is None:
        return texts("officer.log.no_head")
    uncovered = max(0, verdict.last_row - verdict.signed_row)
    signed = texts("officer.log.signed", row=verdict.signed_row, at=_time(verdict.signed_at))
    return f"{signed} {texts.plural('officer.log.uncovered', uncovered)}" if uncovered else signed


def _time(at: datetime) -> str:
    return f"{at.astimezone(OSLO):%Y-%m-%d %H:%M}"


def person_card(
    texts: Texts, who: Person, held: Sequence[HeldData], entries: Sequence[AuditEntry], *, downloads: bool
) -> Message:
    """Return a person's stored data, and the latest audit entries about the person."""
    stored = [
        (texts(f"privacy.kind.{held_data.holding.kind}"), texts.number(len(held_data.records)))
        for held_data in held
        if held_data.records
    ]
    acts = [(texts.moment(entry.at), entry.act) for entry in entries]
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


def ask_request(texts: Texts, who: Person) -> Message:
    """Return the offer to register a request for erasure."""
    title = texts("officer.erase.register", name=card.unmarked(who.name) or who.id)
    return Message(
        text=f"{title} {texts('officer.erase.how')}",
        card=card.card(
            [
                card.heading(title),
                card.paragraph(texts("officer.erase.how")),
                *([card.small(texts("officer.registry_stays"))] if who.registered else ()),
            ],
            [
                card.press(
                    texts("officer.erase.request"), "officer.register", person=who.id, kind=DataRequestKind.ERASE
                ),
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
    return Message.plain(texts("officer.unknown"), [card.press(texts("officer.back"), "officer.show")])
