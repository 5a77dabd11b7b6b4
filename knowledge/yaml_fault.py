"""YAML that editors write: whatever is wrong with it becomes one fault with a line."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import yaml
from yaml.reader import Reader

# Besides its own errors the parser lets through what Python says of an impossible date (2026-02-30), of a number with
# thousands of digits, of a tag on a value it does not fit (!!timestamp soon), and of thousands of open brackets.
_RAISED: Final = (yaml.YAMLError, ValueError, TypeError, AttributeError, LookupError, ArithmeticError, RecursionError)


class BadYaml(Exception):
    """The text is no YAML, or holds a value that YAML cannot. ``line`` counts from 1 and is 1 when it is not known."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"{line}: {reason}")
        self.line = line
        self.reason = reason


@contextmanager
def yaml_faults(text: str) -> Iterator[None]:
    """Raise BadYaml for whatever reading ``text`` as YAML in the block raises."""
    try:
        yield
    except _RAISED as error:
        raise BadYaml(_line_of(error, text), _reason_of(error)) from error


def _line_of(error: Exception, text: str) -> int:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        # The parser points behind the last line when something was never closed.
        return min(error.problem_mark.line + 1, max(1, len(text.splitlines())))
    if isinstance(error, yaml.reader.ReaderError) and (found := Reader.NON_PRINTABLE.search(text)):
        return text.count("\n", 0, found.start()) + 1
    return 1


def _reason_of(error: Exception) -> str:
    if isinstance(error, yaml.MarkedYAMLError):
        return str(error.problem)
    if isinstance(error, yaml.reader.ReaderError):
        return "a character that YAML does not allow"
    if isinstance(error, RecursionError):
        return "nested too deeply"
    return f"a value that cannot be read ({error})" if isinstance(error, ValueError) else "a value that cannot be read"
