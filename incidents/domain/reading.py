"""What the faces show of incidents. Each reader passes `visible_to`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import Exists, F, OuterRef, Prefetch, Q, QuerySet
from django.utils.translation import gettext as _

from config.errors import Absent, Unknown
from incidents.enums import OPEN_STATUSES
from incidents.models import Action, Incident, IncidentUpdate, Page, PageTenant, Runbook, TimelineEntry
from tenants.domain.actors import Actor
from tenants.enums import Right
from tenants.models import Resource, Tenant, User

# Open ones first, by the day they are due.
_ACTIONS = Prefetch(
    "actions",
    queryset=Action.objects.select_related("owner").order_by(F("done_at").asc(nulls_first=True), "due_on", "pk"),
)


def incident_rows(*, actor: Actor) -> QuerySet[Incident]:
    """Incidents with all that a list or an API answer shows of each."""
    return (
        Incident.objects.visible_to(actor)
        .select_related("commander", "communicator")
        .prefetch_related("tenant_links__tenant", "tenant_links__word_clock", "resources", _ACTIONS)
    )


def of_tenant(tenant_id: int, *, actor: Actor, since: datetime) -> list[Incident]:
    """Those that touch it and are open or were declared since then; open ones first, then the newest."""
    seen = Incident.objects.visible_to(actor).for_tenant(tenant_id).select_related("commander")
    shown = seen.filter(Q(status__in=OPEN_STATUSES) | Q(declared_at__gte=since)).order_by("-declared_at", "-pk")
    return sorted(shown, key=lambda one: not one.is_open)


def require_visible(*, incident_id: int, actor: Actor) -> Incident:
    incident = incident_rows(actor=actor).filter(pk=incident_id).first()
    if incident is None:
        raise Absent(_("There is no INC-%(id)s here, or not for you.") % {"id": incident_id})
    return incident


def updates(*, incident_id: int, actor: Actor) -> QuerySet[IncidentUpdate]:
    """The words to clients, newest first."""
    return require_visible(incident_id=incident_id, actor=actor).updates.all()


def timeline(*, incident: Incident, actor: Actor, limit: int = 200) -> QuerySet[TimelineEntry]:
    """The newest entries, without those that name a tenant of the incident whom the reader may not know of."""
    named = Q()
    for link in incident.tenant_links.all():
        if not actor.access.sees(link.tenant_id):
            named |= Q(body__icontains=link.tenant.name)
    return incident.timeline.exclude(named).order_by("-at", "-pk")[:limit]


def open_on_resources(*, resource_ids: Iterable[int], ended_since: datetime) -> QuerySet[Incident]:
    """Incidents open now, or ended since `ended_since`, that touch one of the resources."""
    return (
        Incident.objects.filter(Q(status__in=OPEN_STATUSES) | Q(resolved_at__gte=ended_since))
        .filter(resource_links__resource_id__in=list(resource_ids))
        .distinct()
        .order_by("pk")
    )


def runbook_rows(*, actor: Actor) -> QuerySet[Runbook]:
    return Runbook.objects.visible_to(actor).select_related("tenant")


def runbook(*, runbook_id: int, actor: Actor) -> Runbook:
    found = runbook_rows(actor=actor).filter(pk=runbook_id).first()
    if found is None:
        raise Absent(_("There is no such runbook."))
    return found


def tenant_ids(slugs: Sequence[str], *, actor: Actor) -> list[int]:
    """The tenants' ids in the order of `slugs`. Raises Unknown for one that is not there for the reader."""
    found = dict(Tenant.objects.visible_to(actor, None).filter(slug__in=slugs).values_list("slug", "pk"))
    return _each(slugs, found, what=_("tenant"), field="tenants")


def resource_ids(keys: Sequence[str], *, actor: Actor) -> list[int]:
    found = dict(Resource.objects.visible_to(actor).filter(key__in=keys).values_list("key", "pk"))
    return _each(keys, found, what=_("resource"), field="resources")


def colleague_id(username: str) -> int:
    """Raises Unknown where nobody of ours who is active is called so."""
    found = User.objects.filter(username=username, is_active=True, is_staff=True).values_list("pk", flat=True).first()
    if found is None:
        raise Unknown(_("colleague"), field="owner")
    return found


def require_staff(*, actor: Actor) -> None:
    actor.require_any(Right.SEE_CASES)


def _each(names: Sequence[str], found: dict[str, int], *, what: str, field: str) -> list[int]:
    missing = [name for name in names if name not in found]
    if missing:
        raise Unknown(_("%(what)s as %(name)s") % {"what": what, "name": ascii(missing[0][:60])}, field=field)
    return [found[name] for name in names]


def pages(*, actor: Actor) -> QuerySet[Page]:
    """Calls about the reader's tenants, and those to the reader."""
    seen = actor.access.tenant_ids(Right.SEE_CASES)
    rows = Page.objects.select_related("user", "tenant", "incident", "acknowledged_by")
    if seen is None:
        return rows
    waits = Exists(PageTenant.objects.filter(page=OuterRef("pk"), tenant_id__in=seen))
    return rows.filter(waits | Q(tenant_id__in=seen) | Q(user_id=actor.user_id))


def page_rows(*, actor: Actor) -> QuerySet[Page]:
    """The same for a list: `known_links` are the tenants behind each that the reader may know of."""
    known = PageTenant.objects.filter(tenant__in=Tenant.objects.visible_to(actor)).select_related("tenant")
    return pages(actor=actor).prefetch_related(Prefetch("tenant_links", queryset=known, to_attr="known_links"))
