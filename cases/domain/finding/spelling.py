"""Words that nobody wrote, put right by words that somebody did.

What is right is read from what the reader sees anyway: subjects of the newest cases, names and titles. So no list of
words is kept, none goes out of date, and none tells a reader what a neighbour writes.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import CharField, F, Func, OuterRef, QuerySet, TextField
from django.db.models.functions import Cast, Upper

from cases.domain.finding.kinds import latest
from cases.domain.search import PART
from cases.models import Case, Category, KnownIssue, Macro
from config.counting import compiled
from incidents.models import Incident, Runbook
from tenants.domain.actors import Actor
from tenants.enums import Right
from tenants.models import Requester, Tenant

NEWEST = 2_000  # cases whose subjects are read
OF_EACH = 20  # at least, of a client's
OF_OTHERS = 500  # rows of each other kind
SHORTEST = 4  # letters of a word that can be put right
ALIKE = 0.15  # of their trigrams: what is worth a closer look
MOST_WORDS = 5
CLOSE = """
    WITH known AS MATERIALIZED (
        SELECT word, count(*) AS times
        FROM ({texts}) AS said (words), unnest(tsvector_to_array(to_tsvector('simple', words::text))) AS word
        WHERE length(word) >= {shortest} GROUP BY word
    )
    SELECT asked, word, times FROM unnest(%s::text[]) AS asked
    JOIN known ON starts_with(word, asked) OR similarity(word, asked) >= {alike}
"""


def put_right(words: str, *, actor: Actor) -> tuple[str, dict[str, str]]:
    """The words with those that nobody wrote put right, and which became what. At most one statement."""
    asked = list(dict.fromkeys(word.lower() for word in _plain_words(words)))[:MOST_WORDS]
    if not asked:
        return words, {}
    instead: dict[str, str] = {}
    known: dict[str, dict[str, int]] = {}
    for word, other, times in _close_to(asked, actor=actor):
        known.setdefault(word, {})[other] = times
    for word, others in known.items():
        if not any(other.startswith(word) for other in others) and (right := _nearest(word, others)):
            instead[word] = right
    pieces = [_put(found, instead) for found in PART.finditer(words)]
    return " ".join(pieces), instead


def _plain_words(words: str) -> Iterator[str]:
    """No quoted part, no code, nothing short."""
    for found in PART.finditer(words):
        if (word := found[2]) is not None and len(word) >= SHORTEST and word.isalpha():
            yield word


def _put(found: Any, instead: dict[str, str]) -> str:
    word = found[2]
    return found[0] if word is None else instead.get(word.lower(), word)


def _close_to(asked: Sequence[str], *, actor: Actor) -> list[tuple[str, str, int]]:
    """(word, one that is written like it or begins so, how often)."""
    first, *others = _texts(asked, actor=actor)
    texts, params = compiled(first.union(*others, all=True))
    close = CLOSE.format(texts=texts, shortest=SHORTEST, alike=ALIKE)
    with connection.cursor() as cursor:
        cursor.execute(close, [*params, list(asked)])
        found: list[tuple[str, str, int]] = cursor.fetchall()
    return found


def _texts(asked: Collection[str], *, actor: Actor) -> Iterator[QuerySet[Any, Any]]:
    """Queries of one column of text each."""
    yield _subjects(actor)
    yield Tenant.objects.visible_to(actor).order_by().values_list(Cast("name", TextField()))[:NEWEST]
    others: list[tuple[QuerySet[Any], str]] = [
        (Incident.objects.visible_to(actor).filter(latest(Incident)).order_by("-pk"), "title"),
        (Runbook.objects.visible_to(actor).order_by("-pk"), "title"),
        (Macro.objects.visible_to(actor).order_by("-pk"), "name"),
        (KnownIssue.objects.order_by("-pk"), "title"),
        (Category.objects.order_by("-pk"), "name"),
    ]
    for rows, name in others:
        yield rows.values_list(Cast(name, TextField()))[:OF_OTHERS]
    for word in asked:
        alike = Requester.objects.visible_to(actor).alias(called=Upper("name", output_field=CharField()))
        alike = alike.filter(called__trigram_word_similar=word.upper()).order_by()
        yield alike.values_list(Cast("name", TextField()))[:OF_OTHERS]


def _subjects(actor: Actor) -> QuerySet[Any, Any]:
    tenant_ids = actor.access.tenant_ids(Right.SEE_CASES)
    if tenant_ids is None:
        return Case.objects.order_by("-pk").values_list(Cast("subject", TextField()))[:NEWEST]
    # Of each client for itself: the newest of all would be looked for among everybody's.
    newest = Case.objects.filter(tenant=OuterRef("pk")).order_by("-opened_at").values("subject")
    each = ArraySubquery(newest[: max(OF_EACH, NEWEST // max(1, len(tenant_ids)))])
    subject = Func(each, template="unnest((%(expressions)s)::text[])", output_field=TextField())
    theirs = Tenant.objects.filter(pk__in=tenant_ids).order_by().annotate(subject=subject)
    return theirs.values_list(F("subject"))[:NEWEST]


def _nearest(word: str, others: dict[str, int]) -> str:
    """The one that takes the fewest slips to write so; of several the most usual. Empty: none is near enough."""
    allowed = 1 if len(word) < 6 else 2
    slips = {other: _slips(word, other) for other in others if abs(len(word) - len(other)) <= allowed}
    near = [other for other, count in slips.items() if count <= allowed]
    return min(near, key=lambda other: (slips[other], -others[other], other), default="")


def _slips(one: str, other: str) -> int:
    """Letters left out, put in or mistaken, and neighbours that changed places."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        current = [row]
        for column, another in enumerate(other, 1):
            cost = min(last[column] + 1, current[-1] + 1, last[column - 1] + (letter != another))
            swapped = row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == another
            current.append(min(cost, before[column - 2] + 1) if swapped else cost)
        before, last = last, current
    return last[-1]
