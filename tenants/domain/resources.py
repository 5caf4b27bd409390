"""The graph of what we run: entered and kept by engineers, or sent by a program."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from config.db import unit_of_work
from config.errors import Absent, Invalid, Stale
from tenants.domain.actors import Actor
from tenants.domain.changing import apply, check_fields, save
from tenants.enums import Right
from tenants.models import Resource

EDITABLE = frozenset({"name", "kind", "region", "version", "config_snapshot"})


def create(*, tenant_id: int | None, key: str, values: Mapping[str, Any], by: Actor, at: datetime) -> Resource:
    """`tenant_id` None: part of the shared platform, for who runs incidents everywhere. `values`: some of EDITABLE."""
    by.require(Right.RUN_INCIDENTS, tenant_id=tenant_id)
    row = Resource(tenant_id=tenant_id, key=key)
    apply(row, values, editable=EDITABLE)
    check_fields(row, ["key", "name", "kind"])
    try:
        with unit_of_work(by.label), transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as refusal:
        if "key" not in str(refusal):
            raise
        raise Invalid(_("A resource has this key already."), field="key", code="key-taken") from None
    return row


def edit(
    *, resource_id: int, changes: Mapping[str, Any], by: Actor, at: datetime, expected_version: int | None = None
) -> Resource:
    with unit_of_work(by.label):
        row = Resource.objects.visible_to(by).locked().filter(pk=resource_id).first()
        if row is None:
            raise Absent(_("There is no such resource here, or not for you."))
        by.require(Right.RUN_INCIDENTS, tenant_id=row.tenant_id)
        if expected_version not in (None, row.revision):
            raise Stale(_("Somebody else changed this resource: read it again."))
        if changed := apply(row, changes, editable=EDITABLE):
            save(row, changed, version="revision")
    return row
