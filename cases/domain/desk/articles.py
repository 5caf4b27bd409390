"""What may be named in an answer: pages of self-service for clients; known issues and runbooks among ourselves."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse

from cases.models import Case, KnownIssue, Macro
from incidents.models import Runbook
from tenants.domain.actors import Actor

AT_MOST = 300


@dataclass(frozen=True, slots=True)
class Article:
    """`for_client`: its link opens for them."""

    title: str
    url: str
    for_client: bool


def articles(case: Case, *, for_client: bool, by: Actor) -> list[Article]:
    """By title. For a client only what opens for them; for the team all of it."""
    found = _self_service(by)
    if not for_client:
        found += [*_known_issues(), *_runbooks(case, by)]
    return sorted(found, key=lambda one: one.title.lower())[:AT_MOST]


def _self_service(by: Actor) -> list[Article]:
    """The pages that macros name, each once."""
    macros = Macro.objects.visible_to(by).filter(active=True, public=True).order_by("pk")
    pages = {
        page["url"]: page.get("title") or page["url"] for docs in macros.values_list("docs", flat=True) for page in docs
    }
    return [Article(title, url, for_client=True) for url, title in pages.items()]


def _known_issues() -> list[Article]:
    known = KnownIssue.objects.filter(active=True).order_by("code")[:AT_MOST]
    return [Article(str(one), _here("admin:cases_knownissue_change", one.pk), for_client=False) for one in known]


def _runbooks(case: Case, by: Actor) -> list[Article]:
    known = Runbook.objects.visible_to(by).order_by("title")[:AT_MOST]
    return [
        Article(one.title, _here("admin:incidents_runbook_change", one.pk), for_client=False)
        for one in known
        if one.tenant_id in (None, case.tenant_id)
    ]


def _here(name: str, pk: int) -> str:
    return settings.DESK_URL + reverse(name, args=[pk])
