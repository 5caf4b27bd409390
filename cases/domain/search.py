"""Cases by words: what was said in them, what they name, who asked.

The database's text indexes find the newest that fit, kind by kind, in one statement: first in the latest stretch of
rows, of a common word in a few more, of a rare one in all, so that a common word costs no more than a rare one. Lists,
filters and pages go on from their numbers. A word fits its own beginnings ("invoic" finds "invoices"); words in quotes
stand together.
"""

import re
from typing import Any

from django.contrib.postgres.search import SearchQuery
from django.db.models import F, QuerySet, Subquery

from cases.models import Case, Interaction
from cases.models.cases import CASE_TEXT, STRETCH
from cases.models.interactions import INTERACTION_TEXT, SPOKEN
from tenants.domain.actors import Actor
from tenants.enums import Right
from tenants.models import Requester, Tenant

NEWEST = 500  # cases that each kind of match may bring; who finds more needs another word
ENOUGH = 500
FURTHER = 8  # stretches; reading on to there costs something, however rare the word is
PEOPLE = 200  # requesters and tenants whose names fit
PREFIX_FROM = 4  # letters; the beginning of so many words is no search
PART = re.compile(r'"([^"]*)"|(\S+)')
REFERENCE = re.compile(r"(?:CASE-)?([0-9]{1,18})", re.IGNORECASE | re.ASCII)


def narrowed_by(words: str, cases: QuerySet[Case], *, actor: Actor) -> QuerySet[Case]:
    """Those of `cases` that fit, in their own order; of very many the newest. A client searches what a client may
    read.
    """
    words = words.strip()
    if not words:
        return cases
    numbers = _said(words, back=1, actor=actor)
    if ENOUGH / FURTHER <= len(numbers) < ENOUGH:
        numbers |= _said(words, back=FURTHER, actor=actor)
    if len(numbers) < ENOUGH:
        numbers |= _said(words, back=None, actor=actor)
    return cases.filter(pk__in=numbers | _named(words, cases.order_by(), actor=actor))


def _said(words: str, *, back: int | None, actor: Actor) -> set[int]:
    """Numbers of the cases that say so in the latest `back` stretches (None: ever). One statement."""
    text = text_query(words)
    right = Right.CLIENT_CASES if actor.is_customer else Right.SEE_CASES
    asked = Case.objects.in_tenants(actor.access.tenant_ids(right)).alias(text=CASE_TEXT).filter(text=text)
    said = Interaction.objects.visible_to(actor, right).filter(kind__in=SPOKEN)
    said = said.alias(text=INTERACTION_TEXT).filter(text=text)
    return _numbers(
        _newest(asked, back=back).values_list("pk"),
        _newest(said.shown_to_client() if actor.is_customer else said, back=back).values_list("case_id"),
    )


def _newest(rows: QuerySet[Any], *, back: int | None) -> QuerySet[Any]:
    """Ordered by an expression: by the key itself, the planner would rather read every row than the text index."""
    if back is not None:
        last = rows.model.objects.order_by("-pk").values(last=STRETCH - back)[:1]
        rows = rows.alias(stretch=STRETCH).filter(stretch__gt=Subquery(last))
    return rows.order_by(-F("pk"))


def _named(words: str, cases: QuerySet[Case], *, actor: Actor) -> set[int]:
    """Numbers of the cases with this reference, error id, requester or tenant. One statement."""
    kinds: list[QuerySet[Any]] = [cases.none().values_list("pk")]
    if reference := REFERENCE.fullmatch(words):
        kinds.append(cases.filter(pk=int(reference[1])).values_list("pk"))
    if not actor.is_customer:
        requesters = Requester.objects.matching(words).order_by().values("pk")[:PEOPLE]
        tenants = Tenant.objects.matching(words).order_by().values("pk")[:PEOPLE]
        kinds += [
            cases.filter(error_ids__overlap=[words, *_tokens(words)]).order_by("-pk").values_list("pk"),
            cases.filter(requester__in=requesters).order_by("-opened_at").values_list("pk"),
            cases.filter(tenant__in=tenants).order_by("-opened_at").values_list("pk"),
        ]
    return _numbers(*kinds)


def _numbers(*kinds: QuerySet[Any]) -> set[int]:
    first, *others = [kind[:NEWEST] for kind in kinds]
    return {pk for (pk,) in first.union(*others)}


def text_query(words: str) -> SearchQuery:
    """Every word, or its beginning; a quoted part word by word in its order."""
    return SearchQuery(" & ".join(_operands(words)), config="simple", search_type="raw")


def _operands(words: str) -> list[str]:
    """As `to_tsquery` reads them: each in its own quotes, so that nothing in it is an operator."""
    parts = [("".join(found.groups(default="")), found[1] is not None) for found in PART.finditer(words)]
    return [
        "'"
        + part.replace("\\", "\\\\").replace("'", "''")
        + "'"
        + (":*" if len(part) >= PREFIX_FROM and not whole else "")
        for part, whole in parts
        if part.strip()
    ]


def _tokens(words: str) -> list[str]:
    return [spelling for token in words.split() for spelling in (token, token.upper())]
