"""`/status/` and its machine-readable siblings at the root of the host. Up while the rest burns.

A built page is kept for a few seconds and, when the database cannot be asked, served on with the time it was built:
an old page says how old it is and never pretends to be current.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import feedgenerator, timezone, translation
from django.views.decorators.http import require_safe

from incidents.domain.status_page import IncidentView, StatusPage, build
from incidents.pages import statuspage_json as shape
from tenants.domain.actors import actor_of_user
from tenants.models import Tenant

logger = logging.getLogger(__name__)
STALE_AFTER = timedelta(minutes=2)
_signer = Signer(salt="status-page")


class PublicPage:
    """The public page, built at most every few seconds by one thread; the last one while the database is away."""

    def __init__(self, fresh_for: timedelta) -> None:
        self.fresh_for = fresh_for
        self.built: StatusPage | None = None
        self.building = threading.Lock()

    def read(self) -> StatusPage:
        with self.building:
            now = timezone.now()
            if self.built is not None and now - self.built.as_of < self.fresh_for:
                return self.built
            try:
                self.built = build(at=now, zone=ZoneInfo("UTC"))
            except DatabaseError:
                if self.built is None:
                    raise
                logger.exception("the status page is served from its last build")
            return self.built


public_page = PublicPage(fresh_for=timedelta(seconds=settings.STATUS_PAGE_SECONDS))


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    return _html(request, public_page.read())


@require_safe
def tenant_page(request: HttpRequest, slug: str) -> HttpResponse:
    """A tenant's own page, for who may see the tenant, or through a signed link (`?key=`)."""
    tenant = Tenant.objects.filter(slug=slug).first()
    if tenant is None or not (_key_fits(request, tenant) or _may_see(request, tenant)):
        raise Http404("There is no such page.")
    document = build(tenant=tenant, at=timezone.now(), zone=ZoneInfo(tenant.time_zone))
    with translation.override(tenant.language):
        response = _html(request, document, private=True)
    response["Cache-Control"] = "no-store"
    response["Vary"] = "Cookie"
    return response


def tenant_link(tenant: Tenant) -> str:
    """The address of a tenant's own page that works without signing in."""
    key = _signer.sign(tenant.slug).rpartition(":")[2]
    return settings.DESK_URL + reverse("status:tenant", args=[tenant.slug]) + f"?key={key}"


@require_safe
def incident(request: HttpRequest, pk: int) -> HttpResponse:
    built = public_page.read()
    view = next((one for one in _all(built) if one.incident.pk == pk), None)
    if view is None:
        raise Http404("There is no such incident.")
    return _cached(request, render(request, "incidents/status/incident.html", {"view": view, "page": built}))


@require_safe
def document(request: HttpRequest, name: str) -> HttpResponse:
    """One of the Statuspage v2 documents; an unknown name is a real 404."""
    make = _DOCUMENTS.get(name)
    if make is None:
        raise Http404("There is no such document.")
    response = _cached(request, JsonResponse(make(public_page.read())))
    response["Access-Control-Allow-Origin"] = "*"
    return response


@require_safe
def atom(request: HttpRequest) -> HttpResponse:
    """One entry for each word to clients, newest first."""
    home = settings.DESK_URL + reverse("status:page")
    feed = feedgenerator.Atom1Feed(
        title="CompanyOS status", link=home, description="", feed_url=settings.DESK_URL + reverse("status:atom")
    )
    entries = [(update, view) for view in _all(public_page.read()) for update in view.updates]
    for update, view in sorted(entries, key=lambda entry: entry[0].published_at, reverse=True)[:50]:
        link = settings.DESK_URL + reverse("status:incident", args=[view.incident.pk])
        feed.add_item(
            title=f"{view.incident.title}: {update.get_status_display()}",
            link=link,
            description=shape.words(update),
            unique_id=f"{link}#update-{update.pk}",
            pubdate=update.published_at,
            updateddate=update.published_at,
        )
    response = HttpResponse(feed.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")
    return _cached(request, response)


def _html(request: HttpRequest, built: StatusPage, *, private: bool = False) -> HttpResponse:
    groups: dict[str, list[object]] = {}
    for view in built.components:
        groups.setdefault(view.component.group, []).append(view)
    stale = timezone.now() - built.as_of > STALE_AFTER
    context = {"page": built, "groups": groups, "stale": stale, "private": private}
    response = render(request, "incidents/status/page.html", context)
    return response if private else _cached(request, response)


def _cached(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    etag = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
    if request.headers.get("If-None-Match") == etag:
        response = HttpResponse(status=304)
    response["ETag"] = etag
    response["Cache-Control"] = "public, max-age=30, stale-while-revalidate=60"
    return response


def _all(built: StatusPage) -> list[IncidentView]:
    return built.open_incidents + built.past_incidents


def _key_fits(request: HttpRequest, tenant: Tenant) -> bool:
    try:
        return bool(_signer.unsign(f"{tenant.slug}:{request.GET.get('key', '')}"))
    except BadSignature:
        return False


def _may_see(request: HttpRequest, tenant: Tenant) -> bool:
    if not request.user.is_authenticated:
        return False
    actor = actor_of_user(request.user, at=timezone.now())
    return Tenant.objects.visible_to(actor, None).filter(pk=tenant.pk).exists()


_DOCUMENTS: dict[str, Callable[[StatusPage], dict[str, object]]] = {
    "summary": shape.summary,
    "status": lambda built: {"page": shape.page(built), "status": shape.status(built)},
    "components": lambda built: {"page": shape.page(built), "components": shape.components(built)},
    "incidents": lambda built: {
        "page": shape.page(built),
        "incidents": [shape.incident(view) for view in _all(built)[:50]],
    },
    "incidents/unresolved": lambda built: {
        "page": shape.page(built),
        "incidents": [shape.incident(view) for view in built.open_incidents],
    },
    "scheduled-maintenances": lambda built: {"page": shape.page(built), "scheduled_maintenances": []},
    "scheduled-maintenances/upcoming": lambda built: {"page": shape.page(built), "scheduled_maintenances": []},
    "scheduled-maintenances/active": lambda built: {"page": shape.page(built), "scheduled_maintenances": []},
}
