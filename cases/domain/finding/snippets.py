"""The part of a text that says what was searched for, with the words marked."""

import re
from collections.abc import Sequence

from cases.domain.search import parts

Text = tuple[tuple[str, bool], ...]
"""Pieces in their order; True: one of the words that were searched for."""

AROUND = 60  # characters before the first word
SPACE = re.compile(r"\s+")


class Marker:
    """Marks the words of one search; as beginnings of words, or inside of them where none begins so."""

    def __init__(self, words: str) -> None:
        spelt = "|".join(re.escape(part) for part in sorted(parts(words), key=len, reverse=True))
        self._patterns = [re.compile(rf"(?<!\w)(?:{spelt})", re.IGNORECASE), re.compile(spelt, re.IGNORECASE)]
        self._searches = bool(spelt)

    def marked(self, text: str) -> Text:
        if not self._searches or not text:
            return ((text, False),) if text else ()
        pattern = next((one for one in self._patterns if one.search(text)), self._patterns[0])
        pieces: list[tuple[str, bool]] = []
        end = 0
        for found in pattern.finditer(text):
            pieces += [(text[end : found.start()], False), (found[0], True)]
            end = found.end()
        return tuple((piece, is_word) for piece, is_word in [*pieces, (text[end:], False)] if piece)

    def excerpt(self, text: str, *, length: int = 200) -> Text:
        """About `length` characters from shortly before the first word that fits; of the beginning where none does."""
        text = SPACE.sub(" ", text).strip()
        start = max(0, self._first(text) - AROUND)
        if start:
            start = text.find(" ", start) + 1 or start
        cut = text[start : start + length]
        if len(text) > start + length:
            cut = cut.rpartition(" ")[0] or cut
            cut += " …"
        return self.marked(f"… {cut}" if start else cut)

    def _first(self, text: str) -> int:
        if self._searches:
            for pattern in self._patterns:
                if found := pattern.search(text):
                    return found.start()
        return 0


def plain(text: Sequence[tuple[str, bool]]) -> str:
    return "".join(piece for piece, _is_word in text)
