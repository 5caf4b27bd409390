"""Cases by words: what was said in them and, to our people, beside them; what they name, who asked.

The database's text indexes find the newest that fit, kind by kind, in one statement: first in the latest stretch of
rows, of a common word in as many more as will do, of a rare one in all, so that a common word costs no more than a rare
one. Lists, filters and pages go on from their numbers.

A word fits its own beginnings ("invoic" finds "invoices") unless the newest are full of the very word. A code does not:
its parts' beginnings are in every other text. Words in quotes stand together.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import reduce
from math import ceil
from operator import or_
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import (
    BigIntegerField,
    Exists,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
)
from django.db.models.functions import Concat

from cases.enums import SPOKEN
from cases.models import Case, Interaction, SideWord
from cases.models.cases import CASE_TEXT, STRETCH
from cases.models.interactions import INTERACTION_TEXT
from cases.models.side_talks import SIDE_TEXT
from tenants.domain.actors import Actor
from tenants.enums import Right
from tenants.models import Requester, Tenant

NEWEST = 500  # cases that each kind of match may bring
ENOUGH = 250  # found newest first; older ones are then not looked for
ENOUGH_QUOTED = 50  # the same where words stand together: no index knows that, each row that has them is read
FURTHER = 8  # stretches; each costs a millisecond, so that a rarer word is sooner looked for in all
PEOPLE = 50  # requesters and tenants whose names fit
OF_EACH = 250  # their newest cases
SHORT = 200  # cases whose every word is looked at
PREFIX_FROM = 4  # letters; the beginning of so many words is no search
PART = re.compile(r'"([^"]*)"|(\S+)')
# Of rows that are found otherwise: by its index, a common word would be looked up in every case there is.
UNINDEXED_CASE_TEXT = SearchVector(
    Concat("subject", Value(" "), "description", output_field=TextField()), config="simple"
)
UNINDEXED_INTERACTION_TEXT = SearchVector(Concat("body", Value(""), output_field=TextField()), config="simple")
REFERENCE = re.compile(r"(?:CASE-)?([0-9]{1,18})", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Matches:
    """Numbers of cases. `said`: by words, of very many the newest; `named`: by reference, error id or who asks.
    `cut`: older ones that say so may be left out.
    """

    said: set[int]
    named: set[int]
    cut: bool = False


def narrowed_by(
    words: str,
    cases: QuerySet[Case],
    *,
    actor: Actor,
    tenant_ids: Collection[int] | None = None,
    short: bool = False,
) -> QuerySet[Case]:
    """Those of `cases` that fit, in their own order; of very many the newest. A client searches what a client may
    read. `tenant_ids`, `short`: as for `matches`.
    """
    if not words.strip():
        return cases
    found = matches(words, cases, actor=actor, tenant_ids=tenant_ids, short=short)
    return cases.filter(pk__in=found.said | found.named)


def matches(
    words: str,
    cases: QuerySet[Case],
    *,
    actor: Actor,
    tenant_ids: Collection[int] | None = None,
    short: bool = False,
) -> Matches:
    """At most five statements. `said` is not narrowed to `cases`: the newest of the reader's, of these tenants alone
    where some are given. Where `cases` are found by an index (`short`) and few, each of them is looked at; `said` is
    then theirs.
    """
    words = words.replace("\0", " ").strip()  # the database knows no null character
    cases = cases.order_by()
    if short and (theirs := _in_each(words, cases, actor=actor)) is not None:
        return Matches(said=theirs, named=_numbers(_named(words, cases, actor=actor)))
    where = _Where(actor, tenant_ids)
    enough = ENOUGH_QUOTED if '"' in words else ENOUGH
    said, named = _first(words, cases, where)
    if enough / FURTHER <= len(said) < enough:
        said = _further(text_query(words, whole=True), where, said, enough=enough)
    elif len(said) < enough:
        said |= _begun(text_query(words), where, enough=enough)
    return Matches(said=said, named=named, cut=len(said) >= enough)


@dataclass(frozen=True, slots=True)
class _Where:
    """Whose words are searched; `tenant_ids` None: of all whom the reader may search."""

    actor: Actor
    tenant_ids: Collection[int] | None

    def said(self, text: SearchQuery, *, back: Iterable[int] | None) -> list[QuerySet[Any]]:
        """Numbers of the cases that say so so many stretches before the latest (None: ever)."""
        actor = self.actor
        right = Right.CLIENT_CASES if actor.is_customer else Right.SEE_CASES
        asked = Case.objects.in_tenants(actor.access.tenant_ids(right))
        said = Interaction.objects.visible_to(actor, right).filter(kind__in=SPOKEN)
        if self.tenant_ids is not None:
            asked, said = asked.filter(tenant_id__in=self.tenant_ids), said.filter(tenant_id__in=self.tenant_ids)
        if actor.is_customer and not actor.sees_all_tenant_cases:
            # Before the newest are taken: a colleague's would take the place of theirs.
            asked = asked.filter(requester_id=actor.requester_id)
            # Nor what a colleague wrote to a case of theirs that became this one.
            written = Q(written_to=None) | Q(written_to__requester_id=actor.requester_id)
            said = said.filter(written, case__requester_id=actor.requester_id)
        if actor.is_customer:
            said = said.shown_to_client()
        asked, said = asked.alias(text=CASE_TEXT).filter(text=text), said.alias(text=INTERACTION_TEXT).filter(text=text)
        kinds = [_newest(asked, back=back).values_list("pk"), _newest(said, back=back).values_list("case_id")]
        if not actor.is_customer:
            aside = SideWord.objects.visible_to(actor, right)
            if self.tenant_ids is not None:
                aside = aside.filter(tenant_id__in=self.tenant_ids)
            kinds.append(_newest(aside.alias(text=SIDE_TEXT).filter(text=text), back=back).values_list("talk__case_id"))
        return kinds


def _first(words: str, cases: QuerySet[Case], where: _Where) -> tuple[set[int], set[int]]:
    """What says so in whole words of late, and what is named so. One statement."""
    said = [kind.annotate(named=Value(False)) for kind in where.said(text_query(words, whole=True), back=[0])]
    named = [kind.annotate(named=Value(True)) for kind in _named(words, cases, actor=where.actor)]
    first, *others = [kind[:NEWEST] for kind in [*said, *named]]
    found = list(first.union(*others))
    return {pk for pk, is_named in found if not is_named}, {pk for pk, is_named in found if is_named}


def _begun(text: SearchQuery, where: _Where, *, enough: int) -> set[int]:
    """Numbers of the newest cases with words that begin so. Three statements at most.

    Only where whole words found next to nothing: for a beginning, the index gathers all rows there are with each word
    that begins so, however few stretches are asked for.
    """
    numbers = _numbers(where.said(text, back=[0]))
    if enough / FURTHER <= len(numbers) < enough:
        return _further(text, where, numbers, enough=enough)
    return numbers if len(numbers) >= enough else numbers | _numbers(where.said(text, back=None))


def _further(text: SearchQuery, where: _Where, found: set[int], *, enough: int) -> set[int]:
    """`found` in the latest stretch, and of as many more as should do; at the worst, in all. Two statements at most."""
    probably = ceil(1.25 * enough / len(found))
    numbers = found | _numbers(where.said(text, back=range(1, probably)))
    return numbers if len(numbers) >= enough else numbers | _numbers(where.said(text, back=None))


def _in_each(words: str, cases: QuerySet[Case], *, actor: Actor) -> set[int] | None:
    """Which of `cases` say so, each looked at; None when they are too many for that. Two statements.

    Which they are is asked for first: among very many, the planner would rather read every word that was ever said.
    """
    if actor.is_customer:
        return None
    # In an order that indexes of what is open have: without one, a table full of what is closed would be read.
    numbers = list(cases.order_by("next_due_at", "pk").values_list("pk", flat=True)[: SHORT + 1])
    if len(numbers) > SHORT:
        return None
    text = text_query(words)
    said = Interaction.objects.filter(case=OuterRef("pk"), kind__in=SPOKEN).alias(text=UNINDEXED_INTERACTION_TEXT)
    aside = SideWord.objects.filter(talk__case=OuterRef("pk")).alias(text=UNINDEXED_INTERACTION_TEXT)
    says = Q(text=text) | Q(Exists(said.filter(text=text))) | Q(Exists(aside.filter(text=text)))
    looked_at = Case.objects.filter(pk__in=numbers).alias(text=UNINDEXED_CASE_TEXT).filter(says).order_by()
    return set(looked_at.values_list("pk", flat=True))


def _newest(rows: QuerySet[Any], *, back: Iterable[int] | None) -> QuerySet[Any]:
    """Ordered by an expression: by the key itself, the planner would rather read every row than the text index.

    Each stretch is named: asked for all after one, the index gathers every row of them before it looks at the words.
    """
    if back is not None:
        newest = rows.model.objects.order_by("-pk")
        stretches = [Q(stretch=Subquery(newest.values(number=STRETCH - many)[:1])) for many in back]
        rows = rows.alias(stretch=STRETCH).filter(reduce(or_, stretches))
    return rows.order_by(-F("pk"))


def _named(words: str, cases: QuerySet[Case], *, actor: Actor) -> list[QuerySet[Any]]:
    """Numbers of the cases with this reference, error id, requester or tenant."""
    kinds: list[QuerySet[Any]] = []
    if (number := reference(words)) is not None:
        kinds.append(cases.filter(pk=number).values_list("pk"))
    if not actor.is_customer:
        requesters = Requester.objects.visible_to(actor).matching(words).order_by().values("pk")[:PEOPLE]
        tenants = Tenant.objects.visible_to(actor).matching(words).order_by().values("pk")[:PEOPLE]
        kinds += [
            cases.filter(error_ids__overlap=error_ids(words)).order_by("-pk").values_list("pk"),
            _newest_of(Requester.objects.filter(pk__in=requesters), cases.filter(requester=OuterRef("pk"))),
            _newest_of(Tenant.objects.filter(pk__in=tenants), cases.filter(tenant=OuterRef("pk"))),
        ]
    return kinds


def _newest_of(named: QuerySet[Any], cases: QuerySet[Case]) -> QuerySet[Any]:
    """The newest of each. Asked for the newest of them all, the planner reads every case there is in its order, as long
    as none of theirs turns up.
    """
    newest = ArraySubquery(cases.order_by("-opened_at").values("pk")[:OF_EACH])
    # Typed: for who sees no case at all, Django writes a bare NULL.
    numbers = Func(newest, template="unnest((%(expressions)s)::bigint[])", output_field=BigIntegerField())
    return named.annotate(number=numbers).order_by("-number").values_list("number")


def _numbers(kinds: list[QuerySet[Any]]) -> set[int]:
    first, *others = [kind[:NEWEST] for kind in kinds]
    return {pk for (pk,) in first.union(*others)}


def text_query(words: str, *, whole: bool = False) -> SearchQuery:
    """Every word, or its beginning (unless `whole`); a quoted part word by word in its order."""
    return query_of(operands(words, whole=whole))


def query_of(text: Any) -> SearchQuery:
    """`text`: as `operands` writes it, or what stands for that."""
    return SearchQuery(text, config="simple", search_type="raw")


def operands(words: str, *, whole: bool = False) -> str:
    """As `to_tsquery` reads them: each in its own quotes, so that nothing in it is an operator."""
    parts = [("".join(found.groups(default="")), whole or found[1] is not None) for found in PART.finditer(words)]
    return " & ".join(
        "'"
        + part.replace("\\", "\\\\").replace("'", "''")
        + "'"
        + (":*" if len(part) >= PREFIX_FROM and not exact and not any(map(str.isdigit, part)) else "")
        for part, exact in parts
        if part.strip()
    )


def parts(words: str) -> list[str]:
    """The words, and what stands in quotes as one."""
    found = ("".join(part.groups(default="")).strip() for part in PART.finditer(words))
    return [part for part in found if part]


def reference(words: str) -> int | None:
    """The number of the case that is meant: CASE-1042, or 1042."""
    found = REFERENCE.fullmatch(words.strip())
    return int(found[1]) if found else None


def error_ids(words: str) -> list[str]:
    """As they may be written on a case."""
    return [words, *(spelling for token in words.split() for spelling in (token, token.upper()))]
