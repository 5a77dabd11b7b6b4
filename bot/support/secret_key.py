"""Secret keys kept in the data folder."""

import os
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from typing import Final

from pydantic import SecretStr

SHORTEST_KEY_BYTES: Final = 32


def kept_key(given: SecretStr | None, folder: Path, name: str) -> bytes:
    """Return the configured key, or one generated once and stored readable by its owner only."""
    if given is not None:
        return given.get_secret_value().encode()
    file = folder / name
    folder.mkdir(parents=True, exist_ok=True)
    if (key := _read_key(file)) is not None:
        return key
    unfinished = file.with_name(f"{name}.{os.getpid()}.new")
    try:
        # Whole or not at all: half a key would be accepted at the next start, and no other process would have it.
        with os.fdopen(os.open(unfinished, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as opened:
            opened.write(token_hex(32).encode())  # text, so that it can be copied into a setting for replicas
            opened.flush()
            os.fsync(opened.fileno())
        if file.exists():  # cut off by a crash of an earlier version
            unfinished.replace(file)
        else:
            with suppress(FileExistsError):  # another process was first: its key counts
                os.link(unfinished, file)
    except OSError as fault:
        raise OSError(fault.errno, os.strerror(fault.errno or 0), str(file)) from fault
    finally:
        unfinished.unlink(missing_ok=True)
    return file.read_bytes()


def _read_key(file: Path) -> bytes | None:
    """Return the stored key; None when there is none, or too little of one."""
    try:
        key = file.read_bytes()
    except FileNotFoundError:
        return None
    return key if len(key) >= SHORTEST_KEY_BYTES else None
