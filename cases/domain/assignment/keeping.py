"""Who may keep an assignment rule: it decides over people and clients, so it is asked where it reaches."""

from django.utils.translation import gettext as _

from cases.domain.ownership import NO_WAY_TO_L3
from cases.models import AssignmentRule
from config.errors import Forbidden
from tenants.domain.actors import Actor
from tenants.enums import Right


def may_keep(rule: AssignmentRule, by: Actor) -> bool:
    """A rule for every tenant is kept by who hands over cases in every one."""
    return by.can(Right.HAND_OVER, rule.tenant_id)


def require_may_keep(rule: AssignmentRule, *, by: Actor) -> None:
    """Asked of the rule as it was and as it shall be; Forbidden."""
    if not may_keep(rule, by):
        raise Forbidden(_("You may not do this: %(label)s.") % {"label": Right.HAND_OVER.label})
    if rule.reaches_third_level and not by.can(Right.ASSIGN_L3, rule.tenant_id):
        raise Forbidden(_(NO_WAY_TO_L3), code="no-way-to-l3")
