"""Files of data learned from articles: shipped with content, and cached."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

from structlog.typing import FilteringBoundLogger

from bot.ports import Cache
from knowledge.matching.index import FRAME, Learned, TrainedIndex, file_of
from knowledge.matching.match import Phrasing

# Folder beside the content, or beside the everyday tasks.
LEARNED: Final = "learned"


def learned_in(place: Traversable, cache: Cache, phrasings: Sequence[Phrasing], *, prefix: str = "") -> Learned:
    """Return what the files of a folder and of the cache say of these phrasings' articles.

    ``prefix``: of the names in the cache. A file that is cut off or of another version counts as missing.
    """
    by_article: dict[str, list[Phrasing]] = {}
    for phrasing in sorted(phrasings, key=lambda phrasing: phrasing.article_id):
        by_article.setdefault(phrasing.article_id, []).append(phrasing)
    shipped = Learned.of_files(lambda name: _bytes_of(place / name), by_article)
    kept = Learned.of_files(lambda name: cache.read(f"{prefix}{name}"), by_article)
    return replace(shipped.beside(kept, by_article), unusable=shipped.unusable | kept.unusable)


def log_unusable(log: FilteringBoundLogger, known: Learned, index: TrainedIndex) -> None:
    """Log in one line that files could not be used and their articles were learned again."""
    again = known.unusable
    if index.fresh is not None:
        again = again & {file_of(article) for article in index.fresh}
    if again:
        reason = "damaged or of another version; learned again"
        log.warning("learned_files_ignored", files=len(again), first=min(again), reason=reason)


def keep_learned(cache: Cache, index: TrainedIndex, *, prefix: str = "") -> None:
    """Write what an index learned now into the cache."""
    for name, data in _new_files(index):
        cache.write(f"{prefix}{name}", data)


def write_learned(place: Path, index: TrainedIndex) -> int:
    """Write what an index knows into a folder, remove files of other articles, and return the bytes that changed.

    Raises OSError.
    """
    place.mkdir(parents=True, exist_ok=True)
    wanted = {FRAME, *map(file_of, index.articles)}
    for file in place.iterdir():
        if file.name not in wanted:
            file.unlink()
    changed = 0
    for name, data in _all_files(index):
        file = place / name
        if not file.exists() or file.read_bytes() != data:
            file.write_bytes(data)
            changed += len(data)
    return changed


def _new_files(index: TrainedIndex) -> Iterable[tuple[str, bytes]]:
    return _all_files(index) if index.fresh is None else index.learned.files(sorted(index.fresh))


def _all_files(index: TrainedIndex) -> Iterable[tuple[str, bytes]]:
    return (*index.learned.files(), *index.learned.files(index.articles))


def _bytes_of(file: Traversable) -> bytes | None:
    try:
        return file.read_bytes()
    except OSError:
        return None
