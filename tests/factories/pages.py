"""The pages that people have open all day, each with something of a furnished tenant on it."""

from django.urls import reverse

from cases.domain.client.links import link_for
from cases.enums import Status
from config.frame_memory import LIVE
from tests.factories.furnishing import Furnished

ANEW = {LIVE: "1"}
"""Headers of a page whose sidebar is counted for it, as after something was done: where its statements are numbered."""


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
        "a view's form": reverse("desk:view-edit", args=[desk.rows["view"].pk]),
        "search": f"{reverse('desk:search')}?q={desk.tenant.slug}",
        "inbox": reverse("desk:inbox"),
        "what one is told": reverse("desk:notice-choice"),
        "working time": reverse("desk:time-of", args=[desk.colleague.pk]),
        "handing over": reverse("desk:hand-over", args=[desk.colleague.pk]),
        "merge": f"{reverse('desk:merge', args=[case.pk])}?other={desk.cases[Status.NEW].pk}",
        "relate": reverse("desk:relate", args=[case.pk]),
        **{name: reverse("desk:action", args=[case.pk, name]) for name in ("split", "time", "steps", "snooze")},
        "people of a case": reverse("desk:people", args=[case.pk]),
        "console": reverse("tenants:console", args=[desk.tenant.slug]),
        "incident": reverse("admin:incidents_incident_change", args=[desk.incident.pk]),
        "weekly": reverse("admin:cadence_weeklyupdate_write", args=[desk.rows["weekly"].pk]),
        "week of L2": reverse("cadence:week", args=[desk.rows["week of L2"].pk]),
        "chain review": reverse("cadence:review", args=[desk.rows["chain review"].pk]),
        "updates missing": reverse("cadence:missing"),
        "assignment, dry run": reverse("admin:cases_assignmentrule_planned"),
        "calendar": reverse("admin:sla_calendar_months", args=[desk.rows["policy"].calendar_id]),
        "reports": reverse("reporting:metrics"),
        "sent": reverse("outbox:sent"),
        "events that led to nothing": reverse("outbox:unheard"),
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
        "assignment rules": reverse("admin:cases_assignmentrule_changelist"),
        "assignment rule": reverse("admin:cases_assignmentrule_add"),
        "rules": reverse("admin:cases_automationrule_changelist"),
        "rule": reverse("admin:cases_automationrule_change", args=[desk.rows["rule"].pk]),
        "fields": reverse("admin:cases_customfield_changelist"),
        "field": reverse("admin:cases_customfield_add"),
        "checklists": reverse("admin:cases_checklisttemplate_changelist"),
        "checklist": reverse("admin:cases_checklisttemplate_add"),
        "working times": reverse("admin:cases_workingtime_changelist"),
        "a week": reverse("admin:cases_workingtime_change", args=[desk.colleague.working_time.pk]),
        "absences": reverse("admin:cases_absence_changelist"),
        "absence": reverse("admin:cases_absence_add"),
    }


def pages_of_everybody(desk: Furnished, *, at) -> dict[str, str]:
    """Without signing in."""
    resolved, working = (link_for(desk.cases[status], at=at) for status in (Status.RESOLVED, Status.IN_PROGRESS))
    return {
        "status": reverse("status:page"),
        "incident, to everybody": reverse("status:incident", args=[desk.incident.pk]),
        "sign-in": reverse("sign-in"),
        "desk's sign-in": reverse("admin:login"),
        "client's page": resolved[resolved.index("/c/") :],
        "client's page of a case at work": working[working.index("/c/") :],
        "nothing here": "/there-is-nothing/",
        "API": reverse("api-docs"),
    }
