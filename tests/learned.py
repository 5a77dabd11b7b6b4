"""What a first start learns from the sample content, learned once a process and laid where a start looks for it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import structlog

from bot.app.wiring import load_knowledge
from bot.settings.model import load_settings


def lay_learned(data: Path) -> None:
    """Fill the cache of a data directory, as an earlier start without the encoder would have; keep one that is there.

    Content of another folder is still learned, as far as it differs.
    """
    folder = data / "cache"
    if not folder.exists():
        folder.mkdir(parents=True)
        for name, learned in _learned().items():
            (folder / name).write_bytes(learned)


@cache
def _learned() -> Mapping[str, bytes]:
    with TemporaryDirectory() as place:
        settings = load_settings(data_dir=Path(place), content_dir=None, semantic="off")
        load_knowledge(settings, now=datetime.now(UTC), log=structlog.get_logger(), wrap=lambda encoder: encoder)
        return {file.name: file.read_bytes() for file in (Path(place) / "cache").iterdir()}
