"""``heia audit``: the listing, the verification and what an outsider gets."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from bot.app.commands.opening import operator_id, signed_at_end
from bot.app.wiring import audit_heads, audit_key
from bot.audit.statements import SignedStatement, SigningKey, key_id
from bot.ports import Commit
from bot.records.codec import write_of
from bot.settings.model import load_settings
from bot.stores.memory.store import MemoryStore
from bot.stores.tiny.storage import JournalDatabase
from bot.stores.tiny.store import TinyStore
from dialogs.core.audit import AuditEntry
from dialogs.core.decision import Audit, Put
from dialogs.core.person import Person
from tests.unit.cli.conftest import Heia
from tests.unit.cli.registry_scene import NOON


async def fill(folder: Path, *, entries: int = 3, head: bool = True) -> None:
    store = TinyStore(directory=folder / "data")
    await store.open()
    for number in range(entries):
        entry = AuditEntry.from_act(Audit(act="a.b", subject="s", by=f"p{number}"), id=f"a{number}", at=NOON)
        await store.commit(Commit(at=NOON, records=(write_of(Put(record=entry), {}),)))
    if head:
        settings = load_settings()
        statement = SignedStatement.head(await store.audit_head(), at=NOON, key=audit_key(settings))
        audit_heads(settings).append(statement)
    await store.close()


@pytest.fixture
def filled(folder: Path) -> Path:
    asyncio.run(fill(folder))
    return folder


def tamper(folder: Path) -> None:
    """Change an entry in the files, with TinyDB alone."""
    database = JournalDatabase(folder / "data")
    record = dict(database.table("record").get(doc_id="audit/a1"))  # type: ignore[arg-type]
    record["body"] = {**record["body"], "by": "p9"}
    database.table("record").update(record, doc_ids=["audit/a1"])  # type: ignore[list-item]
    database.close()


def outsiders(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the stand-alone verifier as an outsider does: no site packages, no Heia."""
    command = [sys.executable, "-I", "-S", "verify.py", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_a_sound_log_is_in_order(heia: Heia, filled: Path) -> None:
    ran = heia("audit", "verify")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines() == [
        "3 entries, the last is row 3.",
        "Signed heads: 1; the newest covers row 3, signed at 2026-11-24T12:00:00+00:00.",
        "The audit log is in order.",
    ]


def test_a_log_without_a_head_says_what_that_means(heia: Heia, folder: Path) -> None:
    asyncio.run(fill(folder, head=False))
    ran = heia("audit", "verify")
    assert ran.code == 1
    assert "There is no signed head" in ran.out
    assert "in order" not in ran.out
    assert "no head confirms the last one" in ran.err


def test_an_empty_log_is_in_order_without_a_head(heia: Heia, folder: Path) -> None:
    asyncio.run(fill(folder, entries=0, head=False))
    assert heia("audit", "verify").out.splitlines()[-1] == "The audit log is in order."


def newest_head(folder: Path) -> int:
    """Return the number of the newest signed head in the file."""
    last = audit_heads(load_settings()).last_head()
    return 0 if last is None else last.point.number


@pytest.mark.full
def test_a_command_signs_the_entries_it_added_before_it_ends(heia: Heia, filled: Path) -> None:
    assert heia("audit").code == 0
    assert newest_head(filled) == 3, "a command that adds nothing signs nothing"
    assert heia("audit", "rotate-key").err == ""
    assert newest_head(filled) == 4
    assert "newer entries" not in heia("audit", "verify").out
    drop_newest_entry(filled)
    ran = heia("audit", "verify")
    assert ran.code == 1
    assert "the newest rows are missing (rows 4 to 4)" in ran.out


async def test_entries_added_before_a_failure_are_signed(folder: Path) -> None:
    settings, store = load_settings(), MemoryStore()
    entry = AuditEntry.from_act(Audit(act="a.b", subject="s", by="p"), id="a", at=NOON)

    async def fail() -> None:
        async with signed_at_end(store, settings):
            await store.commit(Commit(at=NOON, records=(write_of(Put(record=entry), {}),)))
            raise ValueError("a later step fails")

    with pytest.raises(ValueError, match="later"):
        await fail()
    assert newest_head(folder) == 1


@pytest.mark.parametrize("status", [204, 503])
@pytest.mark.full
def test_a_command_posts_its_head_outside_and_warns_when_it_is_not_taken(
    heia: Heia, filled: Path, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    with archive(status) as (url, received):
        monkeypatch.setenv("HEIA_AUDIT_HEADS_URL", url)
        ran = heia("audit", "rotate-key")
    assert ran.code == 0
    assert [each["number"] for each in received] == [4]
    assert ("did not take the signed head" in ran.err) == (status == 503)


def test_a_command_that_cannot_sign_warns_and_does_its_work(
    heia: Heia, filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asyncio.run(add_person(filled))
    monkeypatch.setenv("HEIA_AUDIT_HEADS_FILE", str(filled))
    ran = heia("privacy", "export", "p1")
    assert ran.code == 0
    assert '"p1"' in ran.out
    assert "could not be signed" in ran.err


def drop_newest_entry(folder: Path) -> None:
    """Remove the newest row and its entry, with TinyDB alone."""
    database = JournalDatabase(folder / "data")
    rows = database.table("audit")
    newest = max(rows, key=lambda row: row["number"])
    database.table("record").remove(doc_ids=[f"audit/{newest['id']}"])  # type: ignore[list-item]
    rows.remove(doc_ids=[newest.doc_id])
    database.close()


@contextmanager
def archive(status: int) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Serve an address outside that answers posts with a status; yield its URL and what it received."""
    received: list[dict[str, Any]] = []

    class Archive(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(status)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Archive) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/heads", received
        finally:
            server.shutdown()
            thread.join()


def test_a_changed_entry_is_named(heia: Heia, filled: Path) -> None:
    tamper(filled)
    ran = heia("audit", "verify")
    assert ran.code == 1
    assert "WRONG: row 2 was changed (a1)." in ran.out
    assert "not as it was written" in ran.err


@pytest.mark.full
def test_a_shortened_log_is_found_with_heads_and_keys_from_elsewhere(heia: Heia, filled: Path) -> None:
    (filled / "data" / "audit-heads.jsonl").rename(filled / "archive.jsonl")
    (filled / "data" / "audit.pub").rename(filled / "archive.pub")
    (filled / "data" / "audit.key").unlink()
    for file in (filled / "data").glob("store-*"):
        if file.suffix != ".lock":
            file.unlink()
    assert heia("audit", "verify").code == 0
    ran = heia("audit", "verify", "--heads", "archive.jsonl", "--key", "archive.pub")
    assert ran.code == 1
    assert "rows 1 to 3" in ran.out
    assert "the unknown key" in heia("audit", "verify", "--heads", "archive.jsonl").out


@pytest.mark.full
def test_an_outsider_verifies_the_export_with_nothing_but_python(heia: Heia, filled: Path) -> None:
    (filled / "verify.py").write_text(heia("audit", "verifier").out, "utf-8")
    assert heia("audit", "export", "log.jsonl").code == 0
    assert (filled / "log.jsonl").stat().st_mode & 0o077 == 0
    public = heia("audit", "key").out.split()[0]
    ran = outsiders(filled, "log.jsonl", "--heads", "data/audit-heads.jsonl", "--key", public)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.splitlines() == [
        "3 rows, the last is 3; 1 signed heads, the newest covers row 3.",
        "All is in order as far as the heads go.",
    ]
    text = (filled / "log.jsonl").read_text("ascii")
    (filled / "log.jsonl").write_text(text.replace('"by": "p1"', '"by": "p7"'), "ascii")
    ran = outsiders(filled, "log.jsonl", "--heads", "data/audit-heads.jsonl", "--key", "data/audit.pub", "--json")
    assert ran.returncode == 1
    assert [(each["fault"], each["number"]) for each in json.loads(ran.stdout)] == [("changed", 2)]
    (filled / "log.jsonl").write_text("".join(text.splitlines(keepends=True)[:2]), "ascii")
    ran = outsiders(filled, "log.jsonl")
    assert "the export ends at row 1" in ran.stdout
    assert outsiders(filled, "verify.py").returncode == 2
    assert outsiders(filled, "missing.jsonl").returncode == 2


@pytest.mark.full
def test_a_new_key_signs_and_the_old_heads_stay_valid(heia: Heia, filled: Path) -> None:
    before = heia("audit", "key").out.split()[0]
    ran = heia("audit", "rotate-key")
    assert ran.code == 0
    old, new = (line.split()[0] for line in heia("audit", "key").out.splitlines())
    assert old == before
    assert new in ran.out
    asyncio.run(fill_more(filled))
    assert heia("audit", "verify").code == 0
    (filled / "verify.py").write_text(heia("audit", "verifier").out, "utf-8")
    heia("audit", "export", "log.jsonl")
    ran_outside = outsiders(filled, "log.jsonl", "--heads", "data/audit-heads.jsonl", "--key", old)
    assert ran_outside.returncode == 0, "the old key introduced the new one"
    listed = heia("audit", "--act", "audit.key_rotated", "--csv").out.splitlines()
    assert listed[1].endswith(f",audit.key_rotated,{key_id(new)},{operator_id()},before={key_id(old)}")
    assert SigningKey((filled / "data" / "audit.key").read_text()).public == new
    assert (filled / "data" / "audit.key").stat().st_mode & 0o777 == 0o600


async def add_person(folder: Path) -> None:
    store = TinyStore(directory=folder / "data")
    await store.open()
    await store.commit(
        Commit(at=NOON, records=(write_of(Put(record=Person(id="p1", name="Pia", created_at=NOON)), {}),))
    )
    await store.close()


async def fill_more(folder: Path) -> None:
    settings = load_settings()
    store = TinyStore(directory=folder / "data")
    await store.open()
    head = SignedStatement.head(await store.audit_head(), at=NOON, key=audit_key(settings))
    audit_heads(settings).append(head)
    await store.close()


def test_a_key_from_the_settings_is_changed_there(heia: Heia, filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEIA_AUDIT_KEY", "33" * 32)
    before = (filled / "data" / "audit.key").read_text()
    ran = heia("audit", "rotate-key")
    assert ran.code == 2
    assert "HEIA_AUDIT_KEY" in ran.err
    assert (filled / "data" / "audit.key").read_text() == before
    assert SigningKey("33" * 32).public in heia("audit", "key").out


@pytest.mark.parametrize("name", ["audit.key", "audit.pub"])
def test_a_damaged_key_is_told_in_a_sentence(heia: Heia, filled: Path, name: str) -> None:
    (filled / "data" / name).write_text("not a key, but long enough to be taken for one\n")
    ran = heia("audit", "rotate-key")
    assert ran.code == 2
    assert name in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HEIA_AUDIT_KEY", "x" * 64),
        ("HEIA_AUDIT_KEY", "33" * 31),
        ("HEIA_AUDIT_HEADS_URL", "http://archive.example.no/heads"),
        ("HEIA_AUDIT_HEADS_URL", "ftp://archive.example.no"),
        ("HEIA_AUDIT_HEADS_URL", "https://"),
    ],
)
def test_a_wrong_setting_is_told_and_not_shown(
    heia: Heia, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    ran = heia("audit", "verify")
    assert ran.code == 2
    assert name in ran.err
    assert value not in ran.err


@pytest.mark.full
def test_the_listing_is_the_same_under_both_names(heia: Heia, filled: Path) -> None:
    assert heia("audit", "--csv").out == heia("privacy", "audit", "--csv").out
    assert len(heia("audit", "--csv", "--by", "p1").out.splitlines()) == 2


@pytest.mark.full
def test_a_command_names_the_person_behind_sudo(heia: Heia, filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUDO_USER", "anne.drift")
    heia("audit", "rotate-key")
    monkeypatch.delenv("SUDO_USER")
    listed = heia("audit", "--by", "operator", "--csv").out.splitlines()
    assert ",operator:anne.drift," in listed[1]


@pytest.mark.parametrize("name", ["", "a b", "x" * 80, "ola\nnordmann", "=cmd()"])
def test_a_name_that_is_no_account_is_not_taken(name: str) -> None:
    assert operator_id({"SUDO_USER": name}) == operator_id({})


@pytest.mark.parametrize("command", ["verify", "export", "verifier", "key", "rotate-key"])
def test_help_has_an_example(heia: Heia, command: str) -> None:
    assert f"Example: heia audit {command}" in heia("audit", command, "--help").out
