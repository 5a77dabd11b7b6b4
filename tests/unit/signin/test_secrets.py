"""Tokens and ids are random enough to be secrets, and hashes are of approved families."""

import ast
import random
import re
from pathlib import Path

import pytest

from bot.app.clock import SystemRandomSource
from tests.sources import nodes_of, parsed_sources

ROOT = Path(__file__).parents[3]
APPROVED = {"sha256", "sha384", "sha512", "sha3_256", "blake2b", "blake2s"}


def test_ids_of_tokens_have_128_bits_of_the_systems_randomness() -> None:
    made = []
    for _ in range(2):
        random.seed(1)  # a generator that can be repeated would repeat
        made += [SystemRandomSource().new_id("session") for _ in range(500)]
    assert len(set(made)) == 1000
    assert all(re.fullmatch(r"session-[a-p]{32}", each) for each in made)
    letters = [each.removeprefix("session-") for each in made]
    bits = ["".join(f"{ord(letter) - ord('a'):04b}" for letter in each) for each in letters]
    # Each bit is set about half the time: beyond 350 to 650 of 1,000 by chance less than once in 10²⁰.
    assert all(350 < sum(each[at] == "1" for each in bits) < 650 for at in range(128))


@pytest.mark.full
def test_only_hashes_of_the_sha_2_and_blake_2_families_are_used() -> None:
    used = set()
    for path in (path for room in ("bot", "dialogs", "knowledge") for path in parsed_sources(room)):
        for node in nodes_of(path):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "hashlib":
                used.add(node.attr)
            elif isinstance(node, ast.ImportFrom) and node.module == "hashlib":
                used.update(each.name for each in node.names)
    assert used
    assert used <= APPROVED
