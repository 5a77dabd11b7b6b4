"""Tables that stay whole, whatever the width of the terminal or file they are printed to."""

from dataclasses import replace
from typing import Final

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

_WIDEST: Final = 10_000


def print_whole(table: Table) -> None:
    """Print every row in one line of full length, so that ids can be copied and lines searched."""
    console = Console()
    needed = Measurement.get(console, replace(console.options, max_width=_WIDEST), table).maximum
    console.width = max(console.width, needed)
    console.print(table)
