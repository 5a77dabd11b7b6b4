"""Report every error in an editor's YAML as one fault with a line number."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import yaml
from yaml.reader import Reader

# Besides its own errors, the parser passes on Python errors for an impossible date (2026-02-30), a number with
# thousands of digits, a tag on an unsuitable value (!!timestamp soon), and thousands of open brackets.
_RAISED: Final = (yaml.YAMLError, ValueError, TypeError, AttributeError, LookupError, ArithmeticError, RecursionError)


class BadYaml(Exception):
    """Invalid YAML, or a value YAML cannot hold.

    ``line`` counts from 1. It is 1 if unknown.
    """

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"{line}: {reason}")
        self.line = line
        self.reason = reason


@contextmanager
def yaml_faults(text: str) -> Iterator[None]:
    """Raise BadYaml for any error from reading ``text`` as YAML in the block."""
    try:
        yield
    except _RAISED as error:
        raise BadYaml(_line_of(error, text), _reason_of(error)) from error


def _line_of(error: Exception, text: str) -> int:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        # For an unclosed element the parser's position is after the last line.
        return min(error.problem_mark.line + 1, max(1, len(text.splitlines())))
    if isinstance(error, yaml.reader.ReaderError) and (unprintable := Reader.NON_PRINTABLE.search(text)):
        return text.count("\n", 0, unprintable.start()) + 1
    return 1


def _reason_of(error: Exception) -> str:
    if isinstance(error, yaml.MarkedYAMLError):
        return str(error.problem)
    if isinstance(error, yaml.reader.ReaderError):
        return "a character that YAML does not allow"
    if isinstance(error, RecursionError):
        return "nested too deeply"
    return f"a value that cannot be read ({error})" if isinstance(error, ValueError) else "a value that cannot be read"
