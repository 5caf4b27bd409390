"""Cases that fit some words, best first: what they name, then what their subject says, then what was said in them.

Of very many the newest are ranked, never all.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import (
    BigIntegerField,
    BooleanField,
    Count,
    ExpressionWrapper,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
    When,
    Window,
)
from django.db.models import Case as Choice
from django.db.models.functions import Coalesce, Left, NullIf

from cases.domain import search
from cases.domain.desk.filter_keys import Asked
from cases.domain.desk.filters import Filter, is_short, keyed, within
from cases.domain.finding.found import Hit, Kind, Rank, Section
from cases.domain.finding.snippets import Marker
from cases.enums import SPOKEN
from cases.models import OPEN, Case, Interaction, SideWord
from config.any_of import AnyOf
from config.kept_statements import Given, Kept
from tenants.domain.actors import Actor

RANKED = 500  # the newest of those that say so, and as many of those that are named so
READ = 20_000  # characters of a text that an excerpt is looked for in


def cases(asks: Filter, asked: Asked, *, first: int, size: int) -> Section | None:
    """Six statements at most."""
    fit = keyed(Case.objects.visible_to(asked.actor), asks, asked)
    found = search.matches(asks.words, fit, actor=asked.actor, tenant_ids=within(asks, asked), short=is_short(asks))
    numbers = _newest(found.said) | _newest(found.named)
    if (number := search.reference(asks.words)) is not None:
        numbers.add(number)
    if not numbers:
        return None
    told = {
        "text": search.operands(asks.words),
        "codes": search.error_ids(asks.words),
        "number": number or 0,
    }
    if asks.given:
        rows: list[Any] = list(_in_order(fit.filter(pk__in=numbers), **told)[first : first + size])
    else:
        rows = BEST.rows(asked.actor.sight, first, size, numbers=list(numbers), **told)
    if not rows:
        return None
    marker = Marker(asks.words)
    cut = found.cut or len(found.said) > RANKED or len(found.named) > RANKED
    return Section(
        kind=Kind.CASES, hits=[_hit(case, marker, at=asked.at) for case in rows], total=rows[0].total, cut=cut
    )


def _newest(numbers: Collection[int]) -> set[int]:
    return set(sorted(numbers, reverse=True)[:RANKED])


def _best(given: Given, reader: Actor, first: int, size: int) -> QuerySet[Case]:
    numbers = given("numbers", ArrayField(BigIntegerField()))
    fit = Case.objects.visible_to(reader).filter(AnyOf("pk", numbers))
    in_order = _in_order(
        fit,
        text=given("text", TextField()),
        codes=given("codes", ArrayField(TextField())),
        number=given("number", BigIntegerField()),
    )
    return in_order[first : first + size]


BEST = Kept(_best)


def _in_order(fit: QuerySet[Case], *, text: Any, codes: Any, number: Any) -> QuerySet[Case]:
    """Adds `rank`, `total` of them all, and of each that is shown the newest `message` that says so, where neither its
    subject nor its description does. `text`: operands of a text query; `number`: of the case that is meant, 0 for none.
    """
    text = search.query_of(text)
    exact = Q(error_ids__overlap=codes) | Q(pk=number)
    return (
        fit.alias(subject_text=SearchVector("subject", config="simple"), text=search.UNINDEXED_CASE_TEXT)
        .annotate(
            rank=Choice(
                When(exact, then=Value(Rank.EXACT.value)),
                When(subject_text=text, then=Value(Rank.NAME.value)),
                default=Value(Rank.TEXT.value),
                output_field=IntegerField(),
            ),
            going=ExpressionWrapper(OPEN, output_field=BooleanField()),
            total=Window(Count("*")),
            message=Choice(When(text=text, then=None), default=_message(text)),
        )
        .select_related("tenant", "requester")
        .order_by("-rank", "-going", "-pk")
    )


def _message(text: SearchQuery) -> Any:
    said = Interaction.objects.filter(case=OuterRef("pk"), kind__in=SPOKEN)
    said = said.alias(text=search.UNINDEXED_INTERACTION_TEXT).filter(text=text, retracted_by__isnull=True)
    aside = SideWord.objects.standing().filter(talk__case=OuterRef("pk")).alias(text=search.UNINDEXED_INTERACTION_TEXT)
    newest = [
        Subquery(rows.values(words=Left("body", READ))[:1])
        for rows in (said.order_by("-at", "-pk"), aside.filter(text=text).order_by("-pk"))
    ]
    return NullIf(Coalesce(*newest), Value(""))


def _hit(case: Any, marker: Marker, *, at: datetime) -> Hit:
    return Hit(
        kind=Kind.CASES,
        key=str(case.pk),
        reference=case.reference,
        name=marker.marked(case.subject),
        text=marker.excerpt(case.message or case.description[:READ]),
        about=[case.get_status_display(), case.tenant.name, case.requester.name],
        mark=case.priority,
        is_open=case.going,
        at=case.opened_at,
        tenant_ids=[case.tenant_id],
        rank=Rank(case.rank),
    )
