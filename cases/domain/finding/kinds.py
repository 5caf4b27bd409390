"""What stands beside the cases, by parts of its words: all kinds in one statement.

These are short tables, or the newest of longer ones; only requesters are found by an index, of parts of their names.
"""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.db.models import (
    BigIntegerField,
    BooleanField,
    Count,
    DateTimeField,
    ExpressionWrapper,
    F,
    Func,
    IntegerField,
    Max,
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
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Concat, Left, NullIf

from cases.domain.finding.found import Hit, Kind, Rank, Section
from cases.domain.finding.snippets import Marker
from cases.domain.search import PEOPLE, error_ids, parts
from cases.models import KnownIssue, Macro
from config.kept_statements import Given, Kept
from incidents.enums import OPEN_STATUSES, IncidentStatus
from incidents.models import Incident, IncidentTenant, IncidentUpdate, Runbook
from tenants.domain.actors import Actor
from tenants.enums import SupportTier
from tenants.models import Requester, Tenant

NEWEST = 2_000  # incidents, and words about them
READ = 4_000  # characters of a text that an excerpt is looked for in
REFERENCE = re.compile(r"INC-([0-9]{1,18})", re.IGNORECASE | re.ASCII)
BETWEEN = " · "
TRIGRAM = 3  # letters; by fewer, every requester would have to be read
ALWAYS = Q(pk__isnull=False)
NUMBER = Cast("pk", TextField())
NOTHING = Value("", output_field=TextField())
NEVER = Cast(Value(None), DateTimeField())
NOBODYS = Value([], output_field=ArrayField(BigIntegerField()))
UNORDERED = Value(0)


def _words(*names: Any) -> Any:
    parts = [part for name in names for part in (name, Value(" "))]
    return Concat(*parts, output_field=TextField())


def _one(name: str) -> Any:
    """A list of one, or of none."""
    listed = ArrayField(BigIntegerField())
    return Func(F(name), template="array_remove(ARRAY[%(expressions)s]::bigint[], NULL)", output_field=listed)


def _shown(*names: Any) -> Any:
    """Those that say something, one after the other."""
    said = [NullIf(Cast(name, TextField()), Value("")) for name in names]
    return Func(Value(BETWEEN), *said, function="concat_ws", output_field=TextField())


def _listed(name: str, between: str = " ") -> Any:
    return Func(F(name), Value(between), function="array_to_string", output_field=TextField())


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is looked for, each a value to be given: all the words, each part of them, the codes and the incident's
    number (0 for none) that they may be.
    """

    words: Any
    parts: Sequence[Any]
    codes: Any
    number: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Columns of one kind. `rows`: those of the reader's that say all the parts; `text`: where an excerpt comes from;
    `exact`: is the very thing that was written. `told`: how a code in `about` is put into words.
    """

    rows: Callable[[Actor, Wanted], QuerySet[Any]]
    name: Any
    text: Any
    exact: Callable[[Wanted], Q]
    told: Callable[[str], Any] = str
    key: Any = NUMBER
    reference: Any = NOTHING
    about: Any = NOTHING
    mark: Any = NOTHING
    is_open: Q = ALWAYS
    at: Any = NEVER
    tenant_ids: Any = NOBODYS
    newest: Any = UNORDERED


def _saying(rows: QuerySet[Any], text: Any, wanted: Wanted) -> QuerySet[Any]:
    rows = rows.alias(said=text)
    for part in wanted.parts:
        rows = rows.filter(said__icontains=part)
    return rows


def latest(model: Any) -> Q:
    """The newest, by their numbers; for a table of which older rows are seldom asked for."""
    newest = model.objects.order_by().values(none=Value(0)).annotate(number=Max("pk") - NEWEST).values("number")
    return Q(pk__gt=Subquery(newest))


def _incidents(actor: Actor, wanted: Wanted) -> QuerySet[Any]:
    told = IncidentUpdate.objects.filter(latest(IncidentUpdate))
    told = _saying(told, _words("seeing", "doing", "next_word"), wanted)
    by_title = Q()
    for part in wanted.parts:
        by_title &= Q(title__icontains=part) | Q(root_cause__icontains=part)
    fit = by_title | Q(pk__in=told.values("incident_id")) | Q(pk=wanted.number)
    return Incident.objects.visible_to(actor).filter(latest(Incident)).filter(fit)


def _incident(words: str) -> int:
    found = REFERENCE.fullmatch(words)
    return int(found[1]) if found else 0


def _last_told() -> Any:
    told = IncidentUpdate.objects.filter(incident=OuterRef("pk")).order_by("-published_at", "-pk")
    return Subquery(told.values(told=_shown("seeing", "doing"))[:1])


def _requesters(actor: Actor, wanted: Wanted) -> QuerySet[Any]:
    """Some of those that fit: more than anybody reads."""
    fit = Requester.objects.visible_to(actor)
    for part in wanted.parts:
        fit = fit.matching(part)
    return Requester.objects.filter(pk__in=fit.order_by().values("pk")[:PEOPLE])


SOURCES: dict[Kind, Source] = {
    Kind.INCIDENTS: Source(
        rows=_incidents,
        name=F("title"),
        text=_shown("root_cause", _last_told()),
        exact=lambda wanted: Q(pk=wanted.number),
        told=lambda status: IncidentStatus(status).label,
        reference=Concat(Value("INC-"), Cast("pk", TextField()), output_field=TextField()),
        about=F("status"),
        mark=F("priority"),
        is_open=Q(status__in=OPEN_STATUSES),
        at=F("declared_at"),
        tenant_ids=ArraySubquery(IncidentTenant.objects.filter(incident=OuterRef("pk")).values("tenant_id")),
        newest=F("pk"),
    ),
    Kind.KNOWN_ISSUES: Source(
        rows=lambda _actor, wanted: _saying(
            KnownIssue.objects.all(),
            _words("code", "title", "symptoms", "workaround", "affected_versions", _listed("error_codes")),
            wanted,
        ),
        name=F("title"),
        text=_shown("symptoms", "workaround"),
        exact=lambda wanted: Q(code__iexact=wanted.words) | Q(error_codes__overlap=wanted.codes),
        reference=F("code"),
        about=_listed("error_codes"),
        is_open=Q(active=True),
    ),
    Kind.RUNBOOKS: Source(
        rows=lambda actor, wanted: _saying(
            Runbook.objects.visible_to(actor),
            _words("title", "summary", _listed("steps"), _listed("error_codes")),
            wanted,
        ),
        name=F("title"),
        text=_shown("summary", _listed("steps", BETWEEN)),
        exact=lambda wanted: Q(title__iexact=wanted.words) | Q(error_codes__overlap=wanted.codes),
        about=_listed("error_codes"),
        tenant_ids=_one("tenant_id"),
    ),
    Kind.MACROS: Source(
        rows=lambda actor, wanted: _saying(
            Macro.objects.visible_to(actor),
            _words("name", KeyTextTransform(settings.LANGUAGE_CODE, "texts"), _listed("error_codes")),
            wanted,
        ),
        name=F("name"),
        text=KeyTextTransform(settings.LANGUAGE_CODE, "texts"),
        exact=lambda wanted: Q(name__iexact=wanted.words) | Q(error_codes__overlap=wanted.codes),
        about=_listed("error_codes"),
        is_open=Q(active=True),
    ),
    Kind.TENANTS: Source(
        rows=lambda actor, wanted: _saying(Tenant.objects.visible_to(actor), _words("name", "slug"), wanted),
        name=F("name"),
        text=Value(""),
        exact=lambda wanted: Q(slug__iexact=wanted.words) | Q(name__iexact=wanted.words),
        told=lambda tier: SupportTier(tier).label,
        key=F("slug"),
        about=F("support_tier"),
        is_open=Q(closed_at__isnull=True),
        tenant_ids=_one("pk"),
    ),
    Kind.REQUESTERS: Source(
        rows=_requesters,
        name=F("name"),
        text=F("email"),
        exact=lambda wanted: Q(email__iexact=wanted.words) | Q(name__iexact=wanted.words),
        about=F("tenant__name"),
        tenant_ids=_one("tenant_id"),
    ),
}


def others(words: str, kinds: Collection[Kind], *, actor: Actor, first: int, size: int) -> list[Section]:
    """What of these kinds says all of the words. One statement."""
    said = parts(words)
    short = any(len(part) < TRIGRAM for part in said)
    asked = tuple(
        kind for kind in Kind if kind in kinds and kind in SOURCES and not (short and kind is Kind.REQUESTERS)
    )
    if not said or not asked:
        return []
    written = words.strip()
    values: dict[str, Any] = {f"part {place}": part for place, part in enumerate(said)}
    values |= {"words": written, "codes": error_ids(written), "number": _incident(" ".join(said))}
    marker = Marker(words)
    hits: dict[Kind, list[Hit]] = {}
    totals: dict[Kind, int] = {}
    for row in SAYING.rows(actor.sight, asked, len(said), first, size, **values):
        kind = Kind(row["its_kind"])
        totals[kind] = row["its_total"]
        hits.setdefault(kind, []).append(_hit(kind, row, marker))
    return [
        Section(kind=kind, hits=found, total=totals[kind], cut=kind is Kind.REQUESTERS and totals[kind] >= PEOPLE)
        for kind, found in hits.items()
    ]


def _all(given: Given, reader: Actor, kinds: Sequence[Kind], count: int, first: int, size: int) -> QuerySet[Any, Any]:
    text = TextField()
    wanted = Wanted(
        words=given("words", text),
        parts=[given(f"part {place}", text) for place in range(count)],
        codes=given("codes", ArrayField(text)),
        number=given("number", BigIntegerField()),
    )
    first_of, *others = [_rows(kind, wanted, actor=reader)[first : first + size] for kind in kinds]
    return first_of.union(*others, all=True) if others else first_of


SAYING = Kept(_all)


def _rows(kind: Kind, wanted: Wanted, *, actor: Actor) -> QuerySet[Any, Any]:
    source = SOURCES[kind]
    by_name = Q()
    for part in wanted.parts:
        by_name &= Q(called__icontains=part)
    rank = Choice(
        When(source.exact(wanted), then=Value(Rank.EXACT.value)),
        When(by_name, then=Value(Rank.NAME.value)),
        default=Value(Rank.TEXT.value),
        output_field=IntegerField(),
    )
    rows = source.rows(actor, wanted).alias(called=source.name)
    # No model has a column of such a name.
    return (
        rows.order_by()
        .values(
            its_kind=Value(kind.value, output_field=TextField()),
            its_rank=rank,
            its_going=ExpressionWrapper(source.is_open, output_field=BooleanField()),
            its_newest=source.newest,
            its_key=source.key,
            its_reference=Cast(source.reference, TextField()),
            its_name=Cast(source.name, TextField()),
            its_text=Left(Cast(source.text, TextField()), READ),
            its_about=Cast(source.about, TextField()),
            its_mark=Cast(source.mark, TextField()),
            its_at=source.at,
            its_tenants=source.tenant_ids,
            its_total=Window(Count("*")),
        )
        .order_by("-its_rank", "-its_going", "-its_newest", "its_name")
    )


def _hit(kind: Kind, row: dict[str, Any], marker: Marker) -> Hit:
    about = row["its_about"].strip()
    return Hit(
        kind=kind,
        key=row["its_key"],
        reference=row["its_reference"],
        name=marker.marked(row["its_name"]),
        text=marker.excerpt(row["its_text"] or ""),
        about=[str(SOURCES[kind].told(about))] if about else [],
        mark=row["its_mark"],
        is_open=row["its_going"],
        at=row["its_at"],
        tenant_ids=row["its_tenants"],
        rank=Rank(row["its_rank"]),
    )
