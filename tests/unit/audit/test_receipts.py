"""Receipts of erasures are signed, name nobody, and are checked with the public key alone."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from bot.audit.export import verifier
from bot.audit.statements import PREFIX, SignedStatement, SigningKey, receipt_signer, signed_at
from bot.ports import AuditPoint
from tests.unit.cli.registry_scene import NOON

KEY, OTHER = SigningKey("ab" * 32), SigningKey("cd" * 32)
RECEIPT = receipt_signer(lambda: KEY)("4f0c", NOON)
CHANGED = (
    RECEIPT.replace("4f0c", "4f0d"),
    RECEIPT.replace("20261124", "20261123"),
    RECEIPT.replace(KEY.id, OTHER.id),
    RECEIPT[:-1] + ("0" if RECEIPT[-1] != "0" else "1"),
    RECEIPT.rpartition(".")[0],
    f"{RECEIPT}.",
    "",
    "æ.20261124T120000Z.x.y",
)


def test_a_receipt_holds_number_and_time_and_is_signed_for_its_own_purpose() -> None:
    assert signed_at(f" {RECEIPT}\n", [OTHER.public, KEY.public]) == NOON
    assert re.fullmatch(rf"4f0c\.20261124T120000Z\.{KEY.id}\.[0-9a-f]{{128}}", RECEIPT)
    text, _, signature = RECEIPT.rpartition(".")
    assert KEY.sign(PREFIX + text.encode()) == signature
    assert KEY.sign(text.encode()) != signature
    head = SignedStatement.head(AuditPoint(number=1, hash="0" * 64), at=NOON, key=KEY)
    assert head.signature != signature


@pytest.mark.parametrize("receipt", CHANGED)
def test_a_changed_receipt_is_wrong(receipt: str) -> None:
    assert signed_at(receipt, [KEY.public, OTHER.public]) is None


def test_an_unknown_key_is_no_key() -> None:
    assert signed_at(RECEIPT, []) is None
    assert signed_at(RECEIPT, [OTHER.public]) is None


def alone(tmp_path: Path, receipt: str, key: str) -> tuple[int, str]:
    """Run the verifier for outsiders, which has nothing of Heia."""
    file = tmp_path / "verify.py"
    file.write_text(verifier(), "utf-8")
    ran = subprocess.run(
        [sys.executable, "-I", str(file), "--receipt", receipt, "--key", key],
        capture_output=True,
        text=True,
        check=False,
    )
    return ran.returncode, ran.stdout


def test_an_outsider_checks_a_receipt_without_heia(tmp_path: Path) -> None:
    assert alone(tmp_path, RECEIPT, KEY.public) == (0, "The receipt is in order.\n")
    assert alone(tmp_path, RECEIPT, OTHER.public)[0] == 1
    for receipt in CHANGED:
        assert alone(tmp_path, receipt, KEY.public)[0] in {1, 2}, receipt
