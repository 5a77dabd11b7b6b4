"""Tables of the overview, as text for a page and as CSV for a spreadsheet."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from dialogs.core.texts import Texts
from dialogs.insight.figures import Amount
from knowledge.organisation.importers.rows import harmless_cell

# Spreadsheets in Norway expect a semicolon, and the byte order mark for the letters.
BYTE_ORDER_MARK: Final = "\ufeff"
# So many rows without a number are shown one by one.
FEW_HIDDEN: Final = 3
TableCell = str | int | Amount | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DataTable:
    """One table, and perhaps a drawing of the same numbers.

    Attributes:
        name: for addresses; the same in every language.
        rows: the first cell is the row's heading; None is no value.
        plot: an SVG; empty without one.
        note: a sentence below the heading.
    """

    name: str
    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[TableCell, ...], ...]
    plot: str = ""
    note: str = ""

    def shown(self, texts: Texts) -> tuple[tuple[str, ...], ...]:
        """Return the rows as text."""
        return tuple(tuple(shown_cell(texts, cell) for cell in row) for row in self.rows)


def without_hidden(table: DataTable) -> tuple[DataTable, int]:
    """Return the table without the rows that show no number at all, and how many those are; a few stay."""
    kept = tuple(row for row in table.rows if not all(isinstance(cell, Amount) and cell.hidden for cell in row[1:]))
    left = len(table.rows) - len(kept)
    return (replace(table, rows=kept), left) if left > FEW_HIDDEN and kept else (table, 0)


def shown_cell(texts: Texts, cell: TableCell) -> str:
    """Return a cell as text: a hidden number says so, a partial sum says that it is a lower bound."""
    match cell:
        case None:
            return "–"
        case str():
            return cell
        case int():
            return texts.number(cell)
        case Amount() if cell.hidden:
            return texts("insight.hidden")
        case Amount() if cell.partial:
            return texts("insight.at_least", number=texts.number(cell.number))
        case Amount():
            return texts.number(cell.number)


def statistics_csv(texts: Texts, lead: Iterable[Sequence[str]], tables: Iterable[DataTable]) -> str:
    """Return all tables, one below the other, each under its title.

    Args:
        lead: the first rows, such as the time of reading; an empty one is a blank line.
    """
    out = io.StringIO(newline="")
    out.write(BYTE_ORDER_MARK)
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerows([harmless_cell(cell) for cell in row] for row in lead)
    for table in tables:
        writer.writerow([])
        writer.writerow([harmless_cell(table.title)])
        writer.writerow([harmless_cell(heading) for heading in table.headings])
        writer.writerows([harmless_cell(_spreadsheet_cell(texts, cell)) for cell in row] for row in table.rows)
    return out.getvalue()


def _spreadsheet_cell(texts: Texts, cell: TableCell) -> str:
    """Return a cell for a spreadsheet, where a number has no separators."""
    match cell:
        case None:
            return ""
        case int():
            return str(cell)
        case Amount() if not cell.partial:
            return str(cell.number)
        case Amount() if not cell.hidden:
            return texts("insight.at_least", number=str(cell.number))
        case _:
            return shown_cell(texts, cell)
