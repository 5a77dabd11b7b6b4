"""Settings: ``heia.toml`` and the environment."""

import json
import os
from contextlib import chdir
from typing import Any, Final
from unittest.mock import patch

from bot.settings.model import BadSettings, Settings, load_settings
from bot.settings.rules import unknown_names
from tests.fuzz.mutate import MARK, Mutator
from tests.fuzz.rig import Rig
from tests.fuzz.surface import Case, Seen

SOUND: Final[dict[str, Any]] = {
    "host": "127.0.0.1",
    "port": 3978,
    "public_url": "https://heia.kommune.example",
    "web_guests": True,
    "web_key": MARK * 4,
    "app_id": "33333333-cccc-4ccc-8ccc-333333333333",
    "app_tenant_id": "11111111-aaaa-4aaa-8aaa-111111111111",
    "app_secret": MARK,
    "allowed_service_hosts": ["smba.trafficmanager.net"],
    "web_frame_ancestors": ["https://intranett.kommune.example"],
    "right_share": 0.97,
    "ask_back": 3,
    "send_concurrency": 64,
    "log_level": "info",
    "database_url": f"postgresql://heia:{MARK}@db/heia",
}
REGISTRATION: Final = {"app_id": "a", "tenant_id": "t", "secret": MARK, "tenants": ["u"], "municipalities": ["nes"]}
LINES: Final = (
    "[",
    "[[registration]]",
    "[registration]",
    "a.b.c = 1",
    "port = 0x_1",
    "port = " + "9" * 5000,
    "port = 1e400",
    "port = nan",
    "host = '''",
    'host = "\\ud800"',
    'host = "\\U00110000"',
    "x = " + "[" * 3000,
    "x = " + "{a=" * 3000,
    "d = 9999-99-99",
    "d = 1979-05-27T07:32:00+99:99",
    "port = 1",
    "port.x = 1",
    '"" = 1',
    "\x00",
    'host = "\x7f"',
    "= 1",
    "x",
    "# \x00",
    "a" + ".a" * 3000 + " = 1",
)


class SettingsFiles:
    """The file, and lines ``NAME=value`` of the environment."""

    name = "settings"
    share = 2
    together = 1

    def make(self, mutator: Mutator, rig: Rig) -> Case:
        """Return settings with values, lines or bytes changed."""
        random = mutator.random
        values = {name: SOUND[name] for name in random.sample(tuple(SOUND), random.randrange(len(SOUND)))}
        if random.random() < 0.3:
            values["registration"] = [REGISTRATION, {**REGISTRATION, "app_id": "b"}]
        if random.random() < 0.7:
            values = mutator.value(values)
        lines = [f"{name} = {toml(value)}" for name, value in values.items()] if isinstance(values, dict) else ["x"]
        if random.random() < 0.4:
            lines = mutator.lines([*lines, "#"], lambda line: random.choice((random.choice(LINES), mutator.text(line))))
        raw = "\n".join(lines).encode("utf-8", "surrogatepass")
        environment = [
            f"HEIA_{random.choice(tuple(SOUND)).upper()}={mutator.text(MARK)}"
            for _ in range(random.choice((0, 0, 1, 2)))
        ]
        if random.random() < 0.1:
            environment.append(f"HEIA_REGISTRATION={json.dumps(mutator.value([REGISTRATION]))}")
        given = "\n".join(line.replace("\n", " ").replace("\x00", " ") for line in environment)
        return mutator.bytes(raw) if random.random() < 0.1 else raw, given.encode("utf-8", "replace")

    async def play(self, rig: Rig, case: Case) -> Seen:
        """Load the settings; every fault may be told, and no value with it."""
        raw, environment = case
        folder = rig.folder / "settings"
        folder.mkdir(exist_ok=True)
        (folder / "heia.toml").write_bytes(raw)
        pairs = dict(line.split("=", 1) for line in environment.decode().split("\n") if line)
        with chdir(folder), patch.dict(os.environ, pairs):
            try:
                load_settings()
            except BadSettings as bad:
                return Seen(outcomes=("refused",), told="\n".join(bad.faults).encode("utf-8", "replace"), echoes=False)
            unknown_names(Settings.model_fields, environment=os.environ, file=folder / "heia.toml")
        return Seen(outcomes=("sound",))


def toml(value: Any, depth: int = 0) -> str:
    """Return a value in TOML, as far as it has one. Deeper than that is for ``LINES``."""
    if depth > 60:
        return "1"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(name)} = {toml(inner, depth + 1)}" for name, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(toml(inner, depth + 1) for inner in value) + "]"
    if isinstance(value, float):
        return repr(value)
    return "''" if value is None else json.dumps(value)
