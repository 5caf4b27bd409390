"""What the faces show of cases. Everything starts at `visible_to`; a client gets the public part only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.db.models import (
    BigIntegerField,
    F,
    Func,
    IntegerField,
    JSONField,
    OuterRef,
    Prefetch,
    QuerySet,
    Value,
    prefetch_related_objects,
)
from django.db.models.functions import JSONObject
from django.utils.translation import gettext as _

from cases.domain.enrichment import similar_cases
from cases.domain.families import files_on, said_on, told_of_family
from cases.domain.locking import not_here
from cases.enums import ClockKind
from cases.models import Attachment, Case, CaseClock, CaseIncident, CaseResource, Interaction, Transition
from cases.models.interactions import InteractionQuerySet
from config.any_of import AnyOf
from config.errors import Absent
from config.kept_statements import Kept
from incidents.models import Action, Incident, RunbookRun
from sla.domain.fold import Reading, state_at
from sla.domain.rows import state_of
from tenants.domain.actors import Actor
from tenants.models import Resource

ORDER = {kind.value: place for place, kind in enumerate(ClockKind)}


@dataclass(frozen=True, slots=True)
class ShownClock:
    """`now` is the clock at the moment of asking; the kind and window are the case's."""

    id: int
    kind: str
    window: int
    started_at: datetime
    now: Reading


def case_list(*, actor: Actor) -> QuerySet[Case]:
    """Every case the reader may see, with what a row shows: no query more per row."""
    return (
        Case.objects.visible_to(actor)
        .select_related("tenant", "requester", "owner", "category")
        .prefetch_related(*_rows_of(actor))
    )


def case_detail(*, case_id: int, actor: Actor) -> Case:
    """One case with all that hangs on it. Absent when it is not there for this reader."""
    return _one(case_list(actor=actor).annotate(**told_of_family()), case_id)


def case_with(case_id: Any, *, actor: Actor, **told: Any) -> QuerySet[Case]:
    """One case with the rows that it names itself and what else is `told` of it in columns; of the resources
    `resource_ids`, in their order.
    """
    resources = CaseResource.objects.filter(case=OuterRef("pk")).order_by("resource_id").values("resource_id")
    cases = Case.objects.visible_to(actor).select_related("tenant", "requester", "owner", "category", "policy")
    cases = cases.annotate(resource_ids=ArraySubquery(resources), **told_of_family(), **told)
    # In no order: to find out which column one row would stand in order by took a tenth of the page's time.
    return cases.filter(pk=case_id).order_by()


def complete(cases: Sequence[Case], *, actor: Actor) -> Case:
    """The one of `case_with`, with its clocks and incidents: a statement for each. Raises Absent."""
    if not cases:
        raise not_here()
    prefetch_related_objects(cases, _clocks(), Prefetch("case_incidents", _links_in_full(actor)))
    return cases[0]


def case_header(*, case_id: int, actor: Actor, **told: Any) -> Case:
    """One case in one statement, with the rows that it names itself and what else is `told` of it in columns. Absent as
    `case_detail`.
    """
    cases = Case.objects.visible_to(actor).select_related("tenant", "requester", "owner", "category")
    return _one(cases.annotate(**told_of_family(), **told), case_id)


def interactions(*, case: Case, actor: Actor, at: datetime) -> QuerySet[Interaction]:
    """Oldest first, with their files, and those of cases merged into it; the case has been found for this reader. A
    client reads what is public and can't be taken back any more.
    """
    files = Prefetch("attachments", attachments(case, actor=actor))
    found = entries(case=case, actor=actor).prefetch_related(files)
    return found.out_by(at) if actor.is_customer else found


def entries(*, case: Case, actor: Actor) -> InteractionQuerySet:
    """As `interactions`, without the files."""
    said: InteractionQuerySet = Interaction.objects.filter(said_on(case, actor=actor))
    found = said.select_related("user", "requester")
    if actor.is_customer:
        found = found.shown_to_client()
    return found.order_by("at", "pk")


def transitions(*, case: Case) -> QuerySet[Transition]:
    """Oldest first. A client sees that the case moved, not the clocks behind it: their faces leave those out."""
    return Transition.objects.filter(case_id=case.pk).select_related("undone_by").order_by("at", "pk")


def attachments(case: Case, *, actor: Actor) -> QuerySet[Attachment]:
    files = Attachment.objects.filter(files_on(case, actor=actor), removed_at=None).select_related("blob")
    return files.filter(public=True) if actor.is_customer else files


def clocks(case: Case, *, at: datetime) -> list[ShownClock]:
    """Of a case that `case_list` or `case_detail` has read: no statement more."""
    return shown_clocks(case.case_clocks.all(), at=at)


def clocks_of(case_ids: Iterable[int], *, at: datetime) -> dict[int, list[ShownClock]]:
    """By case. One statement; none for none."""
    found: dict[int, list[CaseClock]] = defaultdict(list)
    wanted = list(case_ids)
    for link in OF_CASES.rows(cases=wanted) if wanted else ():
        found[link.case_id].append(link)
    return {case_id: shown_clocks(links, at=at) for case_id, links in found.items()}


OF_CASES = Kept(
    lambda given: CaseClock.objects.filter(
        AnyOf("case_id", given("cases", ArrayField(BigIntegerField())))
    ).select_related("clock")
)


def clock_of(case: Case, *, clock_id: int, at: datetime) -> ShownClock:
    """Raises Absent for another case's."""
    links = CaseClock.objects.filter(case_id=case.pk, clock_id=clock_id).select_related("clock")
    if not (shown := shown_clocks(links, at=at)):
        raise Absent(_("The case has no such clock."))
    return shown[0]


def clock_id_of(case: Case, *, kind: str, window: int | None) -> int:
    """A clock of the case, that of the latest window when none is named. Raises Absent."""
    links = CaseClock.objects.filter(case_id=case.pk, kind=kind)
    if window is not None:
        links = links.filter(window=window)
    found = links.order_by("-window").values_list("clock_id", flat=True).first()
    if found is None:
        raise Absent(_("The case has no such clock."))
    return found


def incidents(case: Case) -> list[Incident]:
    """Of a case that `case_list` or `case_detail` has read, newest first: no statement more."""
    return [link.incident for link in case.case_incidents.all()]


def shown_incidents(found: Sequence[Incident], *, actor: Actor) -> list[Incident]:
    """Those that this reader may know of, newest first: no statement where there are none."""
    if not found or actor.is_customer:
        return []
    known = Incident.objects.visible_to(actor).filter(pk__in=[one.pk for one in found])
    return list(known.order_by("-pk"))


def resources(case: Case) -> list[Resource]:
    """Of a case that `case_list` or `case_detail` has read, the oldest first: no statement more."""
    return [link.resource for link in case.case_resources.all()]


def incidents_of(case_ids: Iterable[int], *, actor: Actor) -> dict[int, list[Incident]]:
    """By case, newest first. One statement."""
    found: dict[int, list[Incident]] = defaultdict(list)
    for link in _links(actor).filter(case_id__in=list(case_ids)):
        found[link.case_id].append(link.incident)
    return found


def similar(*, case: Case, resource_ids: Sequence[int], actor: Actor, at: datetime) -> list[Case]:
    """The closest other cases of the same tenant that this reader may see. A client is shown none: another one's
    subject may tell a secret.
    """
    if actor.is_customer:
        return []
    return similar_cases(
        Case.objects.visible_to(actor).for_tenant(case.tenant_id),
        error_ids=case.error_ids,
        resource_ids=resource_ids,
        category_id=case.category_id,
        exclude_id=case.pk,
        at=at,
    )


def _one(cases: QuerySet[Case], case_id: int) -> Case:
    for case in cases.select_related("policy").filter(pk=case_id).order_by():
        return case
    raise not_here()


def shown_clocks(links: Iterable[CaseClock], *, at: datetime) -> list[ShownClock]:
    """Of links with their clocks, in the order of the kinds, then windows."""
    return [
        ShownClock(link.clock_id, link.kind, link.window, link.clock.started_at, state_at(state_of(link.clock), at))
        for link in sorted(links, key=lambda link: (ORDER[link.kind], link.window))
    ]


def _rows_of(actor: Actor) -> list[Prefetch[Any, Any, Any]]:
    resources = CaseResource.objects.select_related("resource").order_by("resource_id")
    return [_clocks(), Prefetch("case_incidents", _links(actor)), Prefetch("case_resources", resources)]


def _clocks() -> Prefetch[Any, Any, Any]:
    return Prefetch("case_clocks", CaseClock.objects.select_related("clock"))


def _links_in_full(actor: Actor) -> QuerySet[CaseIncident]:
    """With who commands, and in columns what was done: `runs` of runbooks for the case's tenant or for all of the
    incident's, as [title, steps settled, steps]; `corrective` actions as [what, whether done].
    """
    settled = Func(
        F("steps"), Value("$[*] ? (@.outcome != null)"), function="jsonb_path_query_array", output_field=JSONField()
    )
    runs = RunbookRun.objects.filter(incident=OuterRef("incident"), tenant=OuterRef("case__tenant"))
    actions = Action.objects.filter(incident=OuterRef("incident")).order_by("due_on", "pk")
    return (
        _links(actor)
        .select_related("incident__commander")
        .annotate(
            runs=ArraySubquery(
                runs.order_by("started_at", "pk").values(
                    told=JSONObject(
                        title="runbook__title",
                        settled=Func(settled, function="jsonb_array_length", output_field=IntegerField()),
                        steps=Func(F("steps"), function="jsonb_array_length", output_field=IntegerField()),
                    )
                )
            ),
            corrective=ArraySubquery(actions.values(told=JSONObject(what="what", done_at="done_at", due_on="due_on"))),
        )
    )


def _links(actor: Actor) -> QuerySet[CaseIncident]:
    """Only to incidents that the reader may know of; a client is told through the status page."""
    links = CaseIncident.objects.filter(removed_at=None).select_related("incident").order_by("-incident_id")
    return links.none() if actor.is_customer else links.filter(incident__in=Incident.objects.visible_to(actor))
