"""A store is imported by processes that match nothing, so it loads no large library."""

import subprocess
import sys
from importlib.metadata import distribution, packages_distributions

import pytest

LARGE_BYTES = 15_000_000
"""More than the largest library that every store needs: RapidFuzz, for masking, has 12 million."""


@pytest.mark.parametrize("name", ["memory", "tiny", "postgres", "remote"])
def test_a_store_loads_no_large_library(name: str) -> None:
    program = f"import sys, bot.stores.{name}.store; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    of_package = packages_distributions()
    packages = {module.partition(".")[0] for module in ran.stdout.split()} & of_package.keys() - {"bot", "dialogs"}
    libraries = {library for package in packages for library in of_package[package]}
    assert "RapidFuzz" in libraries
    assert {library for library in libraries if _bytes(library) > LARGE_BYTES} == set()


def _bytes(library: str) -> int:
    return sum(file.size or 0 for file in distribution(library).files or ())
