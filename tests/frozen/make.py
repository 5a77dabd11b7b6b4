"""Freeze the data of this version as test data: ``python -m tests.frozen.make``.

It writes ``tests/frozen/<version>/`` with

- ``tiny.tar.gz``: a data folder as it lies there when the process is killed, with its test keys;
- ``postgres.sql.gz``: the same rows in a database, as SQL that any connection can run;
- ``backup.tar.gz``: what ``heia backup`` writes of the data folder.

A release runs it once, from the commit that is released, and adds the folder; it is never made again. `scene.py` may
change meanwhile: play there what is new in the release. ``tests/contract/test_frozen.py`` then opens every folder. When
the program no longer reads the oldest one, delete its folder in that change (DESIGN: the release before, none further).
Made twice from one commit, the tar files hold the same bytes; the dump differs in the times of its migrations.
"""

import asyncio
import gzip
import io
import re
import subprocess
import tarfile
import tempfile
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

from bot.app.backup import back_up
from bot.audit.statement_log import HEADS_FILE, StatementLog
from bot.audit.statements import KEY_FILE, SignedStatement, SigningKey, keep_public
from bot.settings.model import Settings
from bot.stores.copy import copy
from bot.stores.postgres.store import PostgresStore
from bot.stores.tiny.store import TinyStore
from tests.contract.postgres_server import WHEEL, Server, server_of
from tests.frozen.scene import played
from tests.unit.driver import Stage

FOLDER: Final = Path(__file__).parent
TINY, POSTGRES, BACKUP = "tiny.tar.gz", "postgres.sql.gz", "backup.tar.gz"
KEY: Final = SigningKey("0f" * 32)
LEAVER_KEY: Final = b"l" * 32


def main() -> None:
    """Write the folder of this version. Raises FileExistsError when it is there."""
    target = FOLDER / version("heia")
    target.mkdir()
    scene = played()
    with tempfile.TemporaryDirectory() as place, server_of(WHEEL) as server:
        data = Path(place) / "data"
        _prepare(data, scene.now)
        (target / TINY).write_bytes(asyncio.run(_filled(data, scene, target / BACKUP)))
        (target / POSTGRES).write_bytes(gzip.compress(_dumped(server, scene).encode(), mtime=0))


def _prepare(data: Path, at: datetime) -> None:
    data.mkdir()
    (data / KEY_FILE).write_text(KEY.seed, "ascii")
    (data / "leaver.key").write_bytes(LEAVER_KEY)
    keep_public(data, KEY.public, at=at)


async def _filled(data: Path, scene: Stage, backup: Path) -> bytes:
    """Return the folder as a killed process leaves it, and make the backup."""
    store = TinyStore(directory=data)
    await store.open()
    await copy(scene.store, store)
    head = SignedStatement.head(await store.audit_head(), at=scene.now, key=KEY)
    StatementLog(data / HEADS_FILE).append_head(head)
    packed = _packed(data)
    await back_up(Settings(data_dir=data), store, backup, at=scene.now)
    await store.close()
    return packed


def _packed(data: Path) -> bytes:
    """Return the folder as a tar file without times, owners and the lock."""
    packed = io.BytesIO()
    with (
        gzip.GzipFile(filename="", mode="wb", fileobj=packed, mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w") as tar,
    ):
        for file in sorted(data.iterdir()):
            if file.is_file() and file.name != "store.lock":
                entry = tarfile.TarInfo(file.name)
                entry.size, entry.mode = file.stat().st_size, 0o600
                tar.addfile(entry, io.BytesIO(file.read_bytes()))
    return packed.getvalue()


def _dumped(server: Server, scene: Stage) -> str:
    """Return a database with the rows of the stage as SQL, without the commands of psql."""
    with server.database() as url:
        asyncio.run(_copied(scene, url))
        command = [f"{server.programs}/pg_dump", "--inserts", "--no-owner", "--no-privileges", f"--dbname={url}"]
        dumped = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    # Commands of psql, and a setting that servers before 17 do not know.
    return re.sub(r"^(\\|SET transaction_timeout).*\n", "", dumped, flags=re.MULTILINE)


async def _copied(scene: Stage, url: str) -> None:
    store = PostgresStore(url=url)
    await store.open()
    await copy(scene.store, store)
    await store.close()


if __name__ == "__main__":
    main()
