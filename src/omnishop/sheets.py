"""Tables that people export: CSV in the encodings met in China, or XLSX; every row with its line in the file."""

from __future__ import annotations

import csv
import importlib
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from omnishop.errors import ConfigError

Row = tuple[int, Sequence[str]]

_ENCODINGS = ("utf-8-sig", "gb18030")
_EXACT = 10**15
_CUT = re.compile(r"\d(?:\.\d+)?[eE]\+?\d+")


def cut_by_a_spreadsheet(value: str) -> bool:
    """1.23E+17 is what a spreadsheet leaves of a long id."""
    return _CUT.fullmatch(value) is not None


def rows(file: Path) -> list[Row]:
    content = file.read_bytes()
    if not content.strip():
        raise ConfigError(f"{file} is empty", zh=f"{file} 为空")
    if content.startswith(b"PK\x03\x04"):
        return list(_sheet(content, file))
    return list(_table(_decoded(content, file), file))


def _decoded(content: bytes, file: Path) -> str:
    for encoding in _ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ConfigError(
        f"{file} is neither UTF-8 nor GB18030 text, nor XLSX",
        zh=f"{file} 不是 UTF-8 或 GB18030 文本, 也不是 XLSX",
    )


def _table(text: str, file: Path) -> Iterator[Row]:
    first = text.split("\n", 1)[0]
    delimiter = max(",\t;", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for cells in reader:
            yield reader.line_num, cells
    except csv.Error as problem:
        raise ConfigError(
            f"{file}, line {reader.line_num}: {problem}", zh=f"{file} 第 {reader.line_num} 行: {problem}"
        ) from None


def _sheet(content: bytes, file: Path) -> Iterator[Row]:
    try:
        openpyxl = importlib.import_module("openpyxl")  # an extra
    except ModuleNotFoundError:
        raise ConfigError(
            "XLSX needs openpyxl: pip install 'omnishop[excel]'; or save the export as CSV",
            zh="读取 XLSX 需要 openpyxl: pip install 'omnishop[excel]'; 也可另存为 CSV",
        ) from None
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        for line, cells in enumerate(book.worksheets[0].iter_rows(values_only=True), start=1):
            yield line, [_cell(value) for value in cells]
        book.close()
    except (zipfile.BadZipFile, KeyError, ValueError, IndexError) as problem:
        raise ConfigError(
            f"{file} is no readable XLSX ({type(problem).__name__})",
            zh=f"{file} 不是可读的 XLSX ({type(problem).__name__})",
        ) from None


def _cell(value: object) -> str:
    """A long id that a spreadsheet has turned into a number is lost beyond 15 digits: say so, do not store it."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < _EXACT else repr(value)
    return str(value).strip()


def headed(rows: Sequence[Row], file: Path) -> tuple[Sequence[str], Sequence[Row]]:
    """The first row that is not blank holds the headers."""
    for number, (_, cells) in enumerate(rows):
        if any(cell.strip() for cell in cells):
            body = [(line, row) for line, row in rows[number + 1 :] if any(cell.strip() for cell in row)]
            return [cell.strip() for cell in cells], body
    raise ConfigError(f"{file} has no row with headers", zh=f"{file} 中没有表头行")
