"""Cases that once broke a promise, one JSON file each; every ``make test`` plays them again."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.fuzz.run import Finding
from tests.fuzz.surface import Case, read, written

FOLDER: Final = Path(__file__).with_name("corpus")


def name_of(finding: Finding) -> str:
    """Return the name of a finding's file."""
    digest = hashlib.sha256(finding.breach.kind.encode()).hexdigest()[:8]
    return f"{finding.cases[-1][0]}-{digest}.json"


def save(finding: Finding) -> Path:
    """Keep a finding and return where."""
    file = FOLDER / name_of(finding)
    document = {"found": str(finding.breach)[:400], "cases": [[name, *written(case)] for name, case in finding.cases]}
    file.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return file


def kept() -> Iterator[tuple[str, list[tuple[str, Case]]]]:
    """Yield the name and the cases of every file."""
    for file in sorted(FOLDER.glob("*.json")):
        document = json.loads(file.read_text("utf-8"))
        yield file.stem, [(name, read(pieces)) for name, *pieces in document["cases"]]


def as_test(finding: Finding) -> str:
    """Return a regression test to paste."""
    title = name_of(finding).removesuffix(".json").replace("-", "_")
    cases = ",\n        ".join(f"({name!r}, {case!r})" for name, case in finding.cases[-20:])
    return (
        f"async def test_{title}() -> None:\n"
        f"    # {finding.breach.kind}\n"
        f"    assert await replay([\n        {cases},\n    ]) == []\n"
    )
