"""The people at a client's who write to us."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from config.db import unit_of_work
from config.errors import Absent, Invalid, Refused, Stale
from tenants.domain.actors import Actor
from tenants.domain.changing import apply, check_fields, save
from tenants.enums import Right
from tenants.models import Requester, Tenant

EDITABLE = frozenset(
    {"name", "email", "role", "channel", "language", "time_zone", "authentication", "sees_all_tenant_cases"}
)
NOBODY = "Removed person"
TAKEN = gettext_noop("This tenant has a requester with this address already.")


def find_or_create(*, tenant_id: int, email: str, name: str, channel: str, by: Actor, at: datetime) -> Requester:
    """The tenant's requester with this address, however it is written; made when there is none.

    Two at once get the same row. Language and zone come from the tenant. Raises Invalid for what is no address.
    """
    email = checked_email(email)
    if (known := _with_email(tenant_id, email)) is not None:
        return known
    with unit_of_work(by.label):
        tenant = Tenant.objects.get(pk=tenant_id)
        row = Requester(
            tenant=tenant,
            email=email,
            name=(name.strip() or email.split("@")[0])[:200],
            channel=channel[:40],
            language=tenant.language,
            time_zone=tenant.time_zone,
        )
        Requester.objects.bulk_create([row], ignore_conflicts=True)
        found = _with_email(tenant_id, email)
        if found is None:
            raise LookupError(f"The requester {email} of tenant {tenant_id} was neither found nor made")
        return found


def create(*, tenant_id: int, values: Mapping[str, Any], by: Actor, at: datetime) -> Requester:
    """`values`: some of EDITABLE, with `name` and `email`. Raises Invalid, also for an address that is taken."""
    by.require(Right.WORK_CASES, tenant_id=tenant_id)
    tenant = Tenant.objects.get(pk=tenant_id)
    row = Requester(tenant=tenant, language=tenant.language, time_zone=tenant.time_zone)
    apply(row, _with_good_email(values), editable=EDITABLE)
    check_fields(row, ["name", "email"])
    with unit_of_work(by.label), _one_address_each():
        row.save(force_insert=True)
    return row


def edit(
    *, requester_id: int, changes: Mapping[str, Any], by: Actor, at: datetime, expected_version: int | None = None
) -> Requester:
    with unit_of_work(by.label):
        row = _locked(requester_id, by=by)
        by.require(Right.WORK_CASES, tenant_id=row.tenant_id)
        if expected_version not in (None, row.version):
            raise Stale(_("Somebody else changed this requester: read it again."))
        if row.anonymised_at is not None:
            raise Refused(_("This person was removed."), code="anonymised")
        if changed := apply(row, _with_good_email(changes), editable=EDITABLE):
            with _one_address_each():
                save(row, changed)
    return row


def anonymise(*, requester_id: int, by: Actor, at: datetime) -> Requester:
    """Removes who the person is and keeps what their cases count for. Doing it twice changes nothing."""
    with unit_of_work(by.label):
        row = _locked(requester_id, by=by)
        by.require(Right.MANAGE_DESK, tenant_id=row.tenant_id)
        if row.anonymised_at is not None:
            return row
        row.name, row.email = NOBODY, f"removed-{row.pk}@anonymous.invalid"
        row.role = row.authentication = ""
        row.sees_all_tenant_cases = False
        row.anonymised_at = at
        row.users.filter(is_active=True).update(is_active=False, first_name="", last_name="", email="")
        save(row, ["name", "email", "role", "authentication", "sees_all_tenant_cases", "anonymised_at"])
    return row


def checked_email(email: str) -> str:
    """The address, trimmed. Raises Invalid."""
    email = email.strip()
    try:
        validate_email(email)
    except ValidationError:
        raise Invalid(_("This is no mail address."), field="email") from None
    if len(email) > 254:
        raise Invalid(_("At most 254 characters."), field="email", code="max_length")
    return email


def _with_email(tenant_id: int, email: str) -> Requester | None:
    return Requester.objects.filter(tenant_id=tenant_id, email__iexact=email).first()


def _locked(requester_id: int, *, by: Actor) -> Requester:
    row = Requester.objects.visible_to(by, right=None).locked().filter(pk=requester_id).first()
    if row is None:
        raise Absent(_("There is no such requester here, or not for you."))
    return row


def _with_good_email(values: Mapping[str, Any]) -> dict[str, Any]:
    checked = dict(values)
    if "email" in checked:
        checked["email"] = checked_email(checked["email"])
    return checked


@contextmanager
def _one_address_each() -> Iterator[None]:
    try:
        with transaction.atomic():
            yield
    except IntegrityError as refusal:
        if "requester_email_once" not in str(refusal):
            raise
        raise Invalid(_(TAKEN), field="email", code="email-taken") from None
