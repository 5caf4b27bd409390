"""What each list and page costs in statements: pinned, and the same over the rows of one client and of three.

The lists come from the admin's registry, from the API's addresses and from the queues: a new one is in it, and fails
until its number is written down here.
"""

from datetime import timedelta

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver, reverse
from django.utils import timezone

from cases.domain import checklists, linking, time_spent
from cases.domain.client.links import link_for
from cases.domain.desk.queues import QUEUES
from cases.domain.side import talks
from cases.models import Case, CaseTie, ImportedSource, KnownIssue, SideLook
from incidents.domain import communicate
from incidents.models import Incident, RotaShift
from sla.models import CauseCode
from tenants.domain import tokens
from tests.factories.api import Api
from tests.factories.cases import says
from tests.factories.filling import checklist, custom_field
from tests.factories.furnishing import furnished
from tests.factories.incidents import ComponentFactory, OnCallFactory
from tests.factories.pages import ANEW
from tests.factories.tenants import GrantFactory, TokenFactory, UserFactory
from tests.test_leaks import patterns

pytestmark = pytest.mark.django_db
NAMES = ("acme", "globex", "initech")
#: Session, the person with their grants and what the menu counts are in each page; a list of the API has its token and
#: the access entry.
PINNED = {
    "queue mine": 10,
    "queue needs-first-word": 10,
    "queue breaching-next": 10,
    "queue waiting-on-us": 10,
    "queue waiting-on-customer": 10,
    "queue answered-not-accepted": 10,
    "queue unassigned": 10,
    "queue breached": 9,
    "queue snoozed": 6,
    "queue all": 9,
    "view": 11,
    "views": 5,
    "new view": 5,
    "search": 12,
    "search of everything": 10,
    "search put right": 15,
    "palette": 8,
    "filtered": 10,
    "triage": 19,
    "week of L2": 11,
    "chain review": 11,
    "updates missing": 5,
    "my time": 8,
    "handing over": 10,
    "dry run of assignment": 5,
    "inbox": 7,
    "how one is told": 5,
    "people of a case": 8,
    "side conversation": 13,  # of a first look; 8 of each after it
    "asking aside": 6,
    "names for a note": 4,
    "articles for a note": 6,
    "case": 18,
    "whole case": 18,
    "merging": 8,
    "merging two": 10,
    "linking": 8,
    "explain": 9,
    "sent": 6,
    "events that led to nothing": 6,
    "reports": 13,
    "time, as a file": 4,
    "incident": 14,
    "resource's radius": 8,
    "who sees a tenant": 8,
    "health of a tenant": 7,
    "console of a tenant": 30,
    "console, 30 days": 30,
    "list outbox.Consumption": 6,
    "list outbox.Delivery": 6,
    "list outbox.Event": 6,
    "list tenants.AuditEntry": 9,
    "list tenants.AccessEntry": 7,
    "list tenants.Grant": 7,
    "list tenants.Requester": 9,
    "list tenants.Resource": 9,
    "list tenants.Tenant": 9,
    "list tenants.HealthSnapshot": 8,
    "list tenants.ApiToken": 6,
    "list tenants.User": 6,
    "list sla.Alert": 10,
    "list sla.Calendar": 6,
    "list sla.CauseCode": 6,
    "list sla.Clock": 8,
    "list sla.Policy": 9,
    "list incidents.Component": 7,
    "list incidents.Incident": 12,
    "list incidents.Page": 8,
    "list incidents.RotaShift": 6,
    "list incidents.OnCall": 6,
    "list incidents.Runbook": 8,
    "list incidents.RunbookRun": 7,
    "list cases.AutomationRule": 6,
    "list cases.AutomationRun": 7,
    "list cases.Case": 9,
    "list cases.Category": 6,
    "list cases.ChecklistTemplate": 7,
    "list cases.CustomField": 7,
    "list cases.Transition": 7,
    "list cases.Interaction": 7,
    "list cases.Escalation": 7,
    "list cases.Survey": 8,
    "list cases.ExternalRef": 8,
    "list cases.ImportedSource": 6,
    "list cases.KnownIssue": 6,
    "list cases.Macro": 7,
    "list cases.TriageRule": 6,
    "list cases.AssignmentRule": 6,
    "list cases.WorkingTime": 6,
    "list cases.Absence": 6,
    "list reporting.FeedbackEvent": 8,
    "list reporting.CategoryBacklog": 6,
    "list cadence.WeeklyUpdate": 8,
    "list cadence.WorkItem": 8,
    "list cadence.SlaReview": 8,
    "list cadence.ChainReview": 6,
    "list cadence.LevelSummary": 6,
    "list cadence.ReviewPolicy": 6,
    "API /changes/": 4,
    "API /tenants/": 6,
    "API /requesters/": 3,
    "API /resources/": 3,
    "API /telemetry/": 4,
    "API /telemetry/schemas/": 1,
    "API /sla/policies/": 4,
    "API /sla/calendars/": 2,
    "API /alerts/": 5,
    "API /rota/today/": 3,
    "API /incidents/": 8,
    "API /runbooks/": 3,
    "API /cases/{ref}/interactions/": 5,
    "API /cases/{ref}/transitions/": 4,
    "API /cases/{ref}/attachments/": 4,
    "API /cases/{ref}/links/": 4,
    "API /cases/{ref}/time/": 4,
    "API /cases/{ref}/participants/": 4,
    "API /cases/{ref}/side-conversations/": 4,
    "API /cases/": 6,
    "API /search/": 7,
    "API /chain-reviews/": 4,
    "API /metrics/": 8,
    "API /events/": 3,
    "status page": 5,
    "status of an incident": 5,
    "status summary": 5,
    "status incidents": 5,
    "status feed": 5,
    "client's page": 6,
    "status page of a tenant": 9,
}


class Desk:
    def __init__(self):
        self.reader = UserFactory(role="po")
        for role in ("auditor", "admin"):
            GrantFactory(user=self.reader, role=role)
        self.browser, self.api, self.anybody = Client(headers=ANEW), Api(self.reader), Client()
        self.browser.force_login(self.reader)
        self.first = None

    def grow(self, name):
        """A client with a row of everything, a row of what belongs to the house, and more of the first one's case."""
        at = timezone.now()
        made = furnished(name, at=at)
        self.first = self.first or made
        day = at.date() + timedelta(days=made.tenant.pk)
        RotaShift.objects.create(day=day, user=made.colleague)
        OnCallFactory(
            user=made.colleague,
            starts_at=at + timedelta(days=made.tenant.pk),
            ends_at=at + timedelta(days=made.tenant.pk, hours=1),
        )
        custom_field(name, categories=["ingestion"])
        checklist(name, category="ingestion")
        KnownIssue.objects.create(code=f"KI-{name}", title=name, error_codes=[f"E-{name}"])
        ImportedSource.objects.create(name=name, rows="case", columns=["id"], first_imported_at=at)
        CauseCode.objects.create(code=name, name=name)
        ComponentFactory(resource=made.resource)
        TokenFactory(user=made.colleague)
        Incident.objects.filter(pk=made.incident.pk).update(public=True)
        communicate.publish_update(
            incident_id=made.incident.pk, seeing="Slow", doing="Work", next_word_text="Soon", by=made.by, at=at
        )
        Case.objects.filter(pk=made.cases["triage"].pk).update(owner=self.reader)
        says(made.cases["new"], f"{name} is answered", by=made.by, at=at)
        case = self.first.cases["in_progress"]
        says(case, f"{name} asks", at=at)
        checklists.add_step(case_id=case.pk, text=name, by=self.first.by, at=at)
        time_spent.book(case_id=case.pk, minutes=5, worked_on=at.date(), by=self.first.by, at=at)
        says(case, f"{name} notes", by=self.first.by, at=at, kind="note", public=False)
        talks.say(talk_id=self.first.rows["talk"].pk, body=name, by=self.first.by, at=at)
        talks.start(case_id=case.pk, subject=name, body=name, level="L2", by=self.first.by, at=at)
        tied = CaseTie.objects.filter(case=case).values("other")
        other = Case.objects.filter(tenant=case.tenant, pk__gt=case.pk).exclude(pk__in=tied).order_by("pk")[0]
        linking.relate(case_id=case.pk, other_id=other.pk, by=self.first.by, at=at)

    def addresses(self):
        """{what it is called here: how it is asked for}"""
        case, incident, slug = self.first.cases["in_progress"], self.first.incident, self.first.tenant.slug
        clock = case.case_clocks.order_by("pk")[0]
        pages = {f"queue {name}": reverse("desk:queue", args=[name]) for name in QUEUES}
        pages |= {
            "view": reverse("desk:view", args=[self.first.rows["view"].pk]),
            "views": reverse("desk:views"),
            "new view": reverse("desk:view-new"),
            "search": reverse("desk:queue", args=["all"]) + "?q=subject",
            "search of everything": reverse("desk:search") + "?q=subject",
            "search put right": reverse("desk:search") + "?q=subjetc",
            "palette": reverse("desk:palette") + "?q=subject",
            "filtered": reverse("desk:queue", args=["all"]) + f"?tenant={slug}&open=1",
            "triage": reverse("desk:triage"),
            "week of L2": reverse("cadence:week", args=[self.first.rows["week of L2"].pk]),
            "chain review": reverse("cadence:review", args=[self.first.rows["chain review"].pk]),
            "updates missing": reverse("cadence:missing"),
            "my time": reverse("desk:time"),
            "handing over": reverse("desk:hand-over", args=[self.first.colleague.pk]),
            "dry run of assignment": reverse("admin:cases_assignmentrule_planned"),
            "inbox": reverse("desk:inbox"),
            "how one is told": reverse("desk:notice-choice"),
            "people of a case": reverse("desk:people", args=[case.pk]),
            "side conversation": reverse("desk:side-talk", args=[case.pk, self.first.rows["talk"].pk]),
            "asking aside": reverse("desk:side-talks", args=[case.pk]),
            "names for a note": reverse("desk:names", args=[case.pk, "people"]),
            "articles for a note": reverse("desk:names", args=[case.pk, "note"]),
            "case": reverse("desk:case", args=[case.pk]),
            "whole case": reverse("desk:case", args=[case.pk]) + "?all",
            "merging": reverse("desk:merge", args=[case.pk]),
            "merging two": reverse("desk:merge", args=[case.pk]) + f"?other={self.first.cases['new'].pk}",
            "linking": reverse("desk:relate", args=[case.pk]),
            "explain": reverse("desk:explain", args=[case.pk, clock.clock_id]),
            "sent": reverse("outbox:sent"),
            "events that led to nothing": reverse("outbox:unheard"),
            "reports": reverse("reporting:metrics"),
            "time, as a file": reverse("reporting:time"),
            "incident": reverse("admin:incidents_incident_change", args=[incident.pk]),
            "resource's radius": reverse("admin:tenants_resource_radius", args=[self.first.resource.pk]),
            "who sees a tenant": reverse("admin:tenants_tenant_who_sees_page", args=[self.first.tenant.pk]),
            "console of a tenant": reverse("tenants:console", args=[slug]),
            "console, 30 days": reverse("tenants:console", args=[slug]) + "?span=30d",
            "health of a tenant": reverse("admin:tenants_tenant_health_page", args=[self.first.tenant.pk]),
        }
        for model in admin.site._registry:
            pages[f"list {model._meta.label}"] = reverse(
                f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
            )
        found = {name: (self.browser.get, path) for name, path in pages.items()}
        for path in api_lists():
            found[f"API {path}"] = (self.api.get, path.format(ref=case.reference) + ASKED.get(path, ""))
        public = {
            "status page": "/status/",
            "status of an incident": f"/status/incidents/{incident.pk}/",
            "status summary": "/api/v2/summary.json",
            "status incidents": "/api/v2/incidents.json",
            "status feed": "/history.atom",
            "client's page": link_for(case, at=timezone.now()).split("testserver")[-1],
        }
        found |= {name: (self.anybody.get, path) for name, path in public.items()}
        theirs = Client()
        theirs.force_login(self.first.rows["client"])
        return found | {"status page of a tenant": (theirs.get, f"/status/{slug}/")}

    def measured(self):
        SideLook.objects.all().delete()  # a side conversation is looked at for the first time
        counts = {}
        for name, (get, path) in self.addresses().items():
            with CaptureQueriesContext(connection) as caught:
                answer = get(path)
            assert answer.status_code == 200, (name, path, answer.status_code)
            counts[name] = len(caught)
        return counts


ASKED = {"/telemetry/": "?tenant=acme", "/metrics/": "?from=2026-01-01&to=2026-12-31", "/search/": "?q=subject"}
NO_LISTS = {"/", "/docs/", "/schema/", "/cases/{ref}/incidents/"}


def api_lists():
    """Every address of the API that names no row, and a case's own lists."""
    for pattern in patterns(get_resolver()):
        path = pattern.removeprefix("api/v1").replace("^", "").replace("$", "").replace("<slug:ref>", "{ref}")
        if pattern.startswith("api/v1/") and "<" not in path and path not in NO_LISTS:
            yield path


def test_no_list_and_no_page_asks_more_of_more_rows(settings, tmp_path, monkeypatch):
    monkeypatch.setattr(tokens, "USE_NOTED_EVERY", timedelta(days=1))  # a minute may pass here
    settings.BLOB_ROOT = tmp_path
    settings.API_REQUESTS_PER_MINUTE = 1_000_000
    desk = Desk()
    desk.grow(NAMES[0])
    desk.measured()  # what a process asks once and keeps
    one = desk.measured()
    for name in NAMES[1:]:
        desk.grow(name)
    three = desk.measured()
    assert {name: (one[name], three[name]) for name in one if one[name] != three[name]} == {}
    assert one == PINNED
