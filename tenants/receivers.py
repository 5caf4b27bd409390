"""What this room answers and what it hears: the ground and the outbox ask who may do what."""

from datetime import datetime
from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.utils import timezone

from config import admin, desk_frame, login
from outbox import hooks
from outbox.domain.consuming import EventValue, consumes
from tenants.domain import people, sign_ins, telling
from tenants.domain.actors import Actor, actor_of_user
from tenants.domain.reading import slugs_of
from tenants.enums import AuditOp, Right
from tenants.models import User


@admin.actor_of.answered_by
def actor_of(*, user: User, at: datetime) -> Actor:
    return actor_of_user(user, at=at)


@desk_frame.sights.answered_by
def sight(*, request: Any) -> str:
    """A grant that begins, ends or reaches elsewhere shows other rows."""
    grants = admin.actor_for(request).access.grants
    return ",".join(f"{grant.id}:{'' if grant.tenant_ids is None else sorted(grant.tenant_ids)}" for grant in grants)


@login.comes_in.answered_by
def comes_in(*, user: User) -> bool:
    return people.comes_in(user, at=timezone.now())


@hooks.feed_tenants.answered_by
def feed_tenants(*, request: Any) -> frozenset[int] | None:
    return reader_of(request).access.tenant_ids(Right.SEE_CASES)


@hooks.deliveries_of_tenants.answered_by
def deliveries_of_tenants(*, request: Any) -> frozenset[int] | None:
    return reader_of(request).access.tenant_ids(Right.SEE_CASES)


@hooks.tenant_slugs.answered_by
def tenant_slugs(*, tenant_ids: Any) -> dict[int, str]:
    return slugs_of(tenant_ids)


def reader_of(request: Any) -> Actor:
    """The API's actor, or who signed in to the desk."""
    actor: Actor = admin.actor_for(request)
    return actor


@consumes("tenants.glass-broken")
def tell_the_leads(*, event: EventValue, at: datetime) -> None:
    telling.glass_broken(grant_id=event.payload["grant_id"], at=at)


@consumes("tenants.token-issued")
def tell_the_owner(*, event: EventValue, at: datetime) -> None:
    telling.token_issued(token_id=event.payload["token_id"], by_name=event.payload["by_name"], at=at)


# Django tells of sign-ins by these alone; they are no signals of models.
@receiver(user_logged_in)
def signed_in(*, user: User, **_unused: Any) -> None:
    sign_ins.note(AuditOp.SIGN_IN, user=user)


@receiver(user_logged_out)
def signed_out(*, user: User | None, **_unused: Any) -> None:
    if user is not None:
        sign_ins.note(AuditOp.SIGN_OUT, user=user)


@receiver(user_login_failed)
def could_not_sign_in(*, credentials: dict[str, Any], **_unused: Any) -> None:
    sign_ins.note(AuditOp.SIGN_IN_FAILED, user=None, username=str(credentials.get("username", "")))
