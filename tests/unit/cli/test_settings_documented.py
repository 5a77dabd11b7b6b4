"""Every setting is in docs/settings.md with unit, default and what it does, and nothing else is."""

import re
from pathlib import Path
from typing import Any

import pytest
from pydantic.fields import FieldInfo

from bot.settings.model import TEAMS_HOSTS, Settings
from bot.settings.registration import RegistrationSettings

PAGE = Path(__file__).parents[3] / "docs" / "settings.md"
ROW = re.compile(r"\| `([A-Za-z_]+)` \| ([^|]+) \| ([^|]+) \| ([^|]+) \|")
ROWS = {found[1]: (found[2], found[3], found[4]) for found in ROW.finditer(PAGE.read_text("utf-8"))}
SETTINGS = {f"HEIA_{name.upper()}": field for name, field in Settings.model_fields.items()}
TABLE = dict(RegistrationSettings.model_fields)
EVERY = {**SETTINGS, **TABLE}


def row(name: str) -> tuple[str, str, str]:
    """Return unit, default and text of a setting."""
    assert name in ROWS, f"no row for `{name}`: add it to docs/settings.md as | `{name}` | unit | default | text |"
    return ROWS[name]


def written(field: FieldInfo) -> tuple[str, ...]:
    """Return how the page must write the default."""
    value: Any = field.default
    if field.is_required():
        return ("required",)
    if value == TEAMS_HOSTS:
        return tuple(f"`{host}`" for host in TEAMS_HOSTS)
    if value in (None, "", ()):
        return ("none",)
    return (f"`{str(value).lower() if isinstance(value, bool) else value}`",)


@pytest.mark.parametrize("name", EVERY)
def test_a_setting_is_documented_with_unit_and_default(name: str) -> None:
    unit, default, text = row(name)
    assert unit.strip()
    assert all(each in default for each in written(EVERY[name]))
    assert len(text) > 10


def test_nothing_is_documented_that_is_no_setting() -> None:
    assert set(ROWS) - set(EVERY) == set()


@pytest.mark.parametrize("name", EVERY)
def test_a_secret_says_so(name: str) -> None:
    assert ("SecretStr" in str(EVERY[name].annotation)) == row(name)[2].rstrip().endswith("Secret.")


@pytest.mark.parametrize("name", EVERY)
def test_the_program_itself_describes_it(name: str) -> None:
    assert EVERY[name].description
