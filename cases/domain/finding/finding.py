"""One line, everything that fits it: what the search page, the palette and the API ask."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from cases.domain.desk import filters
from cases.domain.desk.filters import Filter
from cases.domain.finding import kinds as other_kinds
from cases.domain.finding import ranked, spelling
from cases.domain.finding.found import Found, Kind, Section
from tenants.domain.actors import Actor

ALL = tuple(Kind)
MOST = 1_000  # as far as one pages


def find(
    line: str,
    *,
    actor: Actor,
    at: datetime,
    size: int,
    kinds: Collection[Kind] = ALL,
    first: int = 0,
    literally: bool = False,
) -> Found:
    """The best `size` of each kind, from `first` on. Keys are about cases: with some, only cases are looked for.

    `at` in the reader's zone. Nothing is put right where `literally`. Raises Invalid for a line that can't be read.
    """
    asks = filters.parse(line)
    if not asks.words:
        return Found(asks=asks)
    first = min(first, MOST)
    asked = filters.asked_by(asks, actor=actor, at=at)

    def sections(asks: Filter) -> list[Section]:
        found = []
        if Kind.CASES in kinds and (cases := ranked.cases(asks, asked, first=first, size=size)) is not None:
            found.append(cases)
        if not asks.given:
            found += other_kinds.others(asks.words, kinds, actor=actor, first=first, size=size)
        return sorted(found, key=lambda section: -section.rank)

    if (found := sections(asks)) or literally:
        return Found(asks=asks, sections=found)
    words, instead = spelling.put_right(asks.words, actor=actor)
    if instead and (found := sections(replace(asks, words=words))):
        return Found(asks=asks, sections=found, instead=instead)
    return Found(asks=asks)
