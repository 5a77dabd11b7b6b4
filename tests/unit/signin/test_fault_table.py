"""Every fault of a sign-in has a row in docs/sign-in.md, found in the code and not listed here."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from bot.signin.oidc.metadata import WRONG_IN_TOKEN

ROOT = Path(__file__).parents[3]
FOLDERS = ("bot/signin/oidc", "bot/channels/web/signin")


def details() -> Iterator[str]:
    """Yield the details that the code gives to faults; of a composed one what it begins with."""
    for folder in FOLDERS:
        for file in (ROOT / folder).glob("*.py"):
            for call in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "SignInFault" and len(call.args) > 1:
                    yield from _texts(call.args[1])


def _texts(given: ast.expr) -> Iterator[str]:
    match given:
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp(body=body, orelse=other):
            yield from (*_texts(body), *_texts(other))
        case ast.JoinedStr(values=[ast.Constant(value=str(text)), *_]):
            yield text


def test_every_fault_of_a_sign_in_has_a_row() -> None:
    table = "\n".join(
        line.split("|")[1] for line in (ROOT / "docs/sign-in.md").read_text("utf-8").splitlines() if line[:3] == "| `"
    )
    rows = set(re.findall(r"`([\w…]+)`", table))
    found = {*details(), *WRONG_IN_TOKEN.values()}
    assert len(found) > 30
    begins = tuple(row.removesuffix("…") for row in rows if row.endswith("…"))
    assert sorted(detail for detail in found if detail not in rows and not detail.startswith(begins)) == []
