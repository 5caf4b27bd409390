"""The pages that people have open all day, each with something of a furnished tenant on it."""

from django.urls import reverse

from cases.domain.client.links import link_for
from cases.enums import Status
from tests.factories.furnishing import Furnished


def pages_of(desk: Furnished, *, at) -> dict[str, str]:
    """Of one of us who may see everything: {name: address}."""
    case = desk.cases[Status.IN_PROGRESS]
    return {
        "queue": reverse("desk:queue", args=["all"]),
        "case": reverse("desk:case", args=[case.pk]),
        "resolved case": reverse("desk:case", args=[desk.cases[Status.RESOLVED].pk]),
        "a move's form": reverse("desk:action", args=[case.pk, "resolve"]),
        "clock": reverse("desk:explain", args=[case.pk, case.case_clocks.first().clock_id]),
        "side conversation": reverse("desk:side-talk", args=[case.pk, desk.rows["talk"].pk]),
        "asking aside": reverse("desk:side-talks", args=[case.pk]),
        "triage": reverse("desk:triage"),
        "views": reverse("desk:views"),
        "view": reverse("desk:view-new"),
        "console": reverse("tenants:console", args=[desk.tenant.slug]),
        "incident": reverse("admin:incidents_incident_change", args=[desk.incident.pk]),
        "weekly": reverse("admin:cadence_weeklyupdate_write", args=[desk.rows["weekly"].pk]),
        "reports": reverse("reporting:metrics"),
        "sent": reverse("outbox:sent"),
        "message": reverse("outbox:message", args=[desk.rows["delivery"].pk]),
    }


def pages_of_unfold(desk: Furnished) -> dict[str, str]:
    return {
        "tenants": reverse("admin:tenants_tenant_changelist"),
        "tenant": reverse("admin:tenants_tenant_change", args=[desk.tenant.pk]),
        "policy": reverse("admin:sla_policy_change", args=[desk.rows["policy"].pk]),
        "macros": reverse("admin:cases_macro_changelist"),
        "new macro": reverse("admin:cases_macro_add"),
        "people": reverse("admin:tenants_user_changelist"),
    }


def pages_of_everybody(desk: Furnished, *, at) -> dict[str, str]:
    """Without signing in."""
    link = link_for(desk.cases[Status.RESOLVED], at=at)
    return {
        "status": reverse("status:page"),
        "sign-in": reverse("sign-in"),
        "desk's sign-in": reverse("admin:login"),
        "client's page": link[link.index("/c/") :],
        "nothing here": "/there-is-nothing/",
        "API": reverse("api-docs"),
    }
