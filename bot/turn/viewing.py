"""Views: flows that only read, run for a page outside any commit."""

from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from bot.ports import Clock, Commit, RandomSource, Store, StoreUnavailable
from bot.records.audit_access import AuditVerification, without_audit_keys
from bot.records.codec import write_of
from bot.records.query_answering import QueryAnswering, Understanding
from bot.turn.repeated_acts import RepeatCounter
from dialogs.core.audit import AuditEntry
from dialogs.core.content import Content
from dialogs.core.decision import Audit, Put
from dialogs.core.query import Asking
from dialogs.core.speaker import Viewer, viewer_of

P = ParamSpec("P")
T = TypeVar("T")


class Viewing:
    """Runs views for a person. ``content`` returns the published content."""

    def __init__(
        self,
        *,
        store: Store,
        understanding: Understanding,
        content: Callable[[], Content],
        clock: Clock,
        rng: RandomSource,
        repeats: RepeatCounter | None = None,
        verify_audit: AuditVerification = without_audit_keys,
    ) -> None:
        self._store = store
        self._understanding = understanding
        self._content = content
        self._clock = clock
        self._rng = rng
        self._repeats = repeats if repeats is not None else RepeatCounter()
        self._verify_audit = verify_audit

    async def record(self, act: Audit) -> None:
        """Record that a page was read: once an hour, and then how often. Raises StoreUnavailable."""
        at = self._clock.now()
        if not self._repeats.count_act(act, at):
            return
        entry = AuditEntry.from_act(act, id=self._rng.new_id("audit"), at=at)
        try:
            await self._store.commit(Commit(at=at, records=(write_of(Put(record=entry), {}),)))
        except StoreUnavailable:
            self._repeats.undo(act, recorded=True)
            raise

    async def view(
        self, person_id: str, view: Callable[Concatenate[Viewer, P], Asking[T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Return what ``view`` shows the person now. Raises EventRefused, StoreUnavailable."""

        def reading() -> Asking[T]:
            # Read again for every view, so that a role that was taken away counts at once.
            viewer = yield from viewer_of(person_id, self._content(), self._clock.now())
            return (yield from view(viewer, *args, **kwargs))

        answering = QueryAnswering(
            store=self._store, understanding=self._understanding, rng=self._rng, verify_audit=self._verify_audit
        )
        return await answering.result_of(reading())
