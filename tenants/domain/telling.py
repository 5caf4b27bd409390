"""Mails about access: to the leads when somebody breaks the glass, to a user in whose name a token was made."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import override

from outbox.domain.delivering import send_mail
from tenants.domain.people import leads_of
from tenants.enums import GrantScope
from tenants.models import ApiToken, Grant, User


def glass_broken(*, grant_id: int, at: datetime) -> int:
    """Tells the leads of the tenants in reach; returns how many."""
    grant = Grant.objects.with_reach().select_related("user", "tenant").get(pk=grant_id)
    leads = leads_of(None if grant.scope == GrantScope.ALL else frozenset(grant.reach), at=at)
    for lead in leads:
        with override(lead.language):
            until = grant.until.astimezone(ZoneInfo(lead.time_zone)) if grant.until else None
            send_mail(
                to=lead.email,
                subject=_("%(name)s gave themselves access: %(what)s") % {"name": grant.user, "what": grant},
                text=_(
                    "%(name)s granted themselves '%(what)s' until %(until)s.\n\nReason: %(reason)s\n\n"
                    "Every change and every view under it is in the audit with this grant's number, %(id)s."
                )
                % {
                    "name": grant.user,
                    "what": grant,
                    "until": f"{until:%Y-%m-%d %H:%M %Z}" if until else _("it is revoked"),
                    "reason": grant.reason,
                    "id": grant.pk,
                },
                tenant_id=grant.tenant_id,
                about_kind="grant",
                about_id=grant.pk,
                automated=True,
                at=at,
            )
    return len(leads)


def token_issued(*, token_id: int, by_name: str, at: datetime) -> None:
    token = ApiToken.objects.select_related("user").get(pk=token_id)
    user: User = token.user
    if not user.email:
        return
    with override(user.language):
        send_mail(
            to=user.email,
            subject=_("%(by)s issued an API token in your name") % {"by": by_name},
            text=_("The token '%(token)s' acts as you, within %(scopes)s. If you did not ask for it, have it revoked.")
            % {"token": token, "scopes": ", ".join(token.scopes)},
            tenant_id=None,
            about_kind="token",
            about_id=token.pk,
            automated=True,
            at=at,
        )
