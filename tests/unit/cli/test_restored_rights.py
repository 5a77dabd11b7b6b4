"""``heia restore``: what gave access at the time of the backup gives none after it."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.app.clock import SystemRandomSource
from bot.ports import Commit
from bot.records.codec import write_of
from bot.scim.tokens import SHORT_ID, DirectoryTokens, hash_of
from bot.stores.tiny.store import TinyStore
from dialogs.core.decision import Put
from dialogs.signin.model import SignInLink, SignInMethod, SignInTransaction, WebSession
from tests.unit.cli.conftest import Heia

NOW = datetime.now(UTC)
SESSION = WebSession(
    id="a" * 64,
    person_id="ana",
    way=SignInMethod.LINK,
    created_at=NOW,
    seen_at=NOW,
    expires_at=NOW + timedelta(days=30),
)
LINK = SignInLink(id="b" * 64, person_id="ana", created_at=NOW, expires_at=NOW + timedelta(days=7))
BEGUN = SignInTransaction(
    id="c" * 64, browser="d" * 64, provider="nes", next_path="/", created_at=NOW, expires_at=NOW + timedelta(minutes=9)
)


async def _fill(folder: Path) -> str:
    store = TinyStore(directory=folder)
    await store.open()
    writes = tuple(write_of(Put(record=each), {}) for each in (SESSION, LINK, BEGUN))
    await store.commit(Commit(at=NOW, records=writes))
    token = await DirectoryTokens(store=store, rng=SystemRandomSource()).make("nes", at=NOW, by="test")
    await store.close()
    return token


async def _remaining(folder: Path, token: str) -> tuple[int, str | None]:
    """Return the number of sign-ins of any kind, and the municipality of the token."""
    store = TinyStore(directory=folder)
    await store.open()
    found = [
        *await store.find(WebSession.KIND, "person:ana"),
        *await store.find(SignInLink.KIND, "person:ana"),
        *await store.find_any(SignInTransaction.KIND, BEGUN.terms()),  # type: ignore[arg-type]
    ]
    of = await DirectoryTokens(store=store, rng=SystemRandomSource()).municipality_of(token, now=NOW)
    await store.close()
    return len(found), of


@pytest.fixture
def token(heia: Heia, folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the token of a directory in a store that was backed up."""
    made = asyncio.run(_fill(folder / "data"))
    assert heia("backup", "one.tar.gz").code == 0
    monkeypatch.setenv("HEIA_DATA_DIR", str(folder / "again"))
    return made


def test_a_restored_backup_has_no_sign_in_and_no_token_of_a_directory(heia: Heia, folder: Path, token: str) -> None:
    restored = heia("restore", "one.tar.gz")
    assert restored.code == 0, restored.err
    assert asyncio.run(_remaining(folder / "again", token)) == (0, None)
    assert "Ended 3 web sign-ins" in restored.out
    assert f"Withdrew {hash_of(token)[:SHORT_ID]} of nes" in restored.out
    assert "heia scim token new nes" in restored.out
    assert token not in restored.out + restored.err
    verified = heia("audit", "verify")
    assert (verified.code, "in order" in verified.out) == (0, True), verified.out


def test_an_operator_may_keep_the_tokens_and_sees_which_there_are(heia: Heia, folder: Path, token: str) -> None:
    restored = heia("restore", "one.tar.gz", "--keep-tokens")
    assert restored.code == 0, restored.err
    assert asyncio.run(_remaining(folder / "again", token)) == (0, "nes")
    assert f"Kept {hash_of(token)[:SHORT_ID]} of nes" in restored.out
    assert f"heia scim token withdraw nes {hash_of(token)[:SHORT_ID]}" in restored.out
