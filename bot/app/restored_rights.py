"""End what a restored backup would let in again: web sign-ins, and tokens of directories.

A backup has those that were ended or withdrawn after it was made, and nothing in it says which.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from bot.ports import Commit, Key, RecordWrite
from bot.stores.memory.state import Table, key_of_row, record_row_id
from bot.stores.tiny.store import TinyStore
from dialogs.provisioning.model import ScimToken
from dialogs.signin.model import SignInLink, SignInTransaction, WebSession

_SIGN_INS: Final = (WebSession.KIND, SignInLink.KIND, SignInTransaction.KIND)
_PORTION: Final = 500
Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoredRights:
    """What gave access in a backup.

    Attributes:
        sign_ins: number of ended sessions, links and begun sign-ins.
        tokens: id and municipality of each token of a directory.
        kept: whether the tokens still let their directories in.
    """

    sign_ins: int
    tokens: Sequence[tuple[str, str]]
    kept: bool


async def end_in_store(store: TinyStore, *, keep_tokens: bool, at: datetime) -> RestoredRights:
    """End everything in an opened store. Raises StoreUnavailable."""
    sign_ins = [key for kind in _SIGN_INS for key, _ in await _records(store, kind)]
    tokens = await _records(store, ScimToken.KIND)
    ended = [*sign_ins, *(() if keep_tokens else (key for key, _ in tokens))]
    for start in range(0, len(ended), _PORTION):
        writes = tuple(RecordWrite(key=key, body=None) for key in ended[start : start + _PORTION])
        await store.commit(Commit(at=at, records=writes))
    return _rights(len(sign_ins), [(key.id, body) for key, body in tokens], kept=keep_tokens)


async def end_in_database(url: str, *, keep_tokens: bool) -> RestoredRights:
    """End everything in a database, which may be one of an earlier version. Raises StoreUnavailable."""
    from bot.stores.postgres.dump import delete_records, read_records  # noqa: PLC0415 - the driver is an extra

    ended = await delete_records(url, _SIGN_INS)
    tokens = await (read_records if keep_tokens else delete_records)(url, (ScimToken.KIND,))
    return _rights(len(ended), tokens, kept=keep_tokens)


def _rights(sign_ins: int, tokens: Sequence[tuple[str, Body]], *, kept: bool) -> RestoredRights:
    by_id = sorted((id_, str(body["municipality_id"])) for id_, body in tokens)
    return RestoredRights(sign_ins=sign_ins, tokens=by_id, kept=kept)


async def _records(store: TinyStore, kind: str) -> list[tuple[Key, Body]]:
    """Return all records of a kind. No term finds them all, so they are read by their ids."""
    records: list[tuple[Key, Body]] = []
    after = record_row_id(Key(kind=kind, id=""))
    while page := await store.read_rows(Table.RECORD, after=after, limit=_PORTION):
        own = [(key_of_row(id_), document["body"]) for id_, document in page if key_of_row(id_).kind == kind]
        records += own
        if len(own) < len(page):
            break
        after = page[-1][0]
    return records
