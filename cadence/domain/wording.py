"""The words of an update, counted as they are sent: under two hundred, the same three sections every week."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

MOST_WORDS = 200  # an update stays below
SECTIONS = (("shipped", "What shipped"), ("in_progress", "What is in progress"), ("blocked", "What is blocked"))
NOTHING = "Nothing."
_WORD = re.compile(r"\S+")

Lines = Sequence[Mapping[str, Any]]


def text_of(sections: Mapping[str, Lines]) -> str:
    """What the client reads. An empty section says so."""
    parts = []
    for name, heading in SECTIONS:
        lines = [f"- {line['text']}" for line in sections[name]] or [NOTHING]
        parts.append("\n".join([heading, *lines]))
    return "\n\n".join(parts)


def count(text: str) -> int:
    """Words as a reader counts them: runs of anything but space; a dash before a line is none."""
    return sum(1 for word in _WORD.findall(text) if word != "-")


def fitted(sections: Mapping[str, Lines]) -> dict[str, list[Mapping[str, Any]]]:
    """The sections with lines shortened, then dropped from the longest section's end, until the text fits."""
    kept = {name: [_shortened(line) for line in lines] for name, lines in sections.items()}
    while count(text_of(kept)) >= MOST_WORDS:
        longest = max(kept, key=lambda name: count(text_of({n: kept[n] if n == name else [] for n in kept})))
        if not kept[longest]:
            break
        kept[longest].pop()
    return kept


def _shortened(line: Mapping[str, Any], most: int = 24) -> Mapping[str, Any]:
    words = _WORD.findall(line["text"])
    return line if len(words) <= most else {**line, "text": " ".join(words[:most]) + " …"}
