"""An audit entry holds ids and counts, whatever it is given."""

from datetime import UTC, datetime

import pytest

from dialogs.core.audit import NOT_AN_ID, AuditEntry
from dialogs.core.decision import Audit

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def subject_of(text: str) -> str:
    act = Audit(act="a.b", subject=text, by="ana", details=(("reason", text),))
    entry = AuditEntry.from_act(act, id="a", at=NOON)
    assert entry.details == (("reason", entry.subject),)
    return entry.subject


@pytest.mark.parametrize(
    "id_",
    [
        "handoff-0123456789abcdef",
        "19:abc_def-1@thread.tacv2",
        "a:1xYz~q+/=",
        "ola.nordmann@kommune.example.no",
        "2026-11-24T12:00:00+00:00",
        "",
        "12",
    ],
)
def test_an_id_is_kept(id_: str) -> None:
    assert subject_of(id_) == id_


@pytest.mark.parametrize("text", ["Kari er syk i dag", "Kåre", "linje\nto", "x" * 501, "••••", "\x00", "<b>"])
def test_a_text_that_is_no_id_is_left_out(text: str) -> None:
    assert subject_of(text) == NOT_AN_ID


def test_what_an_operator_did_is_found_under_the_account_and_under_operator() -> None:
    entry = AuditEntry.from_act(Audit(act="a.b", subject="s", by="operator:anne"), id="a", at=NOON)
    assert {"by:operator:anne", "by:operator"} <= set(entry.terms())
