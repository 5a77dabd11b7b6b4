"""Read a YAML file field by field, and report every fault at its line."""

from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

import yaml

from knowledge.article.article import ArticleFault, Language
from knowledge.yaml_fault import yaml_faults

# Place of a value in a file, such as ``("steps", 2, "text", "nb")``.
FieldPath = tuple[str | int, ...]
# Deep enough for every field; a file of aliases could have more places than atoms.
_DEEPEST: Final = 6
_MOST_PLACES: Final = 20_000


class YamlReader:
    """The values of one file, with the faults found in them. Raises BadYaml: the file is no YAML."""

    def __init__(self, text: str, *, file: str) -> None:
        with yaml_faults(text):
            self.value: Any = yaml.load(text, Loader=yaml.CSafeLoader)
            self._lines = dict(_places(yaml.compose(text, Loader=yaml.CSafeLoader)))
        self._file = file
        self.faults: list[ArticleFault] = []

    def add_fault(self, path: FieldPath, reason: str) -> None:
        """Add a fault at the line of a value, or of what should hold it."""
        known = (self._lines[path[:length]] for length in range(len(path), 0, -1) if path[:length] in self._lines)
        self.faults.append(ArticleFault(file=self._file, line=next(known, 1), reason=reason))

    def fields(self, path: FieldPath, value: Any, *, allowed: Collection[str], of: str) -> Mapping[str, Any]:
        """Return a mapping; without one, and for each unknown field, add a fault. ``of``: what it describes."""
        if not isinstance(value, Mapping):
            self.add_fault(path, f"{of} must have fields such as {', '.join(sorted(allowed)[:3])}")
            return {}
        for name in sorted(str(name) for name in value if name not in allowed):
            self.add_fault((*path, name), f"'{name}' is not a field of {of}")
        return value

    def in_each_language(
        self, path: FieldPath, value: Any, *, longest: int | None = None, most_words: int | None = None
    ) -> Mapping[Language, str]:
        """Return a text in all languages; each that is missing or too long is a fault."""
        name = path[-1]
        if not isinstance(value, Mapping):
            self.add_fault(path, f"'{name}' must have a text in each of {', '.join(Language)}")
            return {}
        for strange in sorted(str(key) for key in value if key not in set(Language)):
            self.add_fault((*path, strange), f"'{name}' has '{strange}', which is none of {', '.join(Language)}")
        texts: dict[Language, str] = {}
        for language in Language:
            said = value.get(language)
            if not isinstance(said, str) or not said.strip():
                self.add_fault((*path, language), f"'{name}' is missing in {language}")
                continue
            texts[language] = said.strip()
            if longest is not None and len(said.strip()) > longest:
                reason = f"'{name}' has {len(said.strip())} characters in {language}, at most {longest} fit"
                self.add_fault((*path, language), reason)
            if most_words is not None and len(said.split()) > most_words:
                reason = f"'{name}' has {len(said.split())} words in {language}, at most {most_words} are read"
                self.add_fault((*path, language), reason)
        return texts

    def id_list(self, path: FieldPath, value: Any) -> tuple[str, ...]:
        """Return a list of ids; empty if there is none."""
        if value is None:
            return ()
        if isinstance(value, Sequence) and not isinstance(value, str) and all(isinstance(text, str) for text in value):
            return tuple(dict.fromkeys(value))
        self.add_fault(path, f"'{path[-1]}' must be a list of ids")
        return ()

    def entries(self, path: FieldPath, value: Any) -> Sequence[Any]:
        """Return a list of whatever; empty if there is none."""
        if value is None:
            return ()
        if isinstance(value, list):
            return value
        self.add_fault(path, f"'{path[-1]}' must be a list")
        return ()

    def plain_text(self, path: FieldPath, value: Any) -> str:
        """Return a text of any language; empty if there is none."""
        if value is None:
            return ""
        if isinstance(value, str) and value.strip():
            return value.strip()
        self.add_fault(path, f"'{path[-1]}' must be a text")
        return ""

    def flag(self, path: FieldPath, value: Any) -> bool:
        """Return a yes or no; no if there is none."""
        if value is not None and not isinstance(value, bool):
            self.add_fault(path, f"'{path[-1]}' must be true or false")
        return value is True


def _places(node: Any) -> Iterator[tuple[FieldPath, int]]:
    """Yield the place and line of each value, from the outside in."""
    waiting: deque[tuple[FieldPath, Any]] = deque([((), node)])
    for _ in range(_MOST_PLACES):
        if not waiting:
            return
        path, current = waiting.popleft()
        inner: list[tuple[str | int, Any, Any]] = []
        if isinstance(current, yaml.MappingNode):
            inner = [(str(name.value), name, value) for name, value in current.value]
        elif isinstance(current, yaml.SequenceNode):
            inner = [(number, value, value) for number, value in enumerate(current.value)]
        for part, marked, value in inner:
            yield (*path, part), marked.start_mark.line + 1
            if len(path) < _DEEPEST:
                waiting.append(((*path, part), value))
