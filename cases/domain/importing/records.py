"""A foreign CSV file, record by record, in bounded memory: whatever it holds, each is read or refused by name."""

from __future__ import annotations

import csv
from codecs import getincrementaldecoder
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from config.errors import Invalid

LONGEST = 131_072  # characters of one record, and of one line
BLOCK = 1 << 20
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
USUAL = ",;\t|"
CUT = "…"


@dataclass(frozen=True, slots=True)
class Record:
    """`line`: where it begins, the header being line 1. `fault`: why it is no record; `values` is then its raw text."""

    line: int
    values: list[str]
    fault: str = ""


@dataclass(slots=True)
class Log:
    """A file that was looked at: how it is written, and its header."""

    path: Path
    encoding: str
    delimiter: str
    header: list[str]

    def place(self, column: str) -> int:
        return self.header.index(column)


def open_log(path: Path, *, columns: Iterable[str], delimiter: str = "", encoding: str = "") -> Log:
    """Raises Invalid for a file that is none, has no header, or lacks one of `columns`."""
    try:
        found = encoding or _encoding(path)
        with _text(path, found) as file:
            first = next(_lines(file), ("", ""))[0]
    except OSError as fault:
        raise Invalid(f"{path} cannot be read ({type(fault).__name__}).") from None
    if not first.strip():
        raise Invalid(f"{path} is empty: there is no header.")
    wanted = list(columns)
    headers = {one: _header(first, one) for one in ([delimiter] if delimiter else _delimiters(first))}
    best = max(headers, key=lambda one: (sum(column in headers[one] for column in wanted), len(headers[one])))
    header = headers[best]
    for column in wanted:
        if header.count(column) != 1:
            how = "stands there twice" if column in header else "is not in the header"
            raise Invalid(f"{path}: the column {column!r} {how} ({', '.join(header)[:300]}).")
    return Log(path, found, best, header)


def records(log: Log) -> Iterator[Record]:
    """Blank lines are none. A broken quote costs its own line, not the rest of the file."""
    with _text(log.path, log.encoding) as file:
        feed = _Feed(_lines(file))
        next(feed, None)  # the header
        feed.forget()
        reader = _reader(feed, log.delimiter)
        while True:
            try:
                values = next(reader)
            except StopIteration:
                return
            except csv.Error as fault:
                line, text = feed.give_back()
                yield Record(line, [text[:LONGEST]], _in_words(fault))
                reader = _reader(feed, log.delimiter)
                continue
            line, fault_of_line = feed.forget()
            if fault_of_line:
                yield Record(line, values, fault_of_line)
            elif values:
                yield Record(line, values, "" if len(values) == len(log.header) else _ragged(values, log.header))


class _Feed:
    """Lines for the reader, which remembers those of the record in hand so that they can be read again."""

    def __init__(self, lines: Iterator[tuple[str, str]]) -> None:
        self._lines = lines
        self._again: deque[tuple[str, str]] = deque()
        self._taken: list[tuple[str, str]] = []
        self._size = 0
        self._line = 0  # lines before the record in hand

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> str:
        if self._size > LONGEST:
            raise csv.Error("unexpected end of data")
        line = self._again.popleft() if self._again else next(self._lines)
        self._taken.append(line)
        self._size += len(line[0])
        return line[0]

    def forget(self) -> tuple[int, str]:
        """The record in hand was read: where it began, and what was wrong with one of its lines."""
        begun = self._line + 1
        fault = next((fault for _text, fault in self._taken if fault), "")
        self._line += len(self._taken)
        self._taken, self._size = [], 0
        return begun, fault

    def give_back(self) -> tuple[int, str]:
        """The record in hand is broken: its first line is given up, the others are read anew."""
        first, *others = self._taken
        self._again.extendleft(reversed(others))
        self._line += 1
        self._taken, self._size = [], 0
        return self._line, first[0].rstrip("\r\n")


def _reader(feed: Iterator[str], delimiter: str) -> Iterator[list[str]]:
    return csv.reader(feed, delimiter=delimiter, strict=True)


def _in_words(fault: csv.Error) -> str:
    said = str(fault)
    if "end of data" in said:
        return "a quote is opened and never closed"
    return f"no CSV: {said}"


def _ragged(values: list[str], header: list[str]) -> str:
    return f"{len(values)} fields where the header has {len(header)}"


def _lines(file: TextIO) -> Iterator[tuple[str, str]]:
    """Each line with what is wrong with it. A longer one than any record may be is cut, not held."""
    while line := file.readline(LONGEST):
        fault = "a null byte" if "\0" in line else ""
        if len(line) == LONGEST and not line.endswith(("\n", "\r")):
            while (rest := file.readline(LONGEST)) and not rest.endswith(("\n", "\r")):
                pass
            line, fault = CUT.join((line[:200].replace('"', "'"), "\n")), f"a line of more than {LONGEST:,} characters"
        yield line, fault


def _text(path: Path, encoding: str) -> TextIO:
    return path.open(encoding=encoding, newline="", errors="replace" if encoding.startswith("utf") else "strict")


def _encoding(path: Path) -> str:
    """UTF-8 if the whole of it is, else Latin-1, in which anything can be read."""
    decoder = getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        if file.read(2) in UTF_16:
            raise Invalid(f"{path} is UTF-16; save it as UTF-8.")
        file.seek(0)
        try:
            while block := file.read(BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "latin-1"
    return "utf-8-sig"


def _delimiters(header: str) -> list[str]:
    others = {one for one in header if not one.isalnum() and not one.isspace() and one not in "\"'_.-()[]{}\0"}
    return [*USUAL, *sorted(others - set(USUAL))]


def _header(line: str, delimiter: str) -> list[str]:
    with suppress(csv.Error):
        return [name.strip() for name in next(_reader(iter([line]), delimiter), [])]
    return []
