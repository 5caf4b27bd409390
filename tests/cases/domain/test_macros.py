"""Canned answers: who may use which, what is suggested and why, what one says, and that its use is counted."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError

from cases.domain import lifecycle, macros, talking
from cases.domain.desk.workspace import latest_health
from cases.domain.macros import Reason
from cases.domain.taking_back import take_back
from cases.models import Case, Category, Interaction, Macro
from config.errors import Absent
from incidents.models import Runbook
from tenants.domain.actors import SYSTEM, actor_of_user
from tenants.models import HealthSnapshot, User
from tests.factories.api import desk_state
from tests.factories.cases import HOUR, MINUTE, MONDAY, customer, macro, opened, says, worked_to
from tests.factories.incidents import RunbookFactory
from tests.factories.tenants import GrantFactory, RequesterFactory, TenantFactory, UserFactory, actor

pytestmark = pytest.mark.django_db
KINDS = {"access", "ingestion", "billing", "interface"}


@pytest.fixture
def acme():
    return TenantFactory(slug="acme", name="Acme", time_zone="Europe/Berlin")


@pytest.fixture
def ana(acme):
    return RequesterFactory(tenant=acme, name="Ana Novak", time_zone="Europe/Berlin")


@pytest.fixture
def only():
    """The desk's own first macros are switched off."""
    Macro.objects.update(active=False)


def offered(case, by, at=MONDAY):
    case = Case.objects.select_related("category").get(pk=case.pk)
    return macros.offers(case, health=latest_health(case.tenant_id, at=at), actor=by)


def suggested(case, by, at=MONDAY):
    return {offer.macro.name: offer.reasons for offer in offered(case, by, at) if offer.reasons}


# --- What a desk begins with ----------------------------------------------------------------------------------------
def test_a_desk_begins_with_two_of_each_kind_in_two_languages():
    found = [(one.for_category.slug, sorted(one.texts), one.active) for one in Macro.objects.all()]
    assert sorted(found) == sorted((kind, ["de", "en"], True) for kind in KINDS for _ in range(2))
    assert [problem for one in Macro.objects.all() for problem in macros.problems(vars(one))] == []


# --- Who may use which ----------------------------------------------------------------------------------------------
ROLES = {
    "l1": {"all", "L1"},
    "l2": {"all", "engineers"},
    "l3": {"all", "engineers"},
    "po": {"all", "engineers"},
    "lead": {"all", "leads"},
    "auditor": set(),
    "admin": set(),
}


@pytest.mark.parametrize(("role", "names"), ROLES.items())
def test_a_macro_is_there_for_the_roles_that_it_names(only, acme, role, names):
    made = {
        name: macro(name=name, roles=roles)
        for name, roles in {"all": [], "L1": ["l1"], "engineers": ["l2", "l3", "po"], "leads": ["lead"]}.items()
    }
    macro(name="off", active=False)
    case = opened(tenant=acme)
    by = actor(role, tenant=acme)
    assert {offer.macro.name for offer in offered(case, by)} == names
    for name, one in made.items():
        if name in names:
            assert macros.take(case, macro_id=one.pk, by=by, at=MONDAY).macro == one
        else:
            with pytest.raises(Absent):
                macros.take(case, macro_id=one.pk, by=by, at=MONDAY)


def test_a_role_at_one_client_opens_nothing_at_another(only, acme):
    macro(name="engineers", roles=["l2"])
    other = TenantFactory()
    user = UserFactory(role="l1", tenant=acme)
    GrantFactory(user=user, role="l2", tenant=other)
    by = actor_of_user(User.objects.get(pk=user.pk), at=MONDAY)
    assert offered(opened(tenant=acme), by) == []
    assert [offer.macro.name for offer in offered(opened(tenant=other), by)] == ["engineers"]


def test_lists_hold_what_one_may_use_and_all_for_who_keeps_them(only):
    macro(name="all")
    macro(name="engineers", roles=["l2"])
    Macro.objects.filter(active=False).delete()
    known = {role: set(Macro.objects.visible_to(actor(role)).values_list("name", flat=True)) for role in ROLES}
    both = {"all", "engineers"}
    assert known == {
        **{"l1": {"all"}, "l2": both, "l3": {"all"}, "po": both, "lead": both},
        **{"auditor": set(), "admin": set()},
    }


def test_a_client_has_none(acme, ana):
    case = opened(requester=ana)
    assert offered(case, customer(case)) == []
    with pytest.raises(Absent):
        macros.take(case, macro_id=macro().pk, by=customer(case), at=MONDAY)


def test_one_that_was_switched_off_is_not_taken(acme):
    case, off = opened(tenant=acme), macro(active=False)
    with pytest.raises(Absent):
        macros.take(case, macro_id=off.pk, by=actor("l1"), at=MONDAY)


# --- What is suggested, and why -------------------------------------------------------------------------------------
def test_suggestions_say_why_and_the_closest_comes_first(only, acme):
    ingestion = Category.objects.get(slug="ingestion")
    macro(name="by category", for_category=ingestion)
    macro(name="by error", error_codes=["ing-503", "ING-1"])
    macro(name="by both", error_codes=["ING-503"], for_category=ingestion)
    macro(name="by health", health="amber", health_of="ingest")
    macro(name="by worse health", health="red", health_of="ingest")
    macro(name="by other health", health="amber", health_of="sign-in")
    macro(name="by another error", error_codes=["ING-5031"])
    HealthSnapshot.objects.create(
        *(), tenant=acme, kind="sli", name="Ingest success", value="97", threshold="99", status="amber",
        taken_at=MONDAY, received_at=MONDAY,
    )  # fmt: skip
    case = opened(tenant=acme, category="ingestion", error_ids=["ING-503", "X-1"])
    by = actor("l1")
    error, category = Reason("error", "ING-503"), Reason("category", ingestion.name)
    assert list(suggested(case, by).items()) == [
        ("by both", (error, category)),
        ("by error", (error,)),
        ("by health", (Reason("health", "amber: Ingest success"),)),
        ("by category", (category,)),
    ]
    assert len(offered(case, by)) == 7
    assert "by health" not in suggested(case, by, at=MONDAY + timedelta(days=2))


@pytest.mark.parametrize("count", [1, 3])
def test_suggestions_are_read_in_one_statement(only, acme, django_assert_num_queries, count):
    for _n in range(count):
        macro(error_codes=["ING-503"], runbook=RunbookFactory(), for_category=Category.objects.get(slug="ingestion"))
    case = Case.objects.select_related("category").get(pk=opened(tenant=acme, error_ids=["ING-503"]).pk)
    by = actor("l1")
    with django_assert_num_queries(1):
        found = macros.offers(case, health=[], actor=by)
        told = [(offer.macro.docs, offer.macro.send_as, offer.runbook.title, offer.reasons) for offer in found]
    assert len(told) == count


def test_a_runbook_of_another_client_is_not_told(only, acme):
    runbook = RunbookFactory()
    macro(name="tied", runbook=runbook)
    case, by = opened(tenant=acme), actor("l1")
    assert [offer.runbook for offer in offered(case, by)] == [runbook]
    Runbook.objects.update(tenant=TenantFactory())
    assert [offer.runbook for offer in offered(case, by)] == [None]


# --- What one says --------------------------------------------------------------------------------------------------
def test_a_macro_in_the_words_of_a_case(acme, ana):
    one = macro(
        "{{ requester.first_name }}, {{ requester.name }}, {{ tenant.name }}, {{ case.reference }}, "
        "{{ case.subject }}, {{ agent.name }}\n{{ docs }}\n{{ nobody.knows }}",
        docs=[{"url": "https://docs.example/1", "title": "One"}, {"url": "https://docs.example/2", "title": ""}],
    )
    case, by = opened(requester=ana, subject="Late"), actor("l1", first_name="Mira")
    before = desk_state()
    taken = macros.take(case, macro_id=one.pk, by=by, at=MONDAY)
    assert taken.text.split("\n") == [
        f"Ana, Ana Novak, Acme, {case.reference}, Late, Mira Last",
        "One https://docs.example/1",
        "https://docs.example/2",
        "{{ nobody.knows }}",
    ]
    assert (taken.unknown, desk_state()) == (("{{ nobody.knows }}",), before)


@pytest.mark.parametrize(
    ("language", "text"),
    [("en", "Hello Ana"), ("de", "Hallo Ana"), ("de-AT", "Hallo Ana"), ("fr", "Hello Ana")],
)
def test_who_asked_reads_their_own_language_or_the_desks(acme, language, text):
    one = macro("Hello {{ requester.first_name }}", deutsch="Hallo {{ requester.first_name }}")
    case = opened(requester=RequesterFactory(tenant=acme, name="Ana Novak", language=language))
    assert macros.take(case, macro_id=one.pk, by=actor("l1"), at=MONDAY).text == text


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_next_update_is_a_time_that_the_policy_promises_in_their_zone(acme, language):
    one = macro("by {{ next_update }}", deutsch="bis {{ next_update }}")
    person = RequesterFactory(tenant=acme, language=language, time_zone="Europe/Berlin")
    case, by = opened(requester=person, priority="P2"), actor("l1")
    at = MONDAY + 7 * MINUTE
    due = macros.next_update(case, at=at)
    assert due > at
    assert due.minute % 5 == 0
    assert due.second == 0
    said = macros.take(case, macro_id=one.pk, by=by, at=at).text
    local = due.astimezone(ZoneInfo("Europe/Berlin"))
    assert f"{local:%H:%M}" in said
    assert said.startswith("by " if language == "en" else "bis ")
    assert ("CET" in said) == (language == "en")
    assert ("Uhr" in said) == (language == "de")


# --- Sending what one became ----------------------------------------------------------------------------------------
def uses(one):
    found = Macro.objects.with_use(counted_to=2).get(pk=one.pk)
    return found.used, found.last_use and found.last_use["by"]


def test_a_sent_message_counts_once_and_sets_what_the_macro_sets(acme):
    one = macro(sets_category=Category.objects.get(slug="ingestion"), sets_tags=["late", "eu-1"])
    case, by = opened(tenant=acme, tags=["late"]), actor("l1", first_name="Mira")
    assert uses(one) == (0, None)
    said = says(case, "Edited by hand.", by=by, macro_id=one.pk)
    case = Case.objects.get(pk=case.pk)
    assert (said.macro_id, case.tags, case.category.slug, uses(one)) == (
        *(one.pk, ["late", "eu-1"], "ingestion"),
        (1, "Mira Last"),
    )
    assert Interaction.objects.get(kind="system").body == "Tags: late → late, eu-1; Category: none → Data ingestion"
    version = case.version
    says(case, "Without one.", by=by, at=MONDAY + 2 * HOUR)
    assert (uses(one), Case.objects.get().version) == ((1, "Mira Last"), version + 1)
    says(
        case,
        "For us.",
        by=actor("l2", first_name="Ben"),
        at=MONDAY + 3 * HOUR,
        kind="note",
        public=False,
        macro_id=one.pk,
    )
    says(case, "Again.", by=by, at=MONDAY + 4 * HOUR, macro_id=one.pk)
    says(case, "And again.", by=by, at=MONDAY + 5 * HOUR, macro_id=one.pk)
    assert uses(one) == (3, "Mira Last")  # one more than it was counted to


@pytest.mark.parametrize("door", ["wait", "resolve"])
def test_sent_as_waiting_or_resolved_it_counts_as_well_and_taken_back_it_does_not(acme, door):
    one = macro(sets_tags=["late"])
    by = actor("l2")
    case = worked_to("in_progress", case=opened(tenant=acme), by=by)
    words = {
        "wait": {"ask": "Which?"},
        "resolve": {"summary": "S", "validated": "V", "evidence": ["x"], "preventive_actions": "none needed"},
    }[door]
    at = MONDAY + 2 * HOUR
    getattr(lifecycle, door)(case_id=case.pk, by=by, at=at, macro_id=one.pk, **words)
    assert (uses(one)[0], Case.objects.get().tags) == (1, ["late"])
    take_back(case_id=case.pk, by=by, at=at + MINUTE)
    assert (uses(one), Case.objects.get().tags) == ((0, None), [])


def test_a_merged_category_stands_for_where_it_went(acme):
    old = Category.objects.create(slug="old", name="Old", merged_into=Category.objects.get(slug="billing"))
    case = opened(tenant=acme)
    says(case, "x", by=actor("l1"), macro_id=macro(sets_category=old).pk)
    assert Case.objects.get().category.slug == "billing"


def test_a_macro_of_others_is_not_sent(acme):
    one, case, by = macro(roles=["l2"]), opened(tenant=acme), actor("l1")
    before = desk_state()
    for number in (one.pk, 987_654_321):
        with pytest.raises(Absent):
            says(case, "x", by=by, macro_id=number)
        with pytest.raises(Absent):
            lifecycle.wait(case_id=case.pk, ask="x", send_as=True, macro_id=number, by=by, at=MONDAY + HOUR)
    assert desk_state() == before


def test_one_that_was_switched_off_after_it_was_taken_still_goes_and_counts(acme):
    one, case = macro(), opened(tenant=acme)
    Macro.objects.filter(pk=one.pk).update(active=False)
    says(case, "x", by=actor("l1"), macro_id=one.pk)
    assert uses(one)[0] == 1
    with pytest.raises(ProtectedError):
        one.delete()


def test_the_desk_itself_may_use_each(only, acme):
    macro(name="engineers", roles=["l2"])
    assert [offer.macro.name for offer in offered(opened(tenant=acme), SYSTEM)] == ["engineers"]


# --- What may be saved ----------------------------------------------------------------------------------------------
GOOD = {"public": True, "texts": {"en": "Hello {{ tenant.name }}"}}
WRONG = [
    ({"texts": {}}, "texts"),
    ({"texts": {"de": "Hallo"}}, "texts"),
    ({"texts": {"en": "{{ tenant.arr }}"}}, "texts"),
    ({"texts": {"en": "Hello", "de": "{{ was }}"}}, "texts"),
    ({"public": False, "send_as": "waiting"}, "send_as"),
    ({"validated": "Seen"}, "validated"),
    ({"send_as": "waiting", "evidence": ["x"]}, "evidence"),
    ({"health_of": "ingest"}, "health_of"),
]


def test_what_is_right_has_no_problems():
    gates = {"send_as": "resolved", "validated": "Seen", "evidence": ["x"], "preventive_actions": ["y"]}
    watched = {"health": "red", "health_of": "ingest", "runbook": RunbookFactory()}
    assert macros.problems(GOOD) == macros.problems(GOOD | gates) == macros.problems(GOOD | watched) == []


@pytest.mark.parametrize(("given", "field"), WRONG)
def test_what_is_wrong_is_said_on_its_field(given, field):
    assert [problem["field"] for problem in macros.problems(GOOD | given)] == [field]


def test_a_runbook_for_one_client_is_not_the_desks():
    [problem] = macros.problems(GOOD | {"runbook": RunbookFactory(tenant=TenantFactory())})
    assert problem["field"] == "runbook"


@pytest.mark.parametrize(
    "columns",
    [
        {"texts": {"de": "Hallo"}},
        {"public": False, "send_as": "waiting"},
        {"validated": "Seen"},
        {"health_of": "ingest"},
        {"name": "Display: right again after a reload"},
    ],
)
def test_the_database_holds_to_it_as_well(columns):
    with pytest.raises(IntegrityError), transaction.atomic():
        macro(**{"name": "New", **columns})


# --- Two at once ----------------------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_two_agents_send_the_same_macro_at_once():
    acme = TenantFactory()
    one, cases = macro(sets_tags=["late"]), [opened(tenant=acme) for _ in range(2)]
    people = [actor("l1", at=MONDAY), actor("l2", at=MONDAY)]
    barrier = Barrier(2)

    def send(case, by):
        barrier.wait()
        try:
            talking.add_interaction(
                case_id=case.pk, kind="message", public=True, body="Hello.", macro_id=one.pk, by=by, at=MONDAY + HOUR
            )
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(send, cases, people))
    assert Macro.objects.with_use(counted_to=9).get(pk=one.pk).used == 2
    assert [case.tags for case in Case.objects.order_by("pk")] == [["late"], ["late"]]
