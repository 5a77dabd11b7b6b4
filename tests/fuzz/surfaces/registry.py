"""Registry files: CSV in any coding, and workbooks whose inside was tampered with."""

import io
import zipfile
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Final

from openpyxl import Workbook

from bot.content.catalogue import in_words
from bot.directory.apply_import import apply_import
from bot.directory.current import Known
from bot.directory.plan import plan_import
from bot.signin.former import FormerMarks
from bot.stores.memory.store import MemoryStore
from tests.channels import CHANNELS
from tests.fuzz.machine import SeededChance
from tests.fuzz.mutate import NUMBER, Mutator
from tests.fuzz.rig import Rig
from tests.fuzz.surface import Case, Seen

CONTENT: Final = Path(__file__).parents[3] / "knowledge" / "content"
ROWS: Final = 8
CODINGS: Final = ("utf-8", "utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "latin-1")
CELLS: Final = (
    "=1+1",
    "\u200b=1",
    " \t@x",
    "＝cmd",
    "+47 99",
    "-",
    "p001",
    "nb;nn",
    "admin;dpo",
    "2026-02-30",
    NUMBER,
    '"',
)
SWAPS: Final[tuple[tuple[bytes, bytes], ...]] = (
    (b't="s"', b't="n"'),
    (b't="s"', b't="d"'),
    (b't="s"', b't="b"'),
    (b't="s"', b't="e"'),
    (b't="s"', b't="str"'),
    (b't="s"', b't="inlineStr"'),
    (b't="s"', b't="x"'),
    (b"<v>", b"<f>1+1</f><v>"),
    (b"<v>", b"<v>-"),
    (b"<v>", b"<v>1e"),
    (b"<v>1</v>", b"<v>999999999</v>"),
    (b"<v>", b"<v>nan"),
    (b'r="A2"', b'r="XFD2"'),
    (b'r="B3"', b'r=""'),
    (b'r="B2"', b'r="A0"'),
    (b'<row r="3"', b'<row r="2"'),
    (b'<row r="3"', b'<row r="x"'),
    (b'<row r="3"', b'<row r="-5"'),
    (b'<row r="4"', b'<row r="900"'),
    (b'<row r="4"', b'<row r="1048576"'),
    (b'<row r="4"', b'<row r="2000000000"'),
    (b"</row>", b""),
    (b"<sheetData>", b"<sheetData><sheetData>"),
    (b"<c ", b"<d "),
    (b's="1"', b's="99"'),
    (b"UTF-8", b"utf-7"),
    (b"UTF-8", b"martian"),
    (b"<si>", b"<si><si>"),
    (b"</t>", b"</t><r><t>x</t></r>"),
    (b'sheetId="1"', b'sheetId="x"'),
    (b'r:id="rId1"', b'r:id="rId9"'),
    (b"worksheets/sheet1.xml", b"../../etc/passwd"),
    (b"<sst", b'<!DOCTYPE s [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><sst'),
    (b"numFmtId", b"numfmtid"),
)


@cache
def rows(name: str) -> tuple[tuple[str, ...], ...]:
    """Return the first lines of a sample file, as cells."""
    lines = (CONTENT / f"{name}.csv").read_text("utf-8").splitlines()
    return tuple(tuple(line.split(",")) for line in lines[: ROWS + 1])


@cache
def parts() -> tuple[tuple[str, bytes], ...]:
    """Return the files inside a workbook of the sample people."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows("people"):
        sheet.append(row)
    written = io.BytesIO()
    book.save(written)
    with zipfile.ZipFile(written) as archive:
        return tuple((name, archive.read(name)) for name in archive.namelist())


class RegistryFiles:
    """A file of people and one of ambassadors. The first piece is the ending of the first."""

    name = "registry"
    share = 4
    together = 1

    def make(self, mutator: Mutator, rig: Rig) -> Case:
        """Return the two files, one of them changed."""
        random = mutator.random
        ending = random.choice(("csv", "csv", "xlsx"))
        people = self._workbook(mutator) if ending == "xlsx" else self._table(mutator, "people")
        helpers = b"" if random.random() < 0.7 else self._table(mutator, "ambassadors")
        return ending.encode(), people, helpers

    def _table(self, mutator: Mutator, name: str) -> bytes:
        random = mutator.random

        def cell(text: str) -> str:
            return random.choice((mutator.text(text), random.choice(CELLS)))

        table = list(rows(name))
        if random.random() < 0.8:
            table = mutator.lines(table, lambda row: tuple(mutator.lines(list(row), cell)))
        separator, end = random.choice((",", ",", ";", "\t")), random.choice(("\n", "\n", "\r\n", "\r", "\x0b"))
        text = end.join(separator.join(row) for row in table)
        raw = text.encode(random.choice(CODINGS), "replace")
        return mutator.bytes(raw) if random.random() < 0.25 else raw

    def _workbook(self, mutator: Mutator) -> bytes:
        random = mutator.random
        files = list(parts())
        for _ in range(random.choice((0, 1, 1, 2, 3))):
            before, after = random.choice(SWAPS)
            often = random.choice((1, 1, -1))
            files = [(name, body.replace(before, after, often)) for name, body in files]
        if random.random() < 0.3:
            files = mutator.lines(files, lambda file: (file[0], mutator.bytes(file[1])))
        written = io.BytesIO()
        with zipfile.ZipFile(written, "w", random.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))) as archive:
            for name, body in dict(files).items():
                archive.writestr(zipfile.ZipInfo(name), body)
        raw = written.getvalue()
        return mutator.bytes(raw) if random.random() < 0.2 else raw

    async def play(self, rig: Rig, case: Case) -> Seen:
        """Plan the import, word every fault, and carry a sound plan out on a store of its own."""
        ending, people, helpers = case
        files = [rig.folder / f"people.{ending.decode()}", rig.folder / "ambassadors.csv"]
        files[0].write_bytes(people)
        files[1].write_bytes(helpers)
        knowledge = rig.demo.knowledge.state
        planned = plan_import(
            files[0],
            files[1] if helpers else None,
            known=Known(),
            organisation=knowledge.loaded.organisation,
            topics=knowledge.loaded.topics(),
        )
        if isinstance(planned, tuple):
            told = "\n".join(f"{each.fault.line}: {in_words(each.fault)}" for each in planned)
            return Seen(outcomes=("refused",), told=told.encode("utf-8", "surrogatepass"))
        await apply_import(
            MemoryStore(),
            planned,
            at=rig.clock.now(),
            rng=SeededChance("registry"),
            former=FormerMarks(b"f" * 32),
            content=replace(knowledge.content, channels=CHANNELS),
            progress=lambda *_: None,
        )
        return Seen(outcomes=("imported",))
