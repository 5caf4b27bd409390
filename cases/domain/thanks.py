"""A thank-you after closing: guessed from the words, never decided by them; a person says that it was no more."""

from __future__ import annotations

import re
from datetime import datetime

from cases.domain.changing import changing
from cases.enums import InteractionKind
from cases.models import Case
from tenants.domain.actors import Actor
from tenants.enums import Right

LONGEST = 120  # characters; longer messages say something else, too
THANKS = re.compile(
    r"\b(thanks?( you)?|thx|cheers|much appreciated|perfect|great"
    r"|danke(schön)?|vielen dank|merci|gracias|obrigad[oa])\b",
    re.IGNORECASE,
)
DOUBT = re.compile(
    r"[?]|\b(but|still|again|however|not|doesn't|isn't|can't|won't|aber|noch|wieder|nicht|kein\w*|error|fehler|problem)\b",
    re.IGNORECASE,
)


def is_short_thanks(body: str) -> bool:
    text = body.strip()
    return len(text) <= LONGEST and bool(THANKS.search(text)) and not DOUBT.search(text)


def keep_closed(
    *, case_id: int, reason: str = "", by: Actor, at: datetime, expected_version: int | None = None
) -> Case:
    """The message after closing was only a thank-you: the case stays closed. Doing it twice changes nothing."""
    with changing(case_id=case_id, by=by, at=at, expected_version=expected_version) as change:
        change.require(Right.WORK_CASES)
        if change.case.possible_thanks_at is not None:
            change.case.possible_thanks_at = None
            why = f" ({reason.strip()})" if reason.strip() else ""
            change.say(InteractionKind.SYSTEM, f"Taken as a thank-you: stays closed{why}")
    return change.case
