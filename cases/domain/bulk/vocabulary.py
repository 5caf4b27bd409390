"""Texts whose words are spread as in real mail: a few stand in every text, most in some, many in one alone.

A measurement of text search over a hundred words would flatter the index; here words follow Zipf's law, and rare ones
are coined as they are needed.
"""

from __future__ import annotations

import random
from itertools import accumulate

COMMON = (
    "the to we is a of and in it on for this not with our that be since from at are you have as has but no still after "
    "an was when can by all only again if or they since more than now one please would there same what "
    "ingestion dashboard report export upload quota invoice login token webhook region cluster tenant pipeline query "
    "chart filter user account limit timeout error retry late missing wrong empty slow duplicate partial broken green "
    "red failed pending queue sync schedule refresh cache index schema column table file folder import mail link page "
    "button browser session password certificate proxy network latency throughput memory disk backup restore release "
    "version upgrade rollback feature setting policy audit role access permission team project customer client number "
    "today yesterday morning evening monday friday week month hour minute since started stopped changed looks works"
)
SYLLABLES = [first + last for first in (*"bdfgklmnprstvz", "ch", "st", "tr", "pl") for last in "aeiou"]
WORDS = 20_000
SENTENCES = 8_000
RARE = 0.3  # of texts name something that hardly any other does


class Vocabulary:
    """The same in every process and run; only the dice that choose from it are the caller's."""

    def __init__(self) -> None:
        dice = random.Random("vocabulary")  # noqa: S311  test data
        words = list(dict.fromkeys(COMMON.split()))
        while len(words) < WORDS:
            words.append("".join(dice.choices(SYLLABLES, k=dice.randrange(2, 5))))
        weights = list(accumulate(1 / rank for rank in range(1, WORDS + 1)))
        self._sentences = [
            " ".join(dice.choices(words, cum_weights=weights, k=dice.randrange(5, 15))).capitalize() + "."
            for _ in range(SENTENCES)
        ]
        self._subjects = [
            " ".join(dice.choices(words, cum_weights=weights, k=dice.randrange(3, 8))).capitalize()
            for _ in range(SENTENCES)
        ]

    def text(self, dice: random.Random, most: int) -> str:
        """One to `most` sentences."""
        count = 1 + int(dice.random() * most)
        parts = [self._sentences[int(dice.random() * SENTENCES)] for _ in range(count)]
        if dice.random() < RARE:
            parts.append(f"See {self.rare(dice)}.")
        return " ".join(parts)

    def subject(self, dice: random.Random) -> str:
        subject = self._subjects[int(dice.random() * SENTENCES)]
        return f"{subject} {self.rare(dice)}" if dice.random() < RARE else subject

    def rare(self, dice: random.Random) -> str:
        """A word of a million."""
        number = int(dice.random() * len(SYLLABLES) ** 3)
        high, low = divmod(number, len(SYLLABLES))
        top, middle = divmod(high, len(SYLLABLES))
        return f"{SYLLABLES[top]}{SYLLABLES[middle]}{SYLLABLES[low]}x"
