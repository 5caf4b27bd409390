"""The people at a client's who write to us."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import F

from config.db import unit_of_work
from config.errors import Absent, Invalid, Refused, Stale
from tenants.domain.actors import Actor
from tenants.enums import Right
from tenants.models import Requester, Tenant

EDITABLE = frozenset(
    {"name", "email", "role", "channel", "language", "time_zone", "authentication", "sees_all_tenant_cases"}
)
NOBODY = "Removed person"


def find_or_create(*, tenant_id: int, email: str, name: str, channel: str, by: Actor, at: datetime) -> Requester:
    """The tenant's requester with this address, however it is written; made when there is none.

    Two at once get the same row. Language and zone come from the tenant. Raises Invalid for what is no address.
    """
    email = checked_email(email)
    with unit_of_work(by.label):
        if (known := _with_email(tenant_id, email)) is not None:
            return known
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
    row = Requester(tenant=tenant, **{"language": tenant.language, "time_zone": tenant.time_zone} | _checked(values))
    with unit_of_work(by.label):
        _save(row)
    return row


def edit(
    *, requester_id: int, changes: Mapping[str, Any], by: Actor, at: datetime, expected_version: int | None = None
) -> Requester:
    with unit_of_work(by.label):
        row = _locked(requester_id, by=by)
        by.require(Right.WORK_CASES, tenant_id=row.tenant_id)
        if expected_version not in (None, row.version):
            raise Stale("Somebody else changed this requester: read it again.")
        if row.anonymised_at is not None:
            raise Refused("This person was removed.", code="anonymised")
        changed = {name: value for name, value in _checked(changes).items() if getattr(row, name) != value}
        if not changed:
            return row
        for name, value in changed.items():
            setattr(row, name, value)
        _save(row, columns=list(changed))
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
        _save(row, columns=["name", "email", "role", "authentication", "sees_all_tenant_cases", "anonymised_at"])
    return row


def checked_email(email: str) -> str:
    """The address, trimmed. Raises Invalid."""
    email = email.strip()
    try:
        validate_email(email)
    except ValidationError:
        raise Invalid("This is no mail address.", field="email") from None
    if len(email) > 254:
        raise Invalid("At most 254 characters.", field="email", code="max_length")
    return email


def _with_email(tenant_id: int, email: str) -> Requester | None:
    return Requester.objects.filter(tenant_id=tenant_id, email__iexact=email).first()


def _locked(requester_id: int, *, by: Actor) -> Requester:
    row = Requester.objects.visible_to(by, right=None).locked().filter(pk=requester_id).first()
    if row is None:
        raise Absent("There is no such requester here, or not for you.")
    return row


def _checked(values: Mapping[str, Any]) -> dict[str, Any]:
    unknown = set(values) - EDITABLE
    if unknown:
        raise Invalid("This can't be changed.", field=min(unknown), code="unknown-field")
    checked = dict(values)
    if "email" in checked:
        checked["email"] = checked_email(checked["email"])
    if "name" in checked and not checked["name"].strip():
        raise Invalid("A name is needed.", field="name", code="required")
    return checked


def _save(row: Requester, columns: list[str] | None = None) -> None:
    try:
        row.clean_fields(exclude={"tenant"})
    except ValidationError as refusal:
        raise Invalid("Some fields are wrong.", errors=field_errors(refusal)) from None
    try:
        with transaction.atomic():
            if columns is None:
                row.save(force_insert=True)
                return
            row.save(update_fields=columns)
            Requester.objects.filter(pk=row.pk).update(version=F("version") + 1)
            row.version += 1
    except IntegrityError as refusal:
        if "requester_email_once" not in str(refusal):
            raise
        raise Invalid(
            "This tenant has a requester with this address already.", field="email", code="email-taken"
        ) from None


def field_errors(refusal: ValidationError) -> list[dict[str, str]]:
    """A model's own refusals, as every answer of ours spells them."""
    return [
        {"field": name, "code": error.code or "invalid", "message": " ".join(error.messages)}
        for name, errors in refusal.error_dict.items()
        for error in errors
    ]
