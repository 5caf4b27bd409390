"""Keys for programs: shown once, kept as a digest, narrowed by scopes."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import CharField, DateTimeField, OuterRef, QuerySet
from django.utils.translation import gettext as _

from config.db import unit_of_work
from config.errors import Absent, Invalid
from config.kept_statements import Given, Kept
from outbox.domain.publish import publish
from tenants.domain.access import grants_in_force
from tenants.domain.actors import SYSTEM, Actor
from tenants.enums import Right, TokenScope
from tenants.models import ApiToken, User

MARK = "desk_"  # makes a leaked token easy to find by a scanner
PREFIX_LENGTH = 12
MAX_LENGTH = 100
USE_NOTED_EVERY = timedelta(minutes=1)


def issue(
    *,
    user: User,
    name: str,
    scopes: Iterable[str],
    at: datetime,
    automation: bool = False,
    expires_at: datetime | None = None,
    by: Actor = SYSTEM,
) -> tuple[ApiToken, str]:
    """A new token and its plaintext, which nobody can read again. The user is told when somebody else issued it.

    The secret has 256 random bits, so that a plain SHA-256 of it is as good as unguessable.
    """
    if by.user_id != user.pk or not by.is_person:
        by.require(Right.MANAGE_ACCESS, tenant_id=None)
    wanted = list(dict.fromkeys(scopes))
    unknown = [scope for scope in wanted if scope not in TokenScope.values]
    if unknown:
        raise Invalid(
            _("Unknown scope %(unknown)s; known: %(choices)s.")
            % {"unknown": ascii(unknown[0]), "choices": ", ".join(TokenScope.values)},
            field="scopes",
        )
    if not wanted:
        raise Invalid(_("Choose at least one scope."), field="scopes", code="required")
    if not name.strip():
        raise Invalid(_("Say what the token is for."), field="name", code="required")
    if expires_at is not None and expires_at <= at:
        raise Invalid(_("This time has passed."), field="expires_at")
    if not user.is_active:
        raise Invalid(_("This user can't sign in any more."), field="user")
    plaintext = MARK + secrets.token_urlsafe(32)
    with unit_of_work(by.label):
        token = ApiToken.objects.create(
            user=user,
            name=name.strip()[:100],
            prefix=plaintext[:PREFIX_LENGTH],
            digest=digest_of(plaintext),
            scopes=wanted,
            automation=automation,
            created_at=at,
            expires_at=expires_at,
        )
        if by.user_id is not None and by.user_id != user.pk:
            publish(
                name="tenants.token-issued",
                tenant_id=None,
                payload={"token_id": token.pk, "user_id": user.pk, "by": by.label, "by_name": by.name},
                at=at,
            )
    return token, plaintext


def revoke(*, token_id: int, by: Actor, at: datetime) -> ApiToken:
    """From now on the token opens nothing. Revoking twice changes nothing."""
    with unit_of_work(by.label):
        token = ApiToken.objects.select_for_update(no_key=True).filter(pk=token_id).first()
        if token is None:
            raise Absent(_("There is no such token."))
        if by.user_id != token.user_id or not by.is_person:
            by.require(Right.MANAGE_ACCESS, tenant_id=None)
        if token.revoked_at is None:
            token.revoked_at = at
            token.save(update_fields=["revoked_at"])
    return token


def token_for(plaintext: str, *, at: datetime) -> ApiToken | None:
    """The token in force with this plaintext, its user, requester and grants read along. Any text may be asked."""
    if not (plaintext.startswith(MARK) and len(plaintext) <= MAX_LENGTH and plaintext.isascii()):
        return None
    token = next(iter(IN_FORCE.rows(digest=digest_of(plaintext), at=at)), None)
    if token is None or (token.expires_at is not None and token.expires_at <= at):
        return None
    return token


def _in_force(given: Given) -> QuerySet[ApiToken]:
    grants = ArraySubquery(grants_in_force(given("at", DateTimeField())).filter(user=OuterRef("user")))
    tokens = ApiToken.objects.select_related("user__requester").annotate(grants=grants).order_by()
    return tokens.filter(digest=given("digest", CharField()), revoked_at__isnull=True, user__is_active=True)


IN_FORCE = Kept(_in_force)


def note_use(token: ApiToken, *, at: datetime) -> None:
    """Keeps `last_used_at` to the minute. Whoever finds the row locked lets it be: no request waits for this."""
    if token.last_used_at is not None and at - token.last_used_at < USE_NOTED_EVERY:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "update tenants_apitoken set last_used_at = %s where id in "
            "(select id from tenants_apitoken where id = %s for no key update skip locked)",
            [at, token.pk],
        )
    token.last_used_at = at


def digest_of(plaintext: str) -> str:
    return hashlib.sha256(plaintext.encode()).hexdigest()
