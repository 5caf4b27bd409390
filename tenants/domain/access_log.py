"""Every view of tenants' data leaves a row: who, what, when, from where, by which grants. One row a request."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from config.db import request_id
from config.inserting import insert
from tenants.domain.actors import Actor
from tenants.models import AccessEntry


@dataclass
class Viewed:
    """What one request showed so far."""

    tenant_ids: set[int] = field(default_factory=set)
    rows: int = 0
    actor: Actor | None = None  # set where the viewer is not who signed in (a signed link)


def note_view(request: Any, tenant_ids: Iterable[int | None], rows: int, *, actor: Actor | None = None) -> None:
    """Called by whatever puts tenants' rows before a reader; `request` is Django's or DRF's. Tenantless rows count for
    nothing. The row is written once, when the answer stands (`middleware.py`)."""
    plain = getattr(request, "_request", request)
    viewed: Viewed | None = getattr(plain, "viewed", None)
    if viewed is None:
        viewed = plain.viewed = Viewed()
    viewed.tenant_ids.update(tenant_id for tenant_id in tenant_ids if tenant_id is not None)
    viewed.rows += rows
    viewed.actor = actor or viewed.actor


def write_view(viewed: Viewed, *, actor: Actor, method: str, path: str, ip: str | None, at: datetime) -> AccessEntry:
    tenant_ids = sorted(viewed.tenant_ids)
    entry = AccessEntry(
        at=at,
        user_id=actor.user_id,
        actor=actor.label,
        request_id=request_id.get()[:100],
        ip=ip,
        method=method[:10],
        path=path[:500],
        tenant_ids=tenant_ids,
        grant_ids=[grant_id for grant_id in actor.access.grants_for(tenant_ids) if grant_id],
        rows=viewed.rows,
    )
    insert([entry])
    return entry
