"""Content files that editors write: the organisation, articles, courses, programs, the timeline."""

import json
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from bot.content.evaluation import review_content
from bot.content.loading import load_content
from tests.fuzz.mutate import Mutator
from tests.fuzz.rig import Rig
from tests.fuzz.surface import Case, Seen
from tests.unit.learning.files import CURRICULUM, MODULE

CONTENT: Final = Path(__file__).parents[3] / "knowledge" / "content"
SMALL: Final = """\
sample: true
municipalities:
  - id: nes
    names: {nb: Nes kommune, nn: Nes kommune}
    contact: {role: Kontakt, address: kontakt@nes.example}
    service_desk: {phone: 00 00 00 01, page: "https://it.nes.example/", hours: 8–15, evening_duty: {phone: 00 00 00 02}}
    local: {sign-in-name: {nb: ansattnummeret, en: the number}, drives: H}
    office_hours: {days: [mon, tue], opens: 08:00, closes: 15:30, timezone: Europe/Oslo}
    shares_with: [hurdal]
    sites: [{id: nes-hall, names: Hallen}]
    units:
      - {id: nes-health, sector: health, names: Helse, formerly: [nes-care], leader: p1, leader_role: Sjef}
      - {id: nes-north, parent: nes-health, names: Nord, site: nes-hall}
  - id: hurdal
    names: Hurdal kommune
    contact: {role: Kontakt, address: kontakt@hurdal.example}
    units: [{id: hurdal-health, sector: health, names: Helse}]
"""
FILES: Final = {
    "organisation.yaml": SMALL,
    "articles/nb/a.md": "",
    "articles/nb/a@nes.md": "",
    "courses.yaml": "",
    "learning.yaml": CURRICULUM,
    "modules/share-safely.yaml": MODULE,
    "timeline.yaml": "",
    "software.yaml": "",
}
ODD: Final = (
    "!!python/object/apply:os.system [x]",
    "!!binary x",
    "!!timestamp x",
    "!!float nan",
    "!!int 0x",
    "!!set {a}",
    "!!omap [a]",
    "2026-13-45",
    "2026-02-30",
    "9999-99-99",
    "0001-01-01",
    "12:99:99",
    "1_000",
    "0b2",
    "0o9",
    ".inf",
    ".nan",
    "1e999",
    "<<",
    "&a [*a]",
    "&a {x: *a}",
    "*none",
    "{<<: [{a: 1}, 2]}",
    "? [a]\n: b",
    "[a, [b",
    "'",
    '"\\ud800"',
    '"\\x00"',
    "\x00",
    "\ufffe",
    "\t",
    "- - - -",
    "|",
    ">-",
    "%YAML 9.9",
    "---",
    "...",
    "@x",
    "`x",
    "~",
    "0",
    "true",
    "{}",
    "[]",
    "[" * 3000,
    "{a: " * 3000,
    "x" * 70_000,
    "9" * 5000,
)
_BOMB: Final = "\n".join(
    ["a0: &a0 [x,x,x,x,x,x,x,x,x]", *(f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9))]
)


@cache
def sample(name: str) -> str:
    """Return a small file that is sound."""
    if name.endswith(".md"):
        return min((CONTENT / "articles" / "nb").glob("*.md")).read_text("utf-8")
    if FILES[name]:
        return FILES[name]
    lines = (CONTENT / name).read_text("utf-8").splitlines()[:40]
    last = max(at for at, line in enumerate(lines) if line.lstrip().startswith("- "))  # it may be cut off
    return "\n".join(lines[:last]) + "\n"


@cache
def loaded(name: str) -> Any:
    """Return what a sound file holds, as JSON values."""
    text = sample(name).split("---")[1] if name.endswith(".md") else sample(name)
    return json.loads(json.dumps(yaml.load(text, Loader=yaml.CSafeLoader), default=str))


class ContentFiles:
    """One file of a content folder, the others being sound. The first piece is its name."""

    name = "content"
    share = 3
    together = 1

    def make(self, mutator: Mutator, rig: Rig) -> Case:
        """Return a file with lines, values, structure or bytes changed."""
        random = mutator.random
        name = random.choice(tuple(FILES))
        draw = random.random()
        if draw < 0.05:
            return name.encode(), sample(name).encode()
        if draw < 0.3:
            raw = mutator.json(mutator.value(loaded(name)))
            raw = b"---\n" + raw + b"\n---\nSvar.\n" if name.endswith(".md") else raw
        elif draw < 0.35:
            raw = (_BOMB if random.random() < 0.5 else f"---\n{_BOMB}\n---\nSvar\n").encode()
        else:
            lines = mutator.lines(sample(name).split("\n"), lambda line: self._line(mutator, line))
            raw = "\n".join(lines).encode("utf-8", "surrogatepass")
        return name.encode(), mutator.bytes(raw) if random.random() < 0.15 else raw

    def _line(self, mutator: Mutator, line: str) -> str:
        random = mutator.random
        key, colon, _ = line.partition(":")
        if colon and random.random() < 0.7:
            return f"{key}: {random.choice(ODD)}"
        return mutator.text(line) if random.random() < 0.6 else random.choice(ODD)

    async def play(self, rig: Rig, case: Case) -> Seen:
        """Load the folder and word every fault."""
        changed, raw = case
        folder = rig.folder / "content"
        for name in FILES:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(raw if name == changed.decode() else sample(name).encode())
        content = load_content(folder)
        content.phrasings()
        content.topics()
        remarks = [*content.faults, *review_content(folder, content, today=date(2026, 11, 26))]
        told = "\n".join(map(str, remarks)).encode("utf-8", "surrogatepass")
        return Seen(outcomes=("faults" if content.faults else "sound",), told=told)
