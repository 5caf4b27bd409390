"""Nobody reads a neighbour's words: every address, as everybody, with a word in each text of the neighbour's.

The addresses come from the resolver and from the admin's registry, the columns from the models: what is new is in it.
"""

import re
from collections import defaultdict
from copy import deepcopy
from uuid import uuid4

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.db import DataError, IntegrityError, connection, models, transaction
from django.test import Client, override_settings
from django.urls import URLResolver, get_resolver
from django.utils import timezone

from cadence.models import ChainReview
from cases.domain.client.links import link_for
from cases.domain.desk.queues import QUEUES
from cases.domain.side import talks
from cases.pages.desk.actions import ACTIONS
from incidents.models import Incident
from outbox.domain.relay import relay_round
from outbox.domain.sequencing import sequence
from outbox.models import Delivery, Event
from tenants.domain.access import TABLE
from tenants.models import AccessEntry, AuditEntry, User
from tests.factories.api import Api, desk_state
from tests.factories.furnishing import Furnished, furnished
from tests.factories.incidents import IncidentFactory
from tests.factories.tenants import GrantFactory, ResourceFactory, TokenFactory, UserFactory

pytestmark = pytest.mark.django_db
WORD = "zqmarker"
ABSENT = 987_654_321
READERS = [*{rights: str(role) for role, rights in TABLE.items()}.values(), "anonymous"]  # one for each set of rights
ROOMS = {"outbox", "tenants", "sla", "incidents", "cases", "reporting", "cadence"}
OF_EVERYBODY = {
    # of the house or of people, not of a tenant
    *("sla.Calendar", "sla.CalendarVersion", "sla.CauseCode"),
    *("incidents.Component", "incidents.RotaShift", "incidents.OnCall"),
    *("cases.Category", "cases.TriageRule", "cases.KnownIssue", "cases.Macro", "cases.ImportedSource"),
    *("cases.CustomField", "cases.ChecklistTemplate"),
    # of our people; who keeps and reads them is tests/cases/admin/test_assignment.py
    *("cases.WorkingTime", "cases.Absence"),
    "reporting.CategoryBacklog",
    # without a word in them; whose lines one reads in a week of L2 is tests/cadence/domain/test_summaries.py
    *("cadence.LevelSummary", "cadence.SummaryReader", "cadence.ReviewPolicy"),
    # of one person; who is told of a shared view is tests/cases/domain/desk/test_views.py
    *("cases.SavedView", "cases.BulkRun", "cases.NoticeChoice", "cases.MorningMail", "cases.SideLook"),
    "outbox.DeliveryAttempt",
    # sums by tenant, without a word in them; who reads which is tests/reporting/domain/test_keeping.py
    *("reporting.Keeping", "reporting.DayMark", "reporting.DayCount", "reporting.DayValues"),
}
READ_BY_MACHINES = {
    *("time_zone", "language", "password", "status", "kind", "phase", "path", "spec"),
    *("reminder_days", "weekly_hours"),
}


# --- What is the neighbour's ----------------------------------------------------------------------------------------
def rows_of(desk: Furnished):
    """{model: ids} of all that hangs on the tenant: what names it, then what points at that."""
    found = defaultdict(set)
    found[type(desk.tenant)] = {desk.tenant.pk}
    found[Incident] = {desk.incident.pk}
    found[ChainReview] = {desk.rows["chain review"].pk}
    for model in (Event, Delivery, AuditEntry):
        found[model] = set(model.objects.filter(tenant_id=desk.tenant.pk).values_list("pk", flat=True))
    found[AccessEntry] = set(
        AccessEntry.objects.filter(tenant_ids__contains=[desk.tenant.pk]).values_list("pk", flat=True)
    )
    ours = [model for model in apps.get_models() if model._meta.app_label in ROOMS]
    grew = True
    while grew:
        grew = False
        for model in ours:
            for field in model._meta.concrete_fields:
                if not field.is_relation or not found.get(field.related_model):
                    continue
                ids = set(
                    model._base_manager.filter(**{f"{field.name}__in": found[field.related_model]}).values_list(
                        "pk", flat=True
                    )
                )
                grew = grew or not ids <= found[model]
                found[model] |= ids
    return found


def mark(found):
    """The word into each text of these rows, by the database's owner, past doors and triggers."""
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")  # ALTER TABLE waits for nothing that is pending
        cursor.execute("reset role")
        for model, ids in found.items():
            table = model._meta.db_table
            cursor.execute(f'alter table "{table}" disable trigger user')
            for field in model._meta.concrete_fields:
                value = marked(field)
                if value is None:
                    continue
                try:
                    with transaction.atomic():
                        change = f'update "{table}" set "{field.column}" = {value} where id = any(%s)'
                        cursor.execute(change, [list(ids)])
                except (IntegrityError, DataError):
                    continue  # a check or a length holds this one: it is no free text
            cursor.execute(f'alter table "{table}" enable trigger user')
        cursor.execute("set role desk_app")


def marked(field):
    """As SQL, unlike in each row; None for a column that holds no free text."""
    if field.choices or field.name in READ_BY_MACHINES or field.is_relation:
        return None
    column = f'"{field.column}"'
    if isinstance(field, models.CharField | models.TextField) and (field.max_length or 999) > len(WORD) + 12:
        return f"'{WORD}-' || id"
    if isinstance(field, models.JSONField):
        return (
            f"""case jsonb_typeof({column}) when 'object' then {column} || '{{"{WORD}": "{WORD}"}}' else {column} end"""
        )
    if field.get_internal_type() == "ArrayField" and field.base_field.get_internal_type() in ("CharField", "TextField"):
        return f"array['{WORD}']"
    return None


# --- Addresses ------------------------------------------------------------------------------------------------------
def patterns(resolver, before=""):
    for one in resolver.url_patterns:
        path = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from patterns(one, path)
        else:
            yield path


PLACE = re.compile(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)|<(?:\w+:)?(\w+)>")


def addresses(desk: Furnished, found, *, absent=False):
    """Every address of the desk with this desk's rows in its places; `absent`: with ids that no row has."""
    for pattern in patterns(get_resolver()):
        if pattern.startswith(("static", "admin/logout", "api/v1/docs", "api/v1/schema")) or pattern == "api/v1/":
            continue
        choices = [{}]
        for match in PLACE.finditer(pattern):
            name = match[1] or match[2]
            values = values_of(name, pattern, desk, found, absent=absent)
            choices = [one | {name: value} for one in choices for value in values]
        for choice in choices:
            path = PLACE.sub(lambda match: str(choice[match[1] or match[2]]), pattern)  # noqa: B023  called at once
            yield "/" + path.replace("^", "").replace("$", "").replace("\\Z", "").replace("\\.", ".").rstrip("?")


def values_of(name, pattern, desk, found, *, absent):
    if pattern.startswith("admin/desk/"):
        fixed = {
            "name": list(QUEUES),
            "tab": ["reply"],
            "action": list(ACTIONS),
            "way": ["next"],
            "what": ["people", "note"],
            "undone": [uuid4()],
        }
        rows = {
            "views": desk.rows["view"].pk,
            "cases": desk.cases["in_progress"].pk,
            "sent": desk.rows["delivery"].pk,
            "time": desk.colleague.pk,
            "hand-over": desk.colleague.pk,
            "clock": desk.cases["in_progress"].case_clocks.first().clock_id,
            "file": desk.rows["file"].pk,
            "step": desk.rows["step"].pk,
            "talk": desk.rows["talk"].pk,
            "tenants": desk.tenant.slug,
            "inbox": desk.rows["inbox"].pk,
            "weeks-of-l2": ABSENT,  # everybody's, in which the lines are the tenants': asked for below
            "chain-reviews": desk.rows["chain review"].pk,
        }
        if name in fixed:
            return fixed[name]
        return [ABSENT if absent else rows[name if name in rows else pattern.split("/")[2]]]
    if pattern.startswith("admin/"):
        if name in ("app_label", "content_type_id"):
            return sorted(ROOMS) if name == "app_label" else [ContentType.objects.get_for_model(desk.cases["new"]).pk]
        if name == "move":
            return ["resolve"]
        _, label, model_name = pattern.split("/")[:3]
        ids = found.get(apps.get_model(label, model_name) if label in ROOMS else type(desk.cases["new"]))
        return [ABSENT if absent or not ids else max(ids)]
    if pattern.startswith(("c/", "s/", "hooks/")):
        return ["x"]
    if pattern.startswith("api/v2/"):
        return ["summary", "status", "components", "incidents", "incidents/unresolved", "scheduled-maintenances"]
    if absent:
        return ["nobody" if name == "slug" else ABSENT]
    kind = pattern.replace("api/v1/", "").replace("^", "").split("/")[0]
    rows = {
        "tenants": desk.tenant.slug,
        "requesters": desk.requester.pk,
        "resources": desk.resource.key,
        "sla": desk.rows["policy"].pk,
        "alerts": desk.rows["clock"].alerts.latest("pk").pk,
        "runbooks": desk.rows["runbook"].pk,
        "chain-reviews": desk.rows["chain review"].pk,
        "incidents": desk.incident.pk,
        "cases": desk.cases["in_progress"].reference,
        "kind": "resolution",
        "attachment_id": desk.rows["file"].pk,
        "incident": desk.incident.reference,
        "link": desk.rows["tie"].pk,
        "entry": desk.rows["time"].pk,
        "talk": desk.rows["talk"].pk,
        "participant": desk.rows["follower"].pk,
        "status": desk.tenant.slug if name == "slug" else desk.incident.pk,
    }
    of_it = ("kind", "attachment_id", "incident", "link", "entry", "talk", "participant")
    return [rows[name if name in of_it else kind]]


def searches(desk):
    """Lists asked for what is the neighbour's, by every way in that a list has."""
    term, slug = WORD[:-1], desk.tenant.slug
    yield f"/admin/search/?s={term}"
    yield f"/admin/desk/jump/?q={desk.cases['new'].reference}"
    for page in ("search/", "search/palette/"):
        yield f"/admin/desk/{page}?q={term}"
        yield f"/admin/desk/{page}?q={term}x"  # which a word like it would put right
        yield f"/admin/desk/{page}?q={desk.cases['new'].reference}"
    yield f"/admin/desk/sent/?q={term}"
    yield f"/admin/desk/weeks-of-l2/{desk.rows['week of L2'].pk}/"
    for name in QUEUES:
        yield f"/admin/desk/queues/{name}/?q={term}"
    for model, registered in admin.site._registry.items():
        label, name = model._meta.app_label, model._meta.model_name
        if registered.search_fields:
            yield f"/admin/{label}/{name}/?q={term}"
        for field in registered.autocomplete_fields:
            yield f"/admin/autocomplete/?app_label={label}&model_name={name}&field_name={field}&term={term}"
    for path in ("cases", "tenants", "requesters", "resources", "runbooks", "search"):
        yield f"/api/v1/{path}/?q={term}"
    for path in ("cases", "incidents", "alerts", "requesters", "resources", "telemetry", "sla/policies"):
        yield f"/api/v1/{path}/?tenant={slug}"
    yield f"/api/v1/metrics/?from=2026-01-01&to=2027-01-01&tenant={slug}"
    yield "/api/v1/metrics/?from=2026-01-01&to=2027-01-01"
    yield f"/api/v1/requesters/?email=ada@{slug}.example"
    yield f"/api/v1/cases/?external={slug}:{slug}-new"
    yield "/api/v1/changes/?limit=200"


class Reader:
    """Signed in to the desk, and with a token for the API."""

    def __init__(self, user):
        self.client = Client(raise_request_exception=False)
        self.headers = {}
        if user is not None:
            self.client.force_login(user)
            self.headers = {"Authorization": f"Bearer {TokenFactory(user=user).secret}"}

    def get(self, path):
        answer = self.client.get(path, headers=self.headers if path.startswith("/api/v1/") else None)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        return answer.status_code, body.decode("utf-8", "replace")


@pytest.fixture(scope="module")
def desks(for_the_file, tmp_path_factory):
    """Acme, and its neighbour, who share a resource and an incident."""
    with override_settings(BLOB_ROOT=tmp_path_factory.mktemp("blobs"), API_REQUESTS_PER_MINUTE=1_000_000):
        yield two_desks()


def two_desks():
    platform = ResourceFactory(tenant=None, key="platform")
    acme, other = furnished("acme", shared=platform), furnished("neighbour", shared=platform)
    GrantFactory(user=UserFactory(), role="l1", tenant=other.tenant, reason="Helps out")
    TokenFactory(user=other.rows["client"])
    Api(other.colleague).get(f"/cases/{other.cases['new'].reference}/")  # a line in the access log
    IncidentFactory(title="Both are slow", tenants=[acme.tenant, other.tenant], resources=[platform], public=True)
    return acme, other


@pytest.fixture(scope="module")
def marked_desks(desks):
    """The same with the word in all that is the neighbour's, and which rows that are."""
    acme, other = desks
    found = rows_of(other)
    mark(found)
    other.tenant.refresh_from_db()
    other.resource.refresh_from_db()
    return acme, other, found


def reader(role, acme):
    if role == "anonymous":
        return Reader(None)
    return Reader(acme.rows["client"] if role == "client" else UserFactory(role=role, tenant=acme.tenant))


def test_the_word_stands_in_all_that_is_the_neighbours(marked_desks):
    """What the tests below rest on: every model is in it, and who may see it all does see the word."""
    *_, found = marked_desks
    ours = {model._meta.label for model in apps.get_models() if model._meta.app_label in ROOMS}
    assert ours - {model._meta.label for model, ids in found.items() if ids} == OF_EVERYBODY
    user = UserFactory(role="po")
    for role in ("auditor", "admin"):
        GrantFactory(user=user, role=role)
    everybody = Reader(User.objects.get(pk=user.pk))
    shown = {
        model._meta.label
        for model in admin.site._registry
        if WORD in everybody.get(f"/admin/{model._meta.app_label}/{model._meta.model_name}/")[1]
    }
    registered = {model._meta.label for model in admin.site._registry}
    assert registered - shown - OF_EVERYBODY <= {"outbox.Event", "outbox.Consumption"}, registered - shown
    assert WORD in everybody.get("/admin/desk/queues/all/")[1]
    assert WORD in everybody.get("/api/v1/cases/")[1]


@pytest.mark.parametrize("role", READERS)
def test_nobody_reads_a_neighbours_words(marked_desks, role):
    acme, other, found = marked_desks
    one = reader(role, acme)
    there, nowhere = list(addresses(other, found)), list(addresses(other, found, absent=True))
    answers = {path: one.get(path) for path in {*there, *searches(other)}}
    said = {
        path: body[max(0, body.index(WORD) - 100) :][:120]
        for path, (_, body) in answers.items()
        if WORD in body.replace(path, "")
    }
    broken = {path: status for path, (status, _) in answers.items() if status >= 500}
    # What is another's answers as what is not there at all.
    different = {
        path: (answers[path][0], status)
        for path, absent in zip(there, nowhere, strict=True)
        if path != absent and (status := one.get(absent)[0]) != answers[path][0]
    }
    assert (said, broken, different) == ({}, {}, {})
    lists = {f"/admin/{model._meta.app_label}/{model._meta.model_name}/" for model in admin.site._registry}
    assert {answers[path][0] for path in lists} <= ({302} if role in ("client", "anonymous") else {200, 403})
    assert sum(status == 200 for status, _ in answers.values()) > (60 if role in ("po", "auditor") else 3)


# --- What is said aside ---------------------------------------------------------------------------------------------
def test_no_client_reads_or_finds_what_is_said_aside(desks):
    """The word in every text of a side conversation of the client's own case, as their sign-in, their token, their
    mails, their link and that of who gets copies.
    """
    acme, _ = deepcopy(desks)
    case, at = acme.cases["in_progress"], timezone.now()
    asked = {"address": f"{WORD}@supplier.example", "name": f"{WORD} supplier", "subject": f"{WORD} subject"}
    talk = talks.start(case_id=case.pk, body=f"{WORD} asks", by=acme.by, at=at, **asked)
    talks.hear(talk_id=talk.pk, body=f"{WORD} answers", at=at)
    talks.say(talk_id=talk.pk, body=f"{WORD} thanks", by=acme.by, at=at)
    relay_round(at=at)
    sequence()
    acme.rows["talk"] = talk
    copied = case.participants.get(kind="cc").requester
    client = Reader(acme.rows["client"])
    paths = [
        *addresses(acme, rows_of(acme)),
        *searches(acme),
        *("/c/" + link_for(case, reader_id=one.pk, at=at).partition("/c/")[2] for one in (acme.requester, copied)),
    ]
    answers = {path: client.get(path) for path in paths}
    assert [path for path, (_, body) in answers.items() if WORD in body.replace(path, "")] == []
    assert [answers[path][0] for path in paths[-2:]] == [200, 200]
    url = f"/api/v1/cases/{case.reference}/side-conversations/"
    assert (answers[url][0], '"results":[]' in answers[url][1]) == (200, True)
    assert {answers[f"{url}{talk.pk}/{rest}"][0] for rest in ("", "messages/")} == {404}
    theirs = Delivery.objects.filter(to__in=[acme.requester.email, copied.email])
    assert theirs.exists()
    assert [one.pk for one in theirs if WORD in one.subject + one.text + one.html] == []
    colleague = Reader(acme.colleague)
    assert WORD in colleague.get(f"/admin/desk/cases/{case.pk}/side/{talk.pk}/")[1]
    assert WORD in colleague.get(f"{url}{talk.pk}/messages/")[1]


def test_a_client_says_nothing_aside(desks):
    acme, _ = desks
    case, talk = acme.cases["in_progress"], acme.rows["talk"]
    url = f"/cases/{case.reference}/side-conversations/"
    api = Api(acme.rows["client"])
    before = desk_state()
    asked = {"subject": "x", "body": "x", "address": "a@supplier.example"}
    answers = {
        "begin": api.post(url, asked),
        "by a name": api.post(url, {"subject": "x", "body": "x", "people": ["nobody"]}),
        "say": api.post(f"{url}{talk.pk}/messages/", {"body": "x"}),
        "close": api.post(f"{url}{talk.pk}/close/"),
        "take part": api.post(f"/cases/{case.reference}/participants/", {"kind": "follower"}),
    }
    assert {name: answer.status_code for name, answer in answers.items()} == {
        "begin": 403,
        "by a name": 403,
        "say": 404,
        "close": 404,
        "take part": 403,
    }
    assert desk_state() == before
