"""Files in TOML: every fault has its file and line, and no value is shown."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from bot.settings.model import BadSettings
from bot.settings.toml_file import (
    MOST_BYTES,
    Domains,
    MappedRole,
    PlacedFault,
    SettingsTable,
    Text,
    load_toml,
    open_files,
)
from dialogs.core.person import Role


class Source(SettingsTable):
    municipality: Text
    domains: Domains = ()
    roles: Mapping[Text, MappedRole] = {}
    source: tuple["Source", ...] = ()


class Directories(SettingsTable):
    minutes: float = 15
    source: tuple[Source, ...] = ()


SOUND = """# Two directories

minutes = 5
[[source]]
municipality = "nes"
domains = [
    "nes.example",  # of employees
    "helse.nes.example",
]

[[source]]
municipality = "eidsvoll"
[source.roles]
"Announcers" = "announcer"

[[source.source]]
municipality = "hurdal"
roles.Editors = "editor"
"""


def two_minutes(directories: Directories) -> Iterator[PlacedFault]:
    if directories.minutes < 2:
        yield ("minutes",), "wait two minutes"
        yield (), "is hasty"


def faults_of(file: Path, setting: str = "HEIA_X_FILE") -> tuple[str, ...]:
    with pytest.raises(BadSettings) as bad:
        load_toml(file, Directories, setting=setting, rules=two_minutes)
    return tuple(fault.replace(str(file), file.name) for fault in bad.value.faults)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "x.toml"


def test_a_sound_file_is_read(file: Path) -> None:
    file.write_text(SOUND, "utf-8", newline="\r\n")
    directories = load_toml(file, Directories, rules=two_minutes)
    assert [source.municipality for source in directories.source] == ["nes", "eidsvoll"]
    assert directories.source[1].source[0].roles == {"Editors": Role.EDITOR}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("minutes = 5", 'minutes = "soon"'), r"minutes: Input should be a valid number, .* \(line 3\)"),
        (("minutes = 5", "minutes = 1"), r"wait two minutes \(line 3\)"),
        (("minutes = 5", "minute = 5"), r"minute: Extra inputs are not permitted \(line 3\)"),
        (('municipality = "nes"', ""), r"source number 1: municipality: Field required \(line 4\)"),
        (('    "helse.nes.example"', '    "nes"'), r"source nes: domains: give domains, .* \(line 6\)"),
        (('"announcer"', '"ambassador"'), r"source eidsvoll: roles: Announcers: ambassador comes .* \(line 14\)"),
        (("roles.Editors", "colour"), r"source eidsvoll: source: 0: colour: Extra .* \(line 18\)"),
        (('"editor"', '"boss"'), r"source eidsvoll: source: 0: roles: Editors: Input should be .* \(line 18\)"),
        (("[source.roles]", "[source.roles"), r"Expected ']' .* \(at line 13, column 14\)"),
    ],
)
def test_a_fault_has_its_place_and_line(file: Path, change: tuple[str, str], said: str) -> None:
    assert SOUND.count(change[0]) == 1
    file.write_text(SOUND.replace(*change), "utf-8")
    assert re.fullmatch(f"HEIA_X_FILE: x.toml: {said}", faults_of(file)[0]), faults_of(file)


def test_every_fault_is_told(file: Path) -> None:
    file.write_text(SOUND.replace("minutes = 5", "minutes = 1"), "utf-8")
    assert faults_of(file, setting="") == ("x.toml: wait two minutes (line 3)", "x.toml: is hasty")
    file.write_text(SOUND.replace("municipality", "place"), "utf-8")
    assert len(faults_of(file)) == 6


def test_a_text_of_many_lines_holds_no_tables_and_a_very_long_one_hides_lines(file: Path) -> None:
    text = 'note = """\n[[source]]\n{}"""\nsource = [{{municipality = 1}}]\n'
    file.write_text(text.format(""), "utf-8")
    assert [re.findall(r"line (\d+)", fault) for fault in faults_of(file)] == [["4"], ["1"]]
    file.write_text(text.format("a\n" * 600), "utf-8")
    assert [re.findall(r"line (\d+)", fault) for fault in faults_of(file)] == [[], []]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"#" * (MOST_BYTES + 1), "larger than 1,048,576 bytes"),
        (b"\xff\xfe", "is not UTF-8"),
        (b"x = " + b"[" * 5_000, "is nested too deeply"),
    ],
)
def test_a_file_that_is_no_toml_is_refused(file: Path, content: bytes, said: str) -> None:
    file.write_bytes(content)
    assert faults_of(file) == (f"HEIA_X_FILE: x.toml: {said}",)


def test_a_file_of_the_largest_size_is_read_and_a_missing_one_is_named(file: Path, tmp_path: Path) -> None:
    file.write_bytes(b"#" * MOST_BYTES)
    assert load_toml(file, Directories) == Directories()
    assert faults_of(tmp_path / "none.toml") == ("HEIA_X_FILE: none.toml: cannot be read: No such file or directory",)


def test_files_that_others_can_read_are_told_once(file: Path, tmp_path: Path) -> None:
    file.touch(mode=0o600)
    assert open_files([file, tmp_path, tmp_path / "none.toml"]) == ()
    file.chmod(0o640)
    assert open_files([file, file]) == (file,)
