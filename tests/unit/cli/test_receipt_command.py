"""``heia audit verify-receipt``: the receipt of an erasure is checked without its data."""

import asyncio
import re
from pathlib import Path

import pytest

from bot.stores.tiny.store import TinyStore
from tests.unit.cli.conftest import Heia
from tests.unit.cli.registry_scene import NORTH, Scene


def test_what_an_erasure_prints_is_checked_away_from_its_data(
    heia: Heia,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def fill() -> None:
        store = TinyStore(directory=folder / "data")
        await store.open()
        await Scene(store, folder).load(f"bo,Ansatt Nord,eidsvoll,{NORTH},,nb,,,bo@example.no\n")
        await store.close()

    asyncio.run(fill())
    erased = heia("privacy", "delete", "bo", "--yes")
    assert erased.code == 0, erased.err
    [receipt] = re.findall(r"Signed receipt (\S+):", erased.out)
    assert re.fullmatch(r"(?:receipt-)?[a-p]{32}", receipt.split(".")[0]), "a number drawn at random, and no person"
    public = heia("audit", "key").out.split()[0]
    monkeypatch.setenv("HEIA_DATA_DIR", str(folder / "elsewhere"))
    checked = heia("audit", "verify-receipt", receipt, "--key", public)
    assert (checked.code, "In order: signed for an erasure at" in checked.out) == (0, True), checked
    assert heia("audit", "verify-receipt", receipt).code == 1
    assert not (folder / "elsewhere").exists()
