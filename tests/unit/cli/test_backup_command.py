"""``heia backup`` and ``heia restore``: one whole file, also beside the running bot, and nothing is ever replaced."""

import asyncio
import gzip
import io
import json
import os
import stat
import tarfile
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.app.backup_file import FORMAT, LIST, BackupWriter
from bot.app.commands.opening import operator_id
from bot.app.local import local_socket
from bot.app.log import make_log
from bot.app.maintenance import completed_tasks
from bot.app.wiring import make_images
from bot.ports import Commit, Key, RecordWrite, StoredImage
from bot.settings.model import Settings
from bot.stores.tiny.store import TinyStore
from tests.contract import postgres_server
from tests.frozen.make import BACKUP, FOLDER
from tests.frozen.scene import QUESTION
from tests.unit.cli.conftest import Heia
from tests.unit.cli.registry_scene import NORTH, PEOPLE_HEADER

IMAGE = StoredImage(body=b"\x89PNG\r\n\x1a\n\0image", media_type="image/png")
IMAGE_ID = f"image-{1:032x}"


@pytest.fixture
def filled(heia: Heia, folder: Path) -> Path:
    """Return the data folder with a registry, an audit log, keys and an image."""
    (folder / "people.csv").write_text(f"{PEOPLE_HEADER}\nana,Ansatt Nord,eidsvoll,{NORTH},,,,,\n", "utf-8")
    assert heia("registry", "import", "people.csv", "--yes").code == 0
    assert heia("audit", "rotate-key").code == 0
    images = make_images(Settings(data_dir=folder / "data"), TinyStore(directory=folder / "data"))
    asyncio.run(images.put(IMAGE_ID, IMAGE))
    (folder / "data" / "cache").mkdir()
    (folder / "data" / "cache" / "vectors").write_bytes(b"x" * 1000)
    return folder / "data"


def tasks(data: Path) -> Mapping[str, datetime]:
    """Return the last run of each nightly task, as metrics tell it."""

    async def read() -> Mapping[str, datetime]:
        store = TinyStore(directory=data)
        await store.open()
        try:
            return await completed_tasks(store)
        finally:
            await store.close()

    return asyncio.run(read())


def names_in(path: Path) -> list[str]:
    with tarfile.open(path) as tar:
        return tar.getnames()


@pytest.mark.full
def test_a_restored_backup_is_the_same_and_passes_verify_and_doctor(
    heia: Heia, filled: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "backup" not in tasks(filled)
    made = heia("backup", "one.tar.gz")
    assert made.code == 0, made.err
    assert datetime.now(UTC) - tasks(filled)["backup"] < timedelta(hours=1)
    assert "Not in it: heia.toml, the content folder. Keep these, too." in made.err
    assert stat.S_IMODE((folder / "one.tar.gz").stat().st_mode) == 0o600
    kept = {"audit.key", "audit.pub", "audit-heads.jsonl", "leaver.key", f"images/{IMAGE_ID}", LIST}
    assert kept < set(names_in(folder / "one.tar.gz"))
    assert not [name for name in names_in(folder / "one.tar.gz") if name.startswith(("cache", "local", "store.lock"))]
    people, log = heia("registry", "export", "-").out, heia("audit", "--csv").out
    monkeypatch.setenv("HEIA_DATA_DIR", str(folder / "again"))
    restored = heia("restore", "one.tar.gz")
    assert restored.code == 0, restored.err
    assert "Next: heia doctor, heia audit verify" in restored.out
    assert heia("registry", "export", "-").out == people
    assert heia("audit", "--csv").out == log
    verified = heia("audit", "verify")
    assert (verified.code, "in order" in verified.out) == (0, True)
    assert heia("doctor").code == 0
    assert (folder / "again" / "images" / IMAGE_ID).read_bytes() == IMAGE.body
    for name in ("audit.key", "audit.pub", "audit-heads.jsonl", "leaver.key"):
        assert (folder / "again" / name).read_bytes() == (filled / name).read_bytes()
    modes = {stat.S_IMODE(each.stat().st_mode) for each in (folder / "again").rglob("*") if each.is_file()}
    assert modes == {0o600}
    assert f"store.backed_up,store,{operator_id()}" in log


@pytest.mark.full
def test_what_was_deleted_before_is_not_in_the_backup(heia: Heia, filled: Path, folder: Path) -> None:
    assert b"Ansatt Nord" in b"".join(each.read_bytes() for each in filled.glob("store-*"))
    assert heia("privacy", "delete", "ana", "--yes").code == 0
    (folder / "people.csv").write_text(f"{PEOPLE_HEADER}\nbo,Ansatt To,eidsvoll,{NORTH},,,,,\n", "utf-8")
    assert heia("registry", "import", "people.csv", "--yes", "--most-removed", "100").code == 0
    assert heia("backup", "one.tar.gz").code == 0
    content = gzip.decompress((folder / "one.tar.gz").read_bytes())
    assert b"Ansatt Nord" not in content
    assert b"Ansatt To" in content


@pytest.mark.full
async def test_a_backup_beside_the_running_bot_is_of_one_instant(
    heia: Heia, filled: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (filled / "audit-heads.jsonl").unlink()  # as in the first minute of a bot
    store = TinyStore(directory=filled)
    await store.open()
    stop = asyncio.Event()
    number = 0

    async def write() -> None:
        """Commit pairs of records: half a pair would be half a commit."""
        nonlocal number
        while not stop.is_set():
            number += 1
            pair = (Key(kind="person", id=f"{half}{number:06}") for half in "ab")
            records = tuple(RecordWrite(key=key, body={"n": number}, terms=frozenset({"pair"})) for key in pair)
            await store.commit(Commit(at=datetime.now(UTC), records=records))
            await asyncio.sleep(0)

    writing = asyncio.create_task(write())
    async with local_socket(Settings(data_dir=filled), store=store, log=make_log()):
        made = await asyncio.to_thread(heia, "backup", "one.tar.gz")
    stop.set()
    await writing
    await store.close()
    assert made.code == 0, made.err
    monkeypatch.setenv("HEIA_DATA_DIR", str(folder / "again"))
    restored = await asyncio.to_thread(heia, "restore", "one.tar.gz")
    assert restored.code == 0, restored.err
    verified = await asyncio.to_thread(heia, "audit", "verify")
    assert (verified.code, "Signed heads" in verified.out) == (0, True), "the copied heads cover the copied log"
    again = TinyStore(directory=folder / "again")
    await again.open()
    halves = [stored.key.id for stored in await again.find("person", "pair")]
    await again.close()
    assert 0 < len(halves) < 2 * number
    assert {each[1:] for each in halves if each[0] == "a"} == {each[1:] for each in halves if each[0] == "b"}


@pytest.mark.full
def test_a_file_that_exists_is_left_alone(heia: Heia, filled: Path, folder: Path) -> None:
    (folder / "one.tar.gz").write_text("mine")
    ran = heia("backup", "one.tar.gz")
    assert (ran.code, ran.err) == (3, "one.tar.gz exists already. Name another file; nothing was written.\n")
    assert (folder / "one.tar.gz").read_text() == "mine"
    assert sorted(each.name for each in folder.iterdir()) == ["data", "one.tar.gz", "people.csv"]


@pytest.mark.parametrize("laid", ["a file of another", "a link of another"])
@pytest.mark.full
def test_what_waits_under_a_guessed_name_neither_reads_the_backup_nor_is_written(
    heia: Heia, filled: Path, folder: Path, laid: str
) -> None:
    """In a folder of several accounts another one can lay a file or a link there first."""
    waiting, victim = folder / ".one.tar.gz.part", folder / "victim"
    victim.write_text("kept", "utf-8")
    if laid == "a file of another":
        waiting.write_text("", "utf-8")
        waiting.chmod(0o666)
    else:
        waiting.symlink_to(victim)
    with waiting.open("rb") as kept_open:
        made = heia("backup", "one.tar.gz")
        assert made.code == 0, made.err
        assert kept_open.read() in {b"", b"kept"}
    assert victim.read_text("utf-8") == "kept"
    assert stat.S_IMODE((folder / "one.tar.gz").stat().st_mode) == 0o600


@pytest.mark.full
def test_a_backup_holds_no_earlier_one(heia: Heia, filled: Path, folder: Path) -> None:
    (folder / "to-data").symlink_to(filled)
    for name in ("data/one.tar.gz", "data/images/one.tar.gz", "to-data/one.tar.gz"):
        ran = heia("backup", name)
        assert (ran.code, "lies in the data folder" in ran.err) == (3, True), ran.err
    assert not list(filled.rglob("*.tar.gz"))


@pytest.mark.parametrize("there", ["store-000000.journal", "web.key", "local/heia.sock", "notes.txt"])
@pytest.mark.full
def test_a_data_folder_with_anything_in_it_is_never_restored_over(
    heia: Heia, filled: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, there: str
) -> None:
    heia("backup", "one.tar.gz")
    file = folder / "again" / there
    file.parent.mkdir(parents=True)
    file.write_text("mine")
    monkeypatch.setenv("HEIA_DATA_DIR", str(folder / "again"))
    ran = heia("restore", "one.tar.gz")
    assert (ran.code, "is not empty, and a backup never replaces what is there" in ran.err) == (3, True)
    assert [each for each in (folder / "again").rglob("*") if each.is_file()] == [file]


@pytest.mark.full
def test_an_empty_mount_point_is_restored_into(
    heia: Heia, filled: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heia("backup", "one.tar.gz")
    (folder / "again" / "lost+found").mkdir(parents=True)
    monkeypatch.setenv("HEIA_DATA_DIR", str(folder / "again"))
    assert heia("restore", "one.tar.gz").code == 0


def packed(entries: Mapping[str, bytes], *, link: str = "", headers: Mapping[str, str] | None = None) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as tar:
        for name, content in entries.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            entry.pax_headers = dict(headers or {})
            tar.addfile(entry, io.BytesIO(content))
        if link:
            entry = tarfile.TarInfo("web.key")
            entry.type, entry.linkname = tarfile.SYMTYPE, link
            tar.addfile(entry)
    return file.getvalue()


def listing(**changes: object) -> bytes:
    files: dict[str, str] = {}
    whole = {"format": FORMAT, "version": 1, "store": "tiny", "program": "0", "made_at": "x", "files": files}
    return json.dumps(whole | changes).encode()


Damage = Callable[[bytes], bytes]


@pytest.mark.parametrize(
    "damaged",
    [
        (lambda whole: whole[: len(whole) // 2], "damaged or no backup"),
        (lambda whole: b"PK" + whole, "damaged or no backup"),
        (lambda _: b"", "damaged or no backup"),
        (lambda whole: gzip.compress(gzip.decompress(whole).replace(b"tt Nord", b"tt Sor.")), "differ from their"),
        (lambda _: packed({"../outside": b"x", LIST: listing()}), "does not belong there"),
        (lambda _: packed({"/outside/file": b"x", LIST: listing()}), "does not belong there"),
        (lambda _: packed({}, link="/etc/passwd"), "does not belong there"),
        (lambda _: packed({"web.key": b"x"}), "its end is missing"),
        (lambda _: packed({"web.key": b"x", LIST: listing()}), "differ from their checksums, such as web.key"),
        (lambda _: packed({LIST: listing(files={"web.key": "0"})}), "differ from their checksums, such as web.key"),
        (lambda _: packed({LIST: listing(), "web.key": b"x"}), "does not belong there"),
        (lambda _: packed({LIST: b"{}"}), "list of files cannot be read"),
        (lambda _: packed({LIST: b"[" * 100_000}), "list of files cannot be read"),
        (lambda _: packed({LIST: listing()}, headers={"GNU.sparse.map": "0,1"}), "does not belong there"),
        (lambda _: packed({LIST: listing()}, headers={"GNU.sparse.size": "1e5"}), "damaged or no backup"),
        (lambda _: packed({LIST: listing(version=2)}), "Restore it with the program that made it"),
        (lambda _: packed({LIST: listing(store="postgres")}), "holds a database"),
    ],
)
@pytest.mark.full
def test_a_damaged_backup_is_refused_and_leaves_nothing(
    heia: Heia, filled: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, damaged: tuple[Damage, str]
) -> None:
    damage, reason = damaged
    heia("backup", "one.tar.gz")
    (folder / "bad.tar.gz").write_bytes(damage((folder / "one.tar.gz").read_bytes()))
    monkeypatch.setenv("HEIA_DATA_DIR", str(folder / "again"))
    ran = heia("restore", "bad.tar.gz")
    assert (ran.code, reason in ran.err) == (3, True), ran.err
    assert "Nothing was changed." in ran.err
    assert os.listdir(folder / "again") == []
    assert not (folder / "outside").exists()


@pytest.mark.full
def test_a_disk_that_is_full_leaves_no_file(
    heia: Heia, filled: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device", "one.tar.gz")

    with monkeypatch.context() as patched:
        patched.setattr(BackupWriter, "finish", full)
        ran = heia("backup", "one.tar.gz")
    assert (ran.code, "No space left on device" in ran.err) == (2, True)
    assert sorted(each.name for each in folder.iterdir()) == ["data", "people.csv"]


@pytest.fixture(scope="module")
def server() -> Iterator[postgres_server.Server]:
    with postgres_server.server_of(postgres_server.WHEEL) as running:
        yield running


@pytest.mark.full
def test_a_database_is_dumped_and_restored_with_the_keys_of_the_folder(
    heia: Heia, folder: Path, monkeypatch: pytest.MonkeyPatch, server: postgres_server.Server
) -> None:
    monkeypatch.setenv("PATH", server.programs, prepend=os.pathsep)
    (folder / "people.csv").write_text(f"{PEOPLE_HEADER}\nana,Ansatt Nord,eidsvoll,{NORTH},,,,,\n", "utf-8")
    with server.database() as url, server.empty_database() as empty:
        monkeypatch.setenv("HEIA_DATABASE_URL", url)
        assert heia("registry", "import", "people.csv", "--yes").code == 0
        linked = heia("registry", "link", "ana")
        assert linked.code == 0, linked.err
        made = heia("backup", "one.tar.gz")
        assert made.code == 0, made.err
        people, log = heia("registry", "export", "-").out, heia("audit", "--csv").out
        monkeypatch.setenv("HEIA_DATA_DIR", str(folder / "again"))
        over = heia("restore", "one.tar.gz")
        assert (over.code, "is not empty" in over.err) == (3, True)
        monkeypatch.setenv("HEIA_DATABASE_URL", empty)
        restored = heia("restore", "one.tar.gz")
        assert restored.code == 0, restored.err
        assert "Ended 1 web sign-ins and sign-in links" in restored.out
        assert (heia("registry", "export", "-").out, heia("audit", "--csv").out) == (people, log)
        assert heia("audit", "verify").code == 0
        assert (folder / "again" / "leaver.key").read_bytes() == (folder / "data" / "leaver.key").read_bytes()


@pytest.mark.full
def test_nobody_else_reads_the_dump_while_it_is_made(
    heia: Heia, folder: Path, monkeypatch: pytest.MonkeyPatch, server: postgres_server.Server
) -> None:
    program = folder / "pg_dump"
    program.write_text(
        '#!/bin/sh\nfor each; do case "$each" in --file=*) file="${each#--file=}";; esac; done\n'
        'echo dump > "$file"; stat -c %a "$(dirname "$file")" > seen\n',
        "utf-8",
    )
    program.chmod(0o700)
    folder.chmod(0o755)
    with server.used_database() as url:
        monkeypatch.setenv("HEIA_DATABASE_URL", url)
        monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)
        made = heia("backup", "one.tar.gz")
    assert made.code == 0, made.err
    assert (folder / "seen").read_text("utf-8").strip() == "700"
    assert "database.dump" in names_in(folder / "one.tar.gz")
    assert not [each.name for each in folder.iterdir() if each.name.startswith(".")]


@pytest.mark.full
def test_without_pg_dump_it_says_what_to_run(
    heia: Heia, folder: Path, monkeypatch: pytest.MonkeyPatch, server: postgres_server.Server
) -> None:
    with server.used_database() as url:
        monkeypatch.setenv("HEIA_DATABASE_URL", url)
        monkeypatch.setenv("PATH", str(folder))
        ran = heia("backup", "one.tar.gz")
    assert ran.code == 3
    assert "pg_dump is not installed." in ran.err
    assert "pg_dump -Fc -f" in ran.err
    assert not (folder / "one.tar.gz").exists()


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_help_has_an_example(heia: Heia, command: str) -> None:
    assert f"Example: heia {command} /backup/" in heia(command, "--help").out


@pytest.mark.parametrize("file", sorted(FOLDER.glob(f"*/{BACKUP}")), ids=lambda file: str(file.parent.name))
def test_a_backup_of_a_released_version_is_restored(
    file: Path, heia: Heia, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEIA_DATA_DIR", str(folder / "again"))
    restored = heia("restore", str(file))
    assert restored.code == 0, restored.err
    verified = heia("audit", "verify")
    assert (verified.code, "in order" in verified.out) == (0, True), verified
    exported = heia("privacy", "export", "ola")
    assert (exported.code, QUESTION in exported.out) == (0, True), exported
