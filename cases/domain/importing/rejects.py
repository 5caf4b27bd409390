"""The rows that were not taken: each with its line and reason, and as it was, to be mended and fed again."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

from config.errors import Invalid


class Rejects(AbstractContextManager["Rejects"]):
    """`reasons` counts them in words; without a path they are only counted."""

    def __init__(self, path: Path | None, *, header: Sequence[str]) -> None:
        self.count = 0
        self.reasons: Counter[str] = Counter()
        self._file: TextIO | None = None
        self._writer: Any = None
        if path is None:
            return
        try:
            self._file = path.open("w", encoding="utf-8", newline="", errors="backslashreplace")
        except OSError as fault:
            raise Invalid(f"{path} cannot be written ({type(fault).__name__}).") from None
        self._writer = csv.writer(self._file)
        self._writer.writerow(["line", "reason", *header])

    def add(self, line: int, reason: str, *, values: Sequence[str] = (), case_id: str = "") -> None:
        """`case_id` where the rest of the row is not at hand any more."""
        self.count += 1
        self.reasons[_kind(reason)] += 1
        if self._writer is not None:
            self._writer.writerow([line, reason, *(values or [case_id])])

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()


def _kind(reason: str) -> str:
    """Without what differs from row to row."""
    return reason.partition("'")[0].strip() + " …" * ("'" in reason)
