"""Known issues beside a case: those that name its error, and, before it is escalated, those that look like it."""

import re
from functools import reduce
from operator import or_

from django.contrib.postgres.search import SearchQuery, SearchRank, SearchVector
from django.db.models import BooleanField, ExpressionWrapper, Q

from cases.models import Case, KnownIssue

SHOWN = 5
WORD = re.compile(r"[\w-]+")
SHORTEST_WORD, MOST_WORDS = 4, 20  # of a subject


def of(case: Case) -> list[KnownIssue]:
    if not case.error_ids:
        return []
    return list(KnownIssue.objects.filter(active=True, error_codes__overlap=case.error_ids)[:SHOWN])


def like(case: Case) -> list[KnownIssue]:
    """The frontline's look-up before an escalation: those that name an error of the case, then those whose title,
    symptoms or codes have most of the words of its subject. One statement.
    """
    words = [word for word in WORD.findall(case.subject) if len(word) >= SHORTEST_WORD][:MOST_WORDS]
    asked = reduce(or_, (SearchQuery(word, config="simple") for word in words), SearchQuery("", config="simple"))
    text = SearchVector("code", "title", "symptoms", "workaround", config="simple")
    named = Q(error_codes__overlap=case.error_ids) if case.error_ids else Q(pk__in=[])
    found = KnownIssue.objects.filter(active=True).annotate(
        named=ExpressionWrapper(named, output_field=BooleanField()), rank=SearchRank(text, asked)
    )
    return list(found.filter(Q(named=True) | Q(rank__gt=0)).order_by("-named", "-rank", "code")[:SHOWN])
