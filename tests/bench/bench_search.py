"""The search page, the palette and a list's own line, with as many cases as the size says."""

import itertools
from collections.abc import Callable, Iterator
from urllib.parse import urlencode

from django.urls import reverse

from cases.models import Case
from tests.bench.visiting import REPEATS, Visit, listed

SLIP_FROM = 6  # letters
BAR = {"bar": 150, "statements_bar": 15}
ON_A_LIST = ("word", "common word", "word that nobody wrote", "word of what one owns", "common word, narrowed")
LEADS_ON = ("search", "reference")  # to the case's page: two answers, whose statements have a bar each
COMMON = ("the", "since", "ingestion", "dashboard", "report", "is")


def main() -> None:
    visit = Visit()
    for place, address in (("search", found), ("palette", offered)):
        for name, lines in lines_of(visit.cases).items():
            bar = BAR | ({"statements_bar": None} if (place, name) == LEADS_ON else {})
            visit.measure(f"{place}: {name}", (address(one) for one in lines), **bar)
    lines_here = lines_of(visit.cases)
    for name in ON_A_LIST:
        visit.measure(f"list: {name}", (listed(one) for one in lines_here[name]), **BAR)


def found(line: str) -> str:
    """Where the search box at the top leads; for a reference, to the case itself."""
    return f"{reverse('desk:jump')}?{urlencode({'q': line})}"


def offered(line: str) -> str:
    return f"{reverse('desk:palette')}?{urlencode({'q': line})}"


def lines_of(cases: list[Case]) -> dict[str, Iterator[str]]:
    with_errors = [one for one in cases if one.error_ids] or cases
    wordy = [one for one in cases if len(_longest(one)) >= SLIP_FROM] or cases
    kinds: dict[str, Callable[[], Iterator[str]]] = {
        "reference": lambda: (one.reference for one in cases),
        "requester": lambda: (one.requester.email for one in cases),
        "name of a requester": lambda: (one.requester.name for one in cases),
        "tenant": lambda: (one.tenant.name for one in cases),
        "error code": lambda: (one.error_ids[0] if one.error_ids else one.reference for one in with_errors),
        "word": lambda: (_longest(one) for one in cases),
        "two words": lambda: (" ".join(one.subject.split()[:2]) for one in cases),
        "words in quotes": lambda: (f'"{" ".join(one.subject.split()[:2])}"' for one in cases),
        "common word": lambda: iter(COMMON),
        "common words": lambda: (" ".join(pair) for pair in itertools.permutations(COMMON, 2)),
        "beginning of a word": lambda: (_longest(one)[:4] for one in cases),
        "word with a slip": lambda: (_slipped(_longest(one)) for one in wordy),
        "word that nobody wrote": lambda: (f"xylophone{number}" for number in range(REPEATS + 2)),
        "word of a tenant": lambda: (f"tenant:{one.tenant.slug} {_longest(one)}" for one in cases),
        "word of what one owns": lambda: (f"owner:me {_longest(one)}" for one in cases),
        "common word, narrowed": lambda: (
            f"tenant:{one.tenant.slug} status:waiting priority:P1 {word}"
            for one, word in zip(cases, itertools.cycle(COMMON), strict=False)
        ),
        "common word of what is urgent": lambda: (f"priority:P0 {word}" for word in COMMON),
        "slip, narrowed": lambda: (f"status:open {_slipped(_longest(one))}" for one in wordy),
    }
    return {name: itertools.cycle(lines()) for name, lines in kinds.items()}


def _longest(case: Case) -> str:
    return max(case.subject.split(), key=len)


def _slipped(word: str) -> str:
    return word[:-2] + word[-1] + word[-2]
