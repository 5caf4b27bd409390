"""Cases by words: what was said in them, what they name, who asked.

The database's text indexes find the newest that fit, kind by kind, in one statement: first in the latest stretch of
rows, of a common word in as many more as will do, of a rare one in all, so that a common word costs no more than a rare
one. Lists, filters and pages go on from their numbers.

A word fits its own beginnings ("invoic" finds "invoices") unless the newest are full of the very word. A code does not:
its parts' beginnings are in every other text. Words in quotes stand together.
"""

import re
from collections.abc import Iterable
from functools import reduce
from math import ceil
from operator import or_
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.search import SearchQuery
from django.db.models import BigIntegerField, F, Func, OuterRef, Q, QuerySet, Subquery

from cases.models import Case, Interaction
from cases.models.cases import CASE_TEXT, STRETCH
from cases.models.interactions import INTERACTION_TEXT, SPOKEN
from tenants.domain.actors import Actor
from tenants.enums import Right
from tenants.models import Requester, Tenant

NEWEST = 500  # cases that each kind of match may bring
ENOUGH = 250  # found newest first; older ones are then not looked for
FURTHER = 8  # stretches; each costs a millisecond, so that a rarer word is sooner looked for in all
PEOPLE = 50  # requesters and tenants whose names fit
OF_EACH = 250  # their newest cases
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
    numbers = _said(text_query(words, whole=True), back=[0], actor=actor)
    if len(numbers) < ENOUGH:
        numbers |= _begun(words, actor=actor)
    return cases.filter(pk__in=numbers | _named(words, cases.order_by(), actor=actor))


def _begun(words: str, *, actor: Actor) -> set[int]:
    """Numbers of the newest cases with words that begin so. Three statements at most."""
    text = text_query(words)
    numbers = _said(text, back=[0], actor=actor)
    if ENOUGH / FURTHER <= len(numbers) < ENOUGH:
        probably = ceil(1.25 * ENOUGH / len(numbers))
        numbers |= _said(text, back=range(1, probably), actor=actor)
    if len(numbers) < ENOUGH:
        numbers |= _said(text, back=None, actor=actor)
    return numbers


def _said(text: SearchQuery, *, back: Iterable[int] | None, actor: Actor) -> set[int]:
    """Numbers of the cases that say so so many stretches before the latest (None: ever). One statement."""
    right = Right.CLIENT_CASES if actor.is_customer else Right.SEE_CASES
    asked = Case.objects.in_tenants(actor.access.tenant_ids(right)).alias(text=CASE_TEXT).filter(text=text)
    said = Interaction.objects.visible_to(actor, right).filter(kind__in=SPOKEN)
    if actor.is_customer and not actor.sees_all_tenant_cases:
        # Before the newest are taken: a colleague's would take the place of theirs.
        asked = asked.filter(requester_id=actor.requester_id)
        said = said.filter(case__requester_id=actor.requester_id)
    said = said.alias(text=INTERACTION_TEXT).filter(text=text)
    return _numbers(
        _newest(asked, back=back).values_list("pk"),
        _newest(said.shown_to_client() if actor.is_customer else said, back=back).values_list("case_id"),
    )


def _newest(rows: QuerySet[Any], *, back: Iterable[int] | None) -> QuerySet[Any]:
    """Ordered by an expression: by the key itself, the planner would rather read every row than the text index.

    Each stretch is named: asked for all after one, the index gathers every row of them before it looks at the words.
    """
    if back is not None:
        newest = rows.model.objects.order_by("-pk")
        stretches = [Q(stretch=Subquery(newest.values(number=STRETCH - many)[:1])) for many in back]
        rows = rows.alias(stretch=STRETCH).filter(reduce(or_, stretches))
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
            _newest_of(Requester.objects.filter(pk__in=requesters), cases.filter(requester=OuterRef("pk"))),
            _newest_of(Tenant.objects.filter(pk__in=tenants), cases.filter(tenant=OuterRef("pk"))),
        ]
    return _numbers(*kinds)


def _newest_of(named: QuerySet[Any], cases: QuerySet[Case]) -> QuerySet[Any]:
    """The newest of each. Asked for the newest of them all, the planner reads every case there is in its order, as long
    as none of theirs turns up.
    """
    newest = ArraySubquery(cases.order_by("-opened_at").values("pk")[:OF_EACH])
    # Typed: for who sees no case at all, Django writes a bare NULL.
    numbers = Func(newest, template="unnest((%(expressions)s)::bigint[])", output_field=BigIntegerField())
    return named.annotate(number=numbers).order_by("-number").values_list("number")


def _numbers(*kinds: QuerySet[Any]) -> set[int]:
    first, *others = [kind[:NEWEST] for kind in kinds]
    return {pk for (pk,) in first.union(*others)}


def text_query(words: str, *, whole: bool = False) -> SearchQuery:
    """Every word, or its beginning (unless `whole`); a quoted part word by word in its order."""
    return SearchQuery(" & ".join(_operands(words, whole=whole)), config="simple", search_type="raw")


def _operands(words: str, *, whole: bool) -> list[str]:
    """As `to_tsquery` reads them: each in its own quotes, so that nothing in it is an operator."""
    parts = [("".join(found.groups(default="")), whole or found[1] is not None) for found in PART.finditer(words)]
    return [
        "'"
        + part.replace("\\", "\\\\").replace("'", "''")
        + "'"
        + (":*" if len(part) >= PREFIX_FROM and not exact and not any(map(str.isdigit, part)) else "")
        for part, exact in parts
        if part.strip()
    ]


def _tokens(words: str) -> list[str]:
    return [spelling for token in words.split() for spelling in (token, token.upper())]
