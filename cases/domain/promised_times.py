"""A first reply that says when it will be solved: no clock watches that word, so it is held once before it goes.

English and German, sentence by sentence. When we write again may be promised (a clock watches that), and what we ask
of the client may have a date; neither is held unless the same sentence speaks of the solution.
"""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

from cases.domain.changing import Change
from cases.enums import InteractionKind
from config.errors import Refused

LONGEST_SENTENCE = 2000  # characters; what a sentence says beyond is not looked at
NUMBER = r"(?:\d{1,4}|an?|one|two|three|four|five|six|ten|twelve|half\s+an|(?:a\s+)?(?:few|couple\s+of))"
SPAN = r"(?:business\s+|working\s+)?(?:min(?:ute)?|hour|hr|day|week|month)s?"
WEEKDAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}"
HALF = r"(?:[ap]m\b|[ap]\.m\.)"
HOUR = rf"(?:\d{{1,2}}(?::\d{{2}}(?:\s*{HALF})?|\s*(?:{HALF}|o.clock))|noon|midnight)"
DATE = rf"(?:\d{{4}}-\d{{2}}-\d{{2}}|\d{{1,2}}(?:st|nd|rd|th)?\s+{MONTH}|{MONTH}\s+\d{{1,2}}|\d{{1,2}}[./]\d{{1,2}}\b)"
DAY = (
    rf"(?:tomorrow|tonight|today|{WEEKDAY}|(?:this|next)\s+(?:morning|afternoon|evening|week|month|{WEEKDAY})"
    rf"|(?:the\s+)?end\s+of\s+(?:the\s+|this\s+|next\s+)?(?:business\s+|working\s+)?(?:day|week|month)|eod|eow|cob)"
)
ZAHL = r"(?:\d{1,4}|einer?|einem|zwei|drei|vier|fünf|sechs|zehn|zwölf|wenigen|ein\s+paar)"
SPANNE = r"(?:minuten?|stunden?|(?:werk|arbeits)?tage?n?|wochen?|monate?n?)"
WOCHENTAG = r"(?:(?:mon|diens|donners|frei|sams|sonn)tag|mittwoch)"
UHRZEIT = r"\d{1,2}(?::\d{2})?\s*uhr|\d{1,2}:\d{2}"
TAG = (
    rf"(?:morgen|übermorgen|heute|{WOCHENTAG}|mittag|mitternacht|feierabend|wochenende|ende\s+(?:der|dieser|nächster)\s+"
    rf"woche|ende\s+des\s+(?:tages|monats)|(?:zur\s+)?nächste[nr]?\s+woche|\d{{1,2}}\.\s*\d{{1,2}}\.|{UHRZEIT})"
)
TIME = re.compile(
    rf"\b(?:by|until|no\s+later\s+than)\s+(?:the\s+)?(?:{DAY}|{HOUR}|{DATE})"
    rf"|\b(?:within|in)\s+(?:the\s+next\s+|about\s+|at\s+most\s+|less\s+than\s+)?{NUMBER}\s+{SPAN}\b"
    rf"|\bwithin\s+the\s+(?:hour|day|week)\b"
    rf"|\bbis\s+(?:spätestens\s+|zum\s+|zur\s+|um\s+|heute\s+|morgen\s+)*{TAG}"
    rf"|\b(?:innerhalb\s+(?:von\s+)?|binnen\s+|in\s+)(?:(?:der|den)\s+nächsten\s+|etwa\s+|spätestens\s+)*{ZAHL}\s+{SPANNE}\b"
    r"|\bnoch\s+heute\b",
    re.IGNORECASE,
)
#: A day alone is a promise only beside the word for what will be.
BARE_DAY = re.compile(rf"\b(?:{DAY}|heute|morgen|übermorgen|nächste\s+woche)\b", re.IGNORECASE)
SOLVED = re.compile(
    r"\b(?:fix|resol|solv|solution|repair|restor|deploy|roll(?:ed)?\s+out|ship|done\b|ready\b|back\s+up\b|back\s+to\s+normal"
    r"|work(?:ing|s)?\s+again|up\s+and\s+running|be\s+(?:over|live|available)\b"
    r"|behoben|beheben|gelöst|lösen|lösung|repar|fertig|erledigt|wiederherge|wieder\s+(?:da|verfügbar|laufen|funktion)"
    r"|funktionier\w*\s+wieder|läuft\s+wieder|ausgeliefert|eingespielt)",
    re.IGNORECASE,
)
WILL = re.compile(r"\b(?:will|.ll|shall|going\s+to|should\s+be|expect|wird|werden|sollte|ist)\b", re.IGNORECASE)
WORD_OF_OURS = re.compile(
    r"\b(?:updates?|next\s+word|(?:get|come|write|report|be)\s+back\s+(?:to|with)|hear\s+from|let\s+you\s+know|write\s+again"
    r"|keep\s+you\s+(?:posted|informed)|nächstes?\s+wort|nachricht|rückmeldung|zwischenstand|melden|hören\s+(?:sie\s+)?von"
    r"|schreiben\s+(?:wir\s+)?(?:ihnen|wieder)|informieren|auf\s+dem\s+laufenden)",
    re.IGNORECASE,
)
ASKED_OF_THEM = re.compile(
    r"^(?:please|bitte)\b|\b(?:could|can|would)\s+you\b|\b(?:können|könnten|würden)\s+sie\b|\bplease\s+(?:send|tell|try|check)"
    r"|\bbitte\b.*\b(?:senden|schicken|schreiben|prüfen)\b|\?\s*$",
    re.IGNORECASE,
)
SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[^\W\d_a-zäöü])|\n+")


class PromisesATime(Refused):
    """`extra["promised"]` is the phrase; sent again with it as `promise_meant` the reply goes, and that is logged."""

    default_code = "promises-a-time"

    def __init__(self, phrase: str) -> None:
        super().__init__(
            _(
                "Not sent yet: “%(phrase)s” promises a time in the first reply, and no clock of ours watches it. Say "
                "when you write again instead, or send it again as it is; that is logged."
            )
            % {"phrase": phrase},
            promised=phrase,
        )


def promised_time(text: str) -> str:
    """The first phrase by which the text says when it will be solved; empty for none. Quoted lines do not speak."""
    own = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith(">"))
    for sentence in SENTENCE.split(own):
        if phrase := _promised_in(" ".join(sentence.split())[:LONGEST_SENTENCE]):
            return phrase
    return ""


def heed(change: Change, body: str, *, meant: str) -> None:
    """Before a public reply is written down: PromisesATime, unless a reply came before or the phrase is `meant`."""
    if change.case.first_response_at is not None or not change.by.is_person:
        return
    phrase = promised_time(body)
    if not phrase:
        return
    if phrase != meant:
        raise PromisesATime(phrase)
    change.say(
        InteractionKind.SYSTEM,
        f"The first reply was sent though it promises a time: “{phrase}”.",
        data={"promised_time": phrase},
    )


def _promised_in(sentence: str) -> str:
    solved = SOLVED.search(sentence) is not None
    if not solved and (WORD_OF_OURS.search(sentence) or ASKED_OF_THEM.search(sentence)):
        return ""
    found = TIME.search(sentence)
    if found is None and solved and WILL.search(sentence):
        found = BARE_DAY.search(sentence)
    return found[0].strip() if found else ""
