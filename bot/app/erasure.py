"""Export and erasure of one person's data by an operator."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import NoReturn

from structlog.typing import FilteringBoundLogger

from bot.app.ops.health import Metrics
from bot.erasure.redaction import Redaction, drop_shared_runs
from bot.ports import Clock, Commit, Delivery, RandomSource, Store, Timer
from bot.records.audit_access import ReceiptSigner, unsigned
from bot.records.codec import write_of
from bot.records.query_answering import FlowRun
from bot.signin.former import FormerMarks
from bot.turn.identity import Directory
from bot.turn.runtime import Runtime
from dialogs.core.audit import AuditEntry
from dialogs.core.content import Content
from dialogs.core.decision import Audit, Put
from dialogs.core.erasure_receipt import ErasureReceipt
from dialogs.core.event import Event
from dialogs.core.person import Person
from dialogs.core.query import Flow, KeptWords
from dialogs.privacy.erasing import Erasure, erase
from dialogs.privacy.own_data import HeldData, OwnData, held_of, own_data_of
from knowledge.article.article import Article
from knowledge.matching.match import Asked, Match


class _Quiet:
    """Stand-in for matching and sending in a runtime that has no user messages."""

    async def match_each(
        self,
        utterances: Sequence[str],
        *,
        previous_article_ids: Sequence[str],
        asked_before: Asked,
        municipality_id: str | None,
        independent: bool,
    ) -> tuple[Match, ...]:
        """Raise RuntimeError."""
        raise RuntimeError("nothing was said")

    async def rate_quotes(
        self, utterance: str, *, asked_before: Asked, vector: bytes, articles: Sequence[Article]
    ) -> NoReturn:
        """Raise RuntimeError."""
        raise RuntimeError("nothing was said")

    async def near_questions(self, asked: Sequence[KeptWords], anchors: Sequence[KeptWords]) -> NoReturn:
        """Raise RuntimeError."""
        raise RuntimeError("nothing was asked")

    async def deliver(self, delivery: Delivery) -> NoReturn:
        """Raise RuntimeError."""
        raise RuntimeError("nobody is answered")


async def held_by(store: Store, person_id: str) -> tuple[HeldData, ...]:
    """Return the stored data of a person, as listed in the inventory."""
    return await FlowRun(store=store).result_of(held_of(person_id))


async def data_of(store: Store, person: Person, *, full: bool = False) -> OwnData:
    """Return everything stored about a person, also in rows of others; ``full``: with texts about others' cases."""
    return await FlowRun(store=store).result_of(own_data_of(person, full=full))


async def erase_person(
    store: Store,
    content: Content,
    person: Person,
    *,
    by: str,
    former: FormerMarks,
    clock: Clock,
    rng: RandomSource,
    log: FilteringBoundLogger,
    sign_receipt: ReceiptSigner = unsigned,
) -> ErasureReceipt:
    """Delete a person's data and chat messages; open cases that concern others move on. Return the receipt.

    Raises StoreUnavailable.
    """
    erasures: list[Erasure] = []

    def flow(event: Event, content: Content) -> Flow:
        erasures[:] = [(yield from erase(replace(event, person_id=by), content, person))]
        return erasures[0].decision

    runtime = Runtime(
        store=store,
        directory=Directory(store=store, former=former),
        understanding=_Quiet(),
        route=flow,
        content=lambda: content,
        sender=_Quiet(),
        jobs={},
        former=former,
        clock=clock,
        rng=rng,
        stages=Metrics(),
        log=log,
        sign_receipt=sign_receipt,
    )
    await runtime.ring(Timer(key=f"erase/{person.id}", at=clock.now(), verb="privacy.erase", data={}))
    await store.forget_recipient(person.id)
    await Redaction(store=store).remove(person.id, erased_at=clock.now())
    shipped = shipped_texts(content)
    await drop_shared_runs(store, person.id, shipped=shipped, at=clock.now())
    await store.purge()
    return erasures[0].receipt


def shipped_texts(content: Content) -> list[str]:
    """Return the texts that came with the content folder and the catalogues, not those of the store."""
    articles = content.files.articles.values()
    catalogues = (forms for texts in content.texts.values() for forms in texts.sentences.values())
    return [
        *(text for article in articles for text in (article.title, article.answer, *article.phrasings)),
        *(form for forms in catalogues for form in forms),
        *(program.name for program in content.register.programs.values()),
    ]


async def write_audit_entry(store: Store, act: Audit, *, rng: RandomSource, at: datetime) -> None:
    """Write an act to the audit log."""
    entry = AuditEntry.from_act(act, id=rng.new_id("audit"), at=at)
    await store.commit(Commit(at=at, records=(write_of(Put(record=entry), {}),)))
