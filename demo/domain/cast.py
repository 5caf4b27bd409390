"""Who is on the demo's stage: people, clients, services, promises, runbooks. Plain tables, then the rows from them."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from django.contrib.auth.hashers import make_password

from cases.models import Category, KnownIssue, Macro
from demo.domain import filling
from incidents.models import Component, OnCall, RotaShift, Runbook
from tenants.enums import GrantScope, Role
from tenants.models import (
    Contact,
    Entitlement,
    EscalationRoute,
    Grant,
    Project,
    Requester,
    Resource,
    ResourceEdge,
    ResourceTenant,
    Tenant,
    TenantPerson,
    User,
)

PASSWORD = "demo-desk"  # noqa: S105  told on the sign-in page of every demo

# username, first name, last name, level, roles
STAFF = [
    ("admin", "Ada", "Admin", "", [Role.ADMIN, Role.PO, Role.L3, Role.AUDITOR]),
    ("l1", "Mira", "Kovac", "L1", [Role.L1]),
    ("l1b", "Jonas", "Brandt", "L1", [Role.L1]),
    ("lead", "Lena", "Okafor", "L1", [Role.LEAD]),
    ("l2", "Ben", "Ortiz", "L2", [Role.L2]),
    ("l3", "Omar", "Haddad", "L3", [Role.L3]),
    ("po", "Petra", "Olsen", "L3", [Role.PO]),
    ("auditor", "Aiko", "Ito", "", [Role.AUDITOR]),
]

# slug, name, plan, segment, region, tier, ARR in thousands, zone
TENANTS = [
    ("acme", "Acme", "scale", "enterprise", "eu-central", "enterprise", 210, "Europe/Berlin"),
    ("globex", "Globex", "growth", "mid-market", "us-east", "premium", 95, "America/New_York"),
    ("initech", "Initech", "start", "startup", "eu-central", "standard", 48, "Europe/Berlin"),
    ("umbrella", "Umbrella", "scale", "enterprise", "us-east", "premium", 160, "America/New_York"),
    ("hooli", "Hooli", "growth", "mid-market", "ap-south", "standard", 72, "Asia/Kolkata"),
    ("pied-piper", "Pied Piper", "start", "startup", "ap-south", "standard", 18, "Asia/Kolkata"),
]

NOTES = {
    "acme": "Month-end load on the last two days of a month: tell Ana Novak before any maintenance in eu-1.\n"
    "Their security team must be named in every incident report."
}

PEOPLE = [
    *("Ana Novak", "Luis Romero", "Grace Chen", "Tomasz Zielinski", "Fatima Zahra", "Noah Fischer", "Ingrid Dahl"),
    *("Priya Raman", "Marco Bianchi", "Chloe Martin", "Samuel Osei", "Yuki Tanaka", "Elena Popova", "David Cohen"),
    *("Aisha Khan", "Peter Novotny", "Maria Silva", "Oliver Wright", "Hana Suzuki", "Pablo Ortega", "Zoe Laurent"),
    *("Ravi Patel", "Emma Larsen", "Ivan Petrov", "Nadia Haddad", "Lukas Weber", "Sofia Rossi", "Kwame Mensah"),
    *("Mei Lin", "Adam Nowak", "Julia Becker", "Diego Castro", "Leila Farah", "Finn Murphy", "Anita Desai"),
    *("Hugo Dupont", "Sara Lindqvist", "Omar Farouk", "Nina Horvat", "Karl Jensen"),
]

# key, name, kind, region, version, what it feeds
SERVICES = [
    ("ingest-eu-1", "Ingestion eu-1", "service", "eu-central", "4.18.2", ["uploads-eu-1", "reports-eu-1"]),
    ("ingest-us-1", "Ingestion us-1", "service", "us-east", "4.18.1", ["uploads-us-1"]),
    ("uploads-eu-1", "Uploads eu-1", "service", "eu-central", "2.7.0", []),
    ("uploads-us-1", "Uploads us-1", "service", "us-east", "2.7.0", []),
    ("reports-eu-1", "Reports eu-1", "service", "eu-central", "3.2.4", []),
    ("auth", "Sign-in", "service", "global", "9.1.0", ["app"]),
    ("billing", "Billing", "service", "global", "1.44.0", []),
    ("app", "Web app", "service", "global", "2026.46", []),
]
USERS_OF = {"eu-central": "eu-1", "us-east": "us-1", "ap-south": "eu-1"}

COMPONENTS = [
    ("Sign-in", "Access", "auth"),
    ("Web app", "Access", "app"),
    ("Ingestion · eu-1", "Data", "ingest-eu-1"),
    ("Ingestion · us-1", "Data", "ingest-us-1"),
    ("Reports", "Data", "reports-eu-1"),
    ("Billing", "Account", "billing"),
]

RUNBOOKS = [
    (
        "Ingestion throttled",
        ["ING-503", "ING-429"],
        [
            "Look at the queue age on the ingestion board",
            "Compare the tenant's quota with its rate",
            "Raise the quota",
            "Watch the queue drain for ten minutes",
            "Tell the client when it will be drained",
        ],
    ),
    ("Sign-in loops", ["AUTH-401", "AUTH-302"], ["Read the SSO trace", "Compare clocks", "Rotate the signing key"]),
    ("Billing limit reached", ["BIL-402"], ["Read usage and limit", "Offer the next plan", "Lift for 48 hours"]),
    ("Report shows old numbers", ["REP-304"], ["Check the last refresh", "Start a refresh", "Purge the edge cache"]),
]

DOCS = {
    "access": ("Setting up single sign-on", "https://docs.companyos.example/access/single-sign-on"),
    "ingestion": ("How data is taken in, and when it waits", "https://docs.companyos.example/data/ingestion"),
    "billing": ("Limits and what counts towards them", "https://docs.companyos.example/account/limits"),
    "interface": ("Browsers that we support", "https://docs.companyos.example/app/browsers"),
}

KNOWN_ISSUES = [
    ("KI-12", "Quota flaps after a resize", ["ING-429"], "Resize again, wait two minutes", "P2"),
    ("KI-17", "Chart axis overlaps in Safari", ["UI-077"], "Use another browser until 2026.48", "P3"),
    ("KI-21", "SSO loops when clocks differ by 30 s", ["AUTH-302"], "Sync the identity provider's clock", "P1"),
]

OUR_PEOPLE = [("po", "po"), ("cs_lead", "lead"), ("tech_lead", "l3"), ("on_call", "l2"), ("deputy", "lead")]
ENTITLEMENTS = [("seats", 40, 60), ("ingest-gb-per-day", 180, 200), ("sso", 1, None), ("audit-export", 0, 10)]


def cast(*, now: datetime, days: int) -> None:
    """Every row the stories need, as if it had been there for a while. For an empty desk."""
    since = now - timedelta(days=days + 30)
    users = _staff(since)
    tenants = _tenants()
    _clients(tenants, since)
    _services(tenants)
    for tenant in tenants.values():
        for role, name in OUR_PEOPLE:
            TenantPerson.objects.create(tenant=tenant, user=users[name], role=role)
        for level, name in [("L1", "l1"), ("L2", "l2"), ("L3", "l3")]:
            EscalationRoute.objects.create(tenant=tenant, level=level, user=users[name])
    _rota(users, first=since, last=now + timedelta(days=14))
    Component.objects.bulk_create(
        Component(name=name, group=group, position=place, resource=Resource.objects.get(key=key))
        for place, (name, group, key) in enumerate(COMPONENTS, 1)
    )
    Component.objects.update(created_at=since)
    for title, codes, steps in RUNBOOKS:
        Runbook.objects.create(title=title, error_codes=codes, steps=steps, escalate_to="L2, then the Tech Lead")
    Runbook.objects.create(
        title="Acme: month-end load", tenant=tenants["acme"], steps=["Raise eu-1 by two workers", "Tell Ana Novak"]
    )
    _tie_macros()
    filling.furnish()
    for code, title, codes, workaround, priority in KNOWN_ISSUES:
        KnownIssue.objects.create(
            code=code, title=title, error_codes=codes, workaround=workaround, priority=priority, symptoms=title
        )
    Category.objects.get_or_create(slug="reports", defaults={"name": "Reports"})


def _tie_macros() -> None:
    """The canned answers that every desk begins with, to this desk's runbooks and pages."""
    for macro in Macro.objects.filter(for_category__slug__in=DOCS).select_related("for_category"):
        title, url = DOCS[macro.for_category.slug]
        macro.docs = [{"url": url, "title": title}]
        runbooks = Runbook.objects.filter(tenant=None, error_codes__overlap=macro.error_codes)
        macro.runbook = runbooks.order_by("pk").first()
        macro.save(update_fields=["docs", "runbook"])


def _staff(since: datetime) -> dict[str, User]:
    users = {}
    password = make_password(PASSWORD)
    for username, first, last, level, roles in STAFF:
        user = User(
            username=username,
            first_name=first,
            last_name=last,
            email=f"{username}@companyos.example",
            level=level,
            is_staff=True,
            is_demo=True,
            password=password,
        )
        user.save()
        for role in roles:
            Grant.objects.create(
                user=user, role=role, scope=GrantScope.ALL, reason="Works on the demo's desk", created_at=since
            )
        users[username] = user
    return users


def _tenants() -> dict[str, Tenant]:
    tenants = {}
    for slug, name, plan, segment, region, tier, arr, zone in TENANTS:
        tenant = Tenant.objects.create(
            slug=slug,
            name=name,
            plan=plan,
            segment=segment,
            region=region,
            data_residency=region.split("-")[0].upper(),
            support_tier=tier,
            arr=Decimal(arr * 1000),
            time_zone=zone,
            notes=NOTES.get(slug, ""),
        )
        for feature, used, limit in ENTITLEMENTS:
            Entitlement.objects.create(tenant=tenant, feature=feature, used=used, limit=limit)
        tenants[slug] = tenant
    return tenants


def _clients(tenants: dict[str, Tenant], since: datetime) -> None:
    order = list(tenants.values())
    for place, name in enumerate(PEOPLE):
        tenant = order[place % len(order)]
        email = f"{name.split()[0].lower()}@{tenant.slug}.example"
        Requester.objects.create(
            tenant=tenant,
            name=name,
            email=email,
            role="admin" if place < len(order) else "user",
            channel="panel",
            time_zone=tenant.time_zone,
            authentication="sso",
            sees_all_tenant_cases=place < len(order),
        )
        if place < len(order):
            for role in ("operations", "sponsor"):
                Contact.objects.create(tenant=tenant, name=name, email=email, role=role, time_zone=tenant.time_zone)
            Project.objects.create(
                tenant=tenant,
                name=f"{tenant.name} rollout",
                sprint="Sprint 12",
                starts_on=since.date(),
                ends_on=since.date() + timedelta(days=150),
            )
    ana = Requester.objects.get(tenant=tenants["acme"], name=PEOPLE[0])
    client = User(username="client", first_name="Ana", last_name="Novak", email=ana.email, requester=ana, is_demo=True)
    client.password = make_password(PASSWORD)
    client.save()
    Grant.objects.create(
        user=client,
        role=Role.CLIENT,
        scope=GrantScope.TENANT,
        tenant=tenants["acme"],
        reason="The demo's client",
        created_at=since,
    )


def _services(tenants: dict[str, Tenant]) -> None:
    rows = {
        key: Resource.objects.create(
            key=key, name=name, kind=kind, region=region, version=version, config_snapshot={"workers": 10}
        )
        for key, name, kind, region, version, _feeds in SERVICES
    }
    for key, *_rest, feeds in SERVICES:
        for downstream in feeds:
            ResourceEdge.objects.create(upstream=rows[key], downstream=rows[downstream])
    for tenant in tenants.values():
        for key, row in rows.items():
            if row.region == "global" or key.endswith(USERS_OF[tenant.region]):
                ResourceTenant.objects.create(resource=row, tenant=tenant)


def _rota(users: dict[str, User], *, first: datetime, last: datetime) -> None:
    day = first.date()
    while day <= last.date():
        if day.weekday() < 5:
            RotaShift.objects.create(day=day, user=users["l1" if day.weekday() % 2 == 0 else "l1b"])
        day += timedelta(days=1)
    for step, name in [(1, "l2"), (2, "l3")]:
        OnCall.objects.create(step=step, user=users[name], starts_at=first, ends_at=last + timedelta(days=365))
