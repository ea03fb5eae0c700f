"""CSV files as people hand them over: a header, and a sentence with the line for each mistake."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from evaluation.calibration.samples import Unusable

_TRUTHS: Final = {"1": True, "true": True, "0": False, "false": False}


@dataclass(frozen=True, slots=True)
class CsvFile:
    """A file that was read: its cells by column, and the line that each row ends in."""

    path: Path
    lines: Sequence[int]
    columns: Mapping[str, Sequence[str]]

    def refused(self, row: int, why: str) -> Unusable:
        """Return what to raise of a row, by its place."""
        return Unusable(f"{self.path}, line {self.lines[row]}: {why}.")

    def truths(self, column: str) -> list[bool]:
        """Return a column of 1, 0, true or false, in any case; Unusable."""
        try:
            return [_TRUTHS[cell.lower()] for cell in self.columns[column]]
        except KeyError as error:
            cells = [cell.lower() for cell in self.columns[column]]
            raise self.refused(
                cells.index(str(error.args[0])), f"{column} is neither 1, 0, true nor false"
            ) from None


def read_csv(path: Path, needed: Sequence[str]) -> CsvFile:
    """Read a file of UTF-8 that has at least the needed columns, in any order; Unusable.

    Cells are stripped, and empty lines passed over.
    """
    lines: list[int] = []
    rows: list[list[str]] = []
    for line, row in _rows(path):
        lines.append(line)
        rows.append([cell.strip() for cell in row])
    header = rows[0] if rows else []
    if missing := [name for name in needed if name not in header]:
        raise Unusable(
            f"{path}, line 1: the header has no column {missing[0]}; it must name "
            f"{','.join(needed)}."
        )
    if len(set(header)) < len(header):
        raise Unusable(f"{path}, line {lines[0]}: two columns have one name.")
    for line, row in zip(lines, rows, strict=True):
        if len(row) != len(header):
            raise Unusable(f"{path}, line {line}: {len(row)} cells under {len(header)} columns.")
    columns = zip(*rows[1:], strict=True) if len(rows) > 1 else ((),) * len(header)
    return CsvFile(path, lines[1:], dict(zip(header, columns, strict=True)))


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    # A byte order mark is what spreadsheets put before UTF-8.
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, strict=True)
        try:
            yield from ((reader.line_num, row) for row in reader if any(map(str.strip, row)))
        except csv.Error as error:
            raise Unusable(f"{path}, line {reader.line_num}: {error}.") from None
        except UnicodeDecodeError:
            line = reader.line_num + 1
            raise Unusable(f"{path}, line {line} or soon after: it is not UTF-8.") from None
