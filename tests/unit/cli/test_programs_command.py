"""The register of programs leaves and enters as CSV, beside what the desk decides."""

import asyncio
from pathlib import Path

import pytest

from bot.content.program_import import PORTION, program_changes
from bot.records.codec import decode
from bot.stores.tiny.store import TinyStore
from dialogs.core.audit import AuditEntry
from knowledge.software.register import ProgramChange
from tests.unit.cli.conftest import Heia
from tests.unit.few_articles import few_articles

HEADER = "id;name;purpose_nb;sector;use;status;note_nb"
PROGRAMS = "programs:\n  - id: zoom\n    name: Zoom\n    status: review\n"


@pytest.fixture(autouse=True)
def content(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = few_articles(folder / "content")
    (made / "software.yaml").write_text(PROGRAMS, encoding="utf-8")
    monkeypatch.setenv("HEIA_CONTENT_DIR", str(made))
    monkeypatch.setenv("HEIA_DATA_DIR", str(folder / "data"))
    return made


def stored(folder: Path) -> tuple[dict[str, ProgramChange], list[AuditEntry]]:
    async def read() -> tuple[dict[str, ProgramChange], list[AuditEntry]]:
        store = TinyStore(directory=folder / "data")
        await store.open()
        changes = {each.program_id: each for each in await program_changes(store)}
        audits = [decode(AuditEntry, each) for each in await store.find(AuditEntry.KIND, "all")]
        await store.close()
        return changes, [each for each in audits if each.act.startswith("software.")]

    return asyncio.run(read())


def table(folder: Path, *lines: str) -> str:
    file = folder / "programs.csv"
    file.write_text("\n".join((HEADER, *lines)) + "\n", encoding="utf-8")
    return str(file)


def test_a_table_is_imported_whole_and_a_dry_run_changes_nothing(heia: Heia, folder: Path) -> None:
    path = table(folder, "zoom;Zoom;Videomøter;;;approved;", "ink;Inkscape;Tegning;;;rejected;For vanskelig")
    tried = heia("programs", "import", path, "--dry-run")
    assert tried.code == 0, tried.err
    assert "2 would change, 0 unchanged" in tried.err
    assert stored(folder)[0] == {}
    done = heia("programs", "import", path)
    assert "2 changed, 0 unchanged" in done.err
    changes, audits = stored(folder)
    assert changes["zoom"].program is not None
    assert str(changes["zoom"].program.assessments[0].status) == "approved"
    assert sorted((each.act, each.subject) for each in audits) == [
        ("software.assessed", "ink"),
        ("software.assessed", "zoom"),
    ]
    assert all(each.by.startswith("operator:") for each in audits)
    assert "0 changed, 2 unchanged" in heia("programs", "import", path).err


@pytest.mark.parametrize(("language", "said"), [("en", "Line 3: "), ("nb", "Linje 3: "), ("nn", "Linje 3: ")])
def test_a_fault_is_named_with_its_line_and_nothing_is_imported(
    heia: Heia, folder: Path, language: str, said: str
) -> None:
    path = table(folder, "zoom;Zoom;;;;approved;", "ink;Inkscape;;;;perhaps;")
    done = heia("programs", "import", path, "--language", language)
    assert done.code == 1
    assert said in (done.out + done.err)
    assert stored(folder)[0] == {}


def test_an_export_has_what_the_store_changed_and_is_imported_unchanged(heia: Heia, folder: Path) -> None:
    heia("programs", "import", table(folder, "zoom;Zoom;Videomøter;;;approved;"))
    target = folder / "out.csv"
    assert heia("programs", "export", str(target)).code == 0
    raw = target.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    assert "zoom;Zoom;;;Videomøter;" in raw.decode("utf-8-sig")
    assert "0 changed, 1 unchanged" in heia("programs", "import", str(target)).err
    assert heia("programs", "export", str(target)).code == 1, "a file is never replaced"
    assert "zoom;Zoom" in heia("programs", "export", "-").out


@pytest.mark.parametrize("arguments", [["nowhere.csv"], ["programs.csv", "--municipality", "nowhere"]])
def test_what_cannot_be_read_is_refused(heia: Heia, folder: Path, arguments: list[str]) -> None:
    table(folder, "zoom;Zoom;;;;approved;")
    done = heia("programs", "import", *(str(folder / each) if each.endswith(".csv") else each for each in arguments))
    assert done.code == 1
    assert stored(folder)[0] == {}


def test_a_large_table_is_written_in_portions(heia: Heia, folder: Path) -> None:
    many = [f"p{number};Kvikkly {number};;;;approved;" for number in range(PORTION + 5)]
    done = heia("programs", "import", table(folder, *many))
    assert f"{PORTION + 5} changed" in done.err
    changes, audits = stored(folder)
    assert len(changes) == len(audits) == PORTION + 5
