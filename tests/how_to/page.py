"""Read a page of docs/how-to as edits and commands.

A code block belongs to the last place before it. "`path`, after `anchor`" inserts it below the line that has the
anchor, "before" above it, "in place of" replaces that line, and a path of a file that does not exist creates it.
`.venv/bin/pytest …` is a command.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import indent
from typing import Final

_FENCED: Final = re.compile(r"^( *)```\w+\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
_PLACE: Final = re.compile(
    r"`(?P<path>[\w./-]+/[\w.-]+\.\w+)`(?:,\s+(?P<side>after|before|in place of)\s+`(?P<anchor>[^`]+)`)?"
)
_COMMAND: Final = re.compile(r"`\.venv/bin/pytest ([^`]+)`")


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """Text for a file. Without a ``side`` of an anchor the file is new."""

    path: str
    text: str
    side: str | None
    anchor: str | None

    def apply(self, root: Path) -> None:
        """Change the file below ``root``. Raises ValueError: no line, or several, have the anchor."""
        file = root / self.path
        if self.anchor is None:
            if file.exists():
                raise ValueError(f"{self.path} exists; say after or before which line the text belongs")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(self.text, "utf-8")
            return
        lines = file.read_text("utf-8").splitlines(keepends=True)
        places = [number for number, line in enumerate(lines) if self.anchor in line]
        if len(places) != 1:
            raise ValueError(f"{len(places)} lines of {self.path} have {self.anchor}")
        line = lines[places[0]]
        text = indent(self.text, line[: len(line) - len(line.lstrip())])  # a block is written as if at the margin
        if self.side == "before":  # apart from the anchor as the anchor is from what stands above it
            above = "".join(lines[: places[0]])
            text += above[len(above.rstrip("\n")) + 1 :]
        start, end = places[0] + (self.side == "after"), places[0] + (self.side != "before")
        lines[start:end] = [text]
        file.write_text("".join(lines), "utf-8")


def edits_of(page: str) -> Iterator[Edit]:
    """Yield what the page adds, in its order. Raises ValueError: a block without a place."""
    end = 0
    for block in _FENCED.finditer(page):
        places = [*_PLACE.finditer(page, end, block.start())]
        place = next((place for place in reversed(places) if place["side"]), places[-1] if places else None)
        if place is None:
            raise ValueError(f"no path stands before {block[2]}")
        text = "".join(line.removeprefix(block[1]) for line in block[2].splitlines(keepends=True))
        yield Edit(path=place["path"], text=text, side=place["side"], anchor=place["anchor"])
        end = block.end()


def paths_of(page: str) -> set[str]:
    """Return the files and folders that the page names, without those with a part to fill in."""
    return {path for path in re.findall(r"`((?:bot|dialogs|docs|knowledge|tests)/[\w./-]+)`", page) if "…" not in path}


def commands_of(page: str) -> list[list[str]]:
    """Return the arguments of each pytest command, in the page's order."""
    return [command.split() for command in _COMMAND.findall(page)]
