"""The text of a macro: plain words, and names from a closed set in double braces. No template language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from cases.enums import MacroVariable

NAMED = re.compile(r"\{\{([^{}\n]*)\}\}")
BRACES = re.compile(r"\{\{|\}\}")


@dataclass(frozen=True, slots=True)
class Filled:
    """`unknown`: what stands in braces and has no value; it stays in the text as it was."""

    text: str
    unknown: tuple[str, ...]


def unknown_in(text: str) -> tuple[str, ...]:
    """What stands in double braces and is none of `MacroVariable`, in its order; braces that do not close, too."""
    names = [found[0] for found in NAMED.finditer(text) if found[1].strip() not in MacroVariable.values]
    return tuple(dict.fromkeys([*names, *BRACES.findall(NAMED.sub("", text))]))


def names_in(text: str) -> set[str]:
    return {found[1].strip() for found in NAMED.finditer(text)}


def fill(text: str, values: Mapping[str, str]) -> Filled:
    """Values are put in as they are and not read again. A line of names alone whose values are empty is left out."""
    lines = [(line, NAMED.sub(lambda found: values.get(found[1].strip(), found[0]), line)) for line in text.split("\n")]
    kept = [filled for line, filled in lines if filled.strip() or not line.strip()]
    return Filled("\n".join(kept).strip(), unknown_in(text))
