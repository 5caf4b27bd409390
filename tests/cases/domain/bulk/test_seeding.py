"""`seed_bulk`: what is written, what is not written twice, and what it refuses."""

import random
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.db.models import Q

from cases.domain import history
from cases.domain.bulk import cast, seeding
from cases.domain.bulk.lives import past
from cases.domain.bulk.plots import Stage
from cases.domain.bulk.quiet import QUIET, Quiet
from cases.domain.bulk.seeding import BATCH, WRITTEN, Report, Writer, seed_bulk
from cases.domain.bulk.vocabulary import Vocabulary
from cases.models import (
    Case,
    CaseTie,
    ChecklistStep,
    CustomField,
    Draft,
    ExternalRef,
    Interaction,
    Notice,
    Participant,
    Survey,
    TimeEntry,
    WorkingTime,
)
from config.errors import Invalid, Refused
from config.indexes import missing
from outbox.models import Delivery
from outbox.models import Event as OutboxEvent
from sla.domain.sweep import sweep
from sla.models import Alert, Clock
from tenants.domain.actors import SYSTEM
from tenants.models import Requester, Tenant, User
from tests.factories.cases import MONDAY
from tests.factories.tenants import RequesterFactory, TenantFactory, UserFactory

SOME = 60


def seeded(cases=SOME, **options):
    seen = []
    values = {"processes": 1, "at": MONDAY, "told": lambda done, total: seen.append((done, total)), **options}
    return seed_bulk(cases=cases, **values), seen


def numbers(seed=1):
    names = ExternalRef.objects.filter(system="bulk", external_id__startswith=f"{seed}/")
    return sorted(int(name.split("/")[1]) for name in names.values_list("external_id", flat=True))


@pytest.fixture
def stage():
    RequesterFactory()
    UserFactory(role="l1")
    return Stage(cast.found_or_made(at=MONDAY), Vocabulary(), Quiet(at=MONDAY), MONDAY)


@pytest.mark.django_db
def test_an_empty_desk_gets_clients_and_people_too():
    report, seen = seeded()
    assert (report, seen) == (Report(cases=SOME, written=SOME, known=0), [(0, SOME), (SOME, SOME)])
    assert numbers() == list(range(SOME))
    assert Tenant.objects.count() == cast.TENANTS
    assert Requester.objects.count() == cast.TENANTS * cast.REQUESTERS_EACH
    assert not any(user.has_usable_password() for user in User.objects.all())
    assert Case.objects.filter(owner__isnull=False).exists()


@pytest.mark.django_db
def test_nobody_is_told():
    seeded()
    about_cases = Q(name__startswith="cases.") | Q(name__startswith="sla.")
    assert (OutboxEvent.objects.filter(about_cases).count(), Delivery.objects.count()) == (0, 0)


@pytest.mark.django_db
def test_again_adds_nothing_and_more_adds_the_rest(stage):
    seeded()
    before = Interaction.objects.count()
    assert seeded() == (Report(cases=SOME, written=0, known=SOME), [(SOME, SOME)])
    assert Interaction.objects.count() == before
    report, _seen = seeded(SOME + 20)
    assert (report, numbers()) == (Report(cases=SOME + 20, written=20, known=SOME), list(range(SOME + 20)))
    seeded(seed=2)
    assert numbers(seed=2) == list(range(SOME))


@pytest.mark.django_db
def test_an_interrupted_run_goes_on(stage):
    Writer(stage, seed=1, open_share=0.2).write((1, 30))
    assert numbers() == list(range(BATCH, BATCH + 30))
    report, _seen = seeded(BATCH + 40)
    assert (report.known, report.written, numbers()) == (30, BATCH + 10, list(range(BATCH + 40)))


@pytest.mark.django_db
def test_a_name_that_is_taken_meanwhile_is_refused_whole(stage):
    pasts = [past(random.Random(1), stage, open_share=0.2, external=("bulk", name)) for name in ("1/0", "1/1", "1/0")]
    with pytest.raises(IntegrityError, match="cases_externalref_once"), transaction.atomic():
        history.write(pasts, by=SYSTEM, at=MONDAY)
    assert (Case.objects.count(), Clock.objects.count()) == (0, 0)


@pytest.mark.django_db
def test_the_same_seed_tells_the_same(stage):
    def told(seed):
        dice = random.Random(seed)
        return [past(dice, stage, open_share=0.2, external=("bulk", str(place))) for place in range(40)]

    assert told(1) == told(1)
    assert told(1) != told(2)


@pytest.mark.django_db
def test_nothing_comes_due_for_an_hour(stage):
    seeded(300, open_share=1.0)
    soon = MONDAY + QUIET
    assert not Clock.objects.filter(next_at__lte=soon).exists()
    assert not Case.objects.filter(next_timer_at__lte=soon).exists()
    assert sweep(at=soon, budget_ms=None).breached == 0
    assert not Case.objects.exclude(Q(status="new") | Q(status="triage") | Q(status__contains="_")).exists()
    late, ahead = Case.objects.filter(breached=True), Case.objects.filter(next_due_at__gt=soon)
    assert late.exists()
    assert ahead.count() > 100


@pytest.mark.django_db
def test_the_desks_own_clients_and_people_are_taken():
    theirs = RequesterFactory(tenant=TenantFactory(closed_at=MONDAY))
    mine = RequesterFactory()
    agent = UserFactory(role="l1", tenant=mine.tenant)
    UserFactory(role="auditor")
    seeded()
    assert set(Case.objects.values_list("requester", flat=True)) == {mine.pk}
    assert set(Case.objects.values_list("owner", flat=True)) <= {agent.pk, None}
    assert not Case.objects.filter(tenant=theirs.tenant).exists()


@pytest.mark.django_db
def test_people_who_reach_no_client_are_not_enough():
    RequesterFactory()
    UserFactory(role="l1", tenant=TenantFactory())
    with pytest.raises(Refused, match="Nobody of this desk"):
        seeded()
    assert Case.objects.count() == 0


@pytest.mark.django_db
def test_not_in_production(settings, stage):
    settings.PRODUCTION = True
    with pytest.raises(Refused, match="production"):
        seeded()
    assert Case.objects.count() == 0


@pytest.mark.parametrize(
    "wrong",
    [{"cases": 0}, {"cases": -1}, {"open_share": 1.1}, {"open_share": float("nan")}, {"seed": -1}, {"processes": 0}],
)
def test_numbers_without_sense_are_refused(wrong):
    with pytest.raises(Invalid):
        seeded(**wrong)


@pytest.mark.django_db
def test_the_command():
    said = StringIO()
    call_command("seed_bulk", "--cases", "5", "--processes", "1", stdout=said)
    assert "5 cases written" in said.getvalue()
    with pytest.raises(CommandError, match="from 0 to 1"):
        call_command("seed_bulk", "--cases", "5", "--open-share", "2")
    with pytest.raises(CommandError, match="invalid int value"):
        call_command("seed_bulk", "--cases", "many")


@pytest.mark.django_db(transaction=True)
def test_several_processes_write_each_case_once():
    report, seen = seeded(2 * BATCH + 10, processes=2)
    assert (report.written, seen[-1]) == (2 * BATCH + 10, (2 * BATCH + 10, 2 * BATCH + 10))
    assert numbers() == list(range(2 * BATCH + 10))
    assert Clock.objects.filter(case_clock__isnull=True).count() == 0


@pytest.fixture
def as_owner():
    """Who may drop and build indexes, which wait for nothing that is pending; the application's role may not."""
    with connection.cursor() as cursor:
        cursor.execute("reset role")
        cursor.execute("set constraints all immediate")
        yield cursor
        cursor.execute("set role desk_app")


def built(cursor):
    """When each declared index was built, by its number in the catalogue."""
    names = [index.name for model in WRITTEN for index in model._meta.indexes]
    cursor.execute("select relname, oid from pg_class where relname = any(%s)", [names])
    return dict(cursor.fetchall())


@pytest.mark.django_db
def test_tables_that_are_as_good_as_empty_are_filled_without_their_indexes(as_owner, monkeypatch):
    monkeypatch.setattr(seeding, "MANY", SOME - 1)
    before = built(as_owner)
    seeded()
    after = built(as_owner)
    assert after.keys() == before.keys()
    assert all(after[name] != before[name] for name in before)


@pytest.mark.django_db
def test_others_keep_them(as_owner, monkeypatch):
    seeded()
    monkeypatch.setattr(seeding, "MANY", SOME - 1)
    before = built(as_owner)
    seeded(4 * SOME)
    assert built(as_owner) == before


@pytest.mark.django_db
def test_what_a_killed_run_left_away_is_built(as_owner):
    as_owner.execute("drop index cases_case_worked, cases_interaction_text")
    seeded(5)
    assert missing(WRITTEN) == []


MANY_ENOUGH = 400  # cases of which some have each kind of trace
TRACED = (Participant, ChecklistStep, TimeEntry, CaseTie, Survey, Notice, Draft, Alert, WorkingTime)


def traces():
    found = {model.__name__: model.objects.count() for model in TRACED}
    return found | {
        "canned": Interaction.objects.exclude(macro=None).count(),
        "snoozed": Case.objects.exclude(snoozed_until=None).count(),
        "back": Case.objects.exclude(woken_at=None).count(),
        "filled in": Case.objects.exclude(custom_fields={}).count(),
    }


@pytest.mark.django_db
def test_days_at_the_desk_leave_their_traces_once():
    seeded(MANY_ENOUGH, open_share=0.6)
    before = traces()
    assert min(before.values()) > 0, before
    seeded(MANY_ENOUGH, open_share=0.6)
    assert traces() == before
    assert set(Case.objects.exclude(custom_fields={}).values_list("custom_fields__bulk_area", flat=True)) == {
        *("eu", "us", "ap")
    }


@pytest.mark.django_db
def test_a_field_of_the_desk_is_filled_in(stage):
    CustomField.objects.create(key="plan", label="Plan", kind="choice", choices=["small"])
    seeded()
    assert {*Case.objects.exclude(custom_fields={}).values_list("custom_fields__plan", flat=True)} == {"small"}
    assert CustomField.objects.count() == 1
