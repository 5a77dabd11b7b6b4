"""A person's id is no word of the keys that an erasure searches."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.directory.plan import WORDS, is_reserved
from knowledge.organisation.organisation import Organisation
from tests.channels import CHANNELS
from tests.sources import nodes_of, parsed_sources

ROOT = Path(__file__).parents[2]
# Folders and files that hold other texts with a slash: routes, media types, resource names.
ELSEWHERE = re.compile(
    r"^/|^(application|text|image)/|\.(html|yaml|po|css|js)$|^(articles|locales|icons|schemas|images)/"
)
WORD = re.compile(r"(?:^|/)([a-z][a-z_]*)(?=/|$)")


def keys(path: str) -> Iterator[str]:
    """Yield the texts of a module that look like a key, with ``{}`` for what is filled in."""
    for node in nodes_of(path):
        match node:
            case ast.JoinedStr():
                text = "".join(str(each.value) if isinstance(each, ast.Constant) else "{}" for each in node.values)
            case ast.Constant(value=str(text)):
                pass
            case _:
                continue
        if re.fullmatch(r"[a-z_{}:]+(/[a-z_{}:]+)+", text) and not ELSEWHERE.search(text):
            yield text


def places() -> Iterator[str]:
    yield from parsed_sources("dialogs")
    starts = tuple(f"bot/{folder}/" for folder in ("turn", "delivery", "directory", "app"))
    yield from (path for path in parsed_sources("bot") if path.startswith(starts))


def test_every_word_of_a_key_is_reserved() -> None:
    found = {word for path in places() for text in keys(path) for word in WORD.findall(text)}
    assert {"handoff", "offer", "deadline"} <= found
    assert found - WORDS == set()


@pytest.mark.parametrize(
    "word", [*(spec.name for spec in CHANNELS), "clean", "audit", "question", "erased", "lillevik"]
)
def test_words_of_declarations_are_reserved(word: str) -> None:
    organisation, _ = Organisation.parse("municipalities:\n  - id: lillevik\n    names: {nb: Lillevik}\n")
    assert is_reserved(word, organisation)


@pytest.mark.parametrize("word", ["kari", "p001", "12345", "ola.nordmann@lillevik.example", "lillevik2"])
def test_ordinary_ids_are_free(word: str) -> None:
    organisation, _ = Organisation.parse("municipalities:\n  - id: lillevik\n    names: {nb: Lillevik}\n")
    assert not is_reserved(word, organisation)
