"""Is this message no more than a thank-you? A guess offered to people, never a decision."""

import re

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
