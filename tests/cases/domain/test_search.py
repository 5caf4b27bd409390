"""Words find what was said, asked and named; nobody finds what they may not read."""

import pytest

from cases.domain import merging, search
from cases.domain.side import talks
from cases.models import Case
from tenants.domain.actors import actor_of_requester
from tests.factories.cases import HOUR, MONDAY, customer, opened, says
from tests.factories.tenants import RequesterFactory, TenantFactory, actor

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme():
    return TenantFactory(slug="acme", name="Acme")


@pytest.fixture
def desk(acme):
    """Three cases of Acme by what sets each apart, and one of a neighbour's that says it all."""
    asks = RequesterFactory(tenant=acme, name="Zoë Quill", email="zoe@acme.example")
    late = opened(tenant=acme, subject="Ingestion is late", description="Grüße: nothing since 06:00 (UTC).")
    sign_in = opened(tenant=acme, subject="Sign-in loops", error_ids=["AUTH-302"])
    invoices = opened(requester=asks, subject="Two invoices", description="One too many.")
    says(sign_in, "It is the proxy's fault, isn't it?")
    says(sign_in, "Their proxy caches the redirect", by=actor("l2"), kind="note", public=False)
    other = opened(tenant=TenantFactory(name="Neighbour"), subject="Ingestion invoices proxy", error_ids=["AUTH-302"])
    return {"late": late.pk, "sign_in": sign_in.pk, "invoices": invoices.pk, "other": other.pk}


def found(words, desk, by):
    names = {pk: name for name, pk in desk.items()}
    cases = search.narrowed_by(words, Case.objects.visible_to(by).order_by("pk"), actor=by)
    return [names[pk] for pk in cases.values_list("pk", flat=True)]


@pytest.mark.parametrize(
    ("words", "cases"),
    [
        ("ingestion", ["late"]),
        ("INGEST", ["late"]),
        ("ing", []),  # too short for a beginning
        ("late ingestion", ["late"]),
        ('"is late"', ["late"]),
        ('"late is"', []),
        ("grüße", ["late"]),
        ("06:00", ["late"]),
        ("proxy", ["sign_in"]),
        ("caches redirect", ["sign_in"]),
        ("auth-302", ["sign_in"]),
        ("Quill", ["invoices"]),
        ("zoe@acme", ["invoices"]),
        ("Acme", ["late", "sign_in", "invoices"]),
        ("invoices proxy", []),  # each in another case
        ("  ", ["late", "sign_in", "invoices"]),
        ("it's (a) | & ! \\ :* ' <->", []),
        ("'", []),
        ('"', []),
        ("\\", []),
    ],
)
def test_words_find_within_the_readers_tenants(words, cases, desk, acme):
    assert found(words, desk, actor("l2", tenant=acme)) == cases


def test_a_reference_and_a_number_find_the_case(desk, acme):
    by = actor("l1", tenant=acme)
    assert found(f"case-{desk['late']}", desk, by) == found(str(desk["late"]), desk, by) == ["late"]
    assert found(f"CASE-{desk['other']}", desk, by) == []


def test_a_client_finds_their_own_public_part(desk):
    zoe = customer(Case.objects.get(pk=desk["invoices"]))
    asked = customer(Case.objects.get(pk=desk["sign_in"]))
    assert [found(words, desk, zoe) for words in ("invoices", "proxy", "Acme", "AUTH-302")] == [
        ["invoices"],
        [],
        [],
        [],
    ]
    assert [found(words, desk, asked) for words in ("fault", "caches", "redirect")] == [["sign_in"], [], []]


def test_old_and_new_stretches_are_searched(desk, acme):
    """A case far from the newest numbers is found as well as one among them."""
    far = Case.objects.get(pk=desk["late"])
    far.pk = desk["late"] + (20 << 16)
    far.subject = "Telescope"
    Case.objects.bulk_create([far])
    desk["far"] = far.pk
    by = actor("l2", tenant=acme)
    assert [found(words, desk, by) for words in ("ingestion", "telescope")] == [["late"], ["far"]]


def test_a_statement_for_whole_words_and_names_two_for_beginnings(desk, acme, django_assert_num_queries):
    by = actor("l2", tenant=acme)
    with django_assert_num_queries(4):
        found("ingestion", desk, by)


def test_of_a_common_word_all_of_a_short_list_is_found(acme, monkeypatch):
    """By an index, or of one client; else only the newest."""
    monkeypatch.setattr(search, "ENOUGH", 2)
    monkeypatch.setattr(search, "NEWEST", 2)
    by = actor("l2", tenant=acme)
    mine, told = opened(tenant=acme, subject="An old invoice"), opened(tenant=acme, subject="Told")
    says(told, "The invoice of June")
    other = TenantFactory()
    newer = [opened(tenant=other, subject="Invoice") for _ in range(3)]
    everybody, every = actor("l2"), Case.objects.order_by("pk")
    assert [*search.narrowed_by("invoice", every, actor=everybody)] == [told, *newer[1:]]
    assert search.matches("invoice", every, actor=everybody).cut
    hers = every.filter(pk__in=[mine.pk, newer[0].pk])
    assert [*search.narrowed_by("invoice", hers, actor=everybody, short=True)] == [mine, newer[0]]
    assert [*search.narrowed_by("invoice", every, actor=everybody, tenant_ids=[acme.pk])] == [mine, told]
    assert [*search.narrowed_by("invoice", every.filter(tenant=acme), actor=by, short=True)] == [mine, told]
    monkeypatch.setattr(search, "SHORT", 1)
    assert [*search.narrowed_by("invoice", hers, actor=everybody, short=True)] == []


def test_a_client_does_not_find_what_a_colleague_wrote_to_a_merged_case(acme):
    ann, bob = (RequesterFactory(tenant=acme, name=name) for name in ("Ann", "Bob"))
    boss = RequesterFactory(tenant=acme, name="Boss", sees_all_tenant_cases=True)
    root, gone = opened(requester=ann, subject="Hers"), opened(requester=bob, subject="His")
    own = opened(requester=ann, subject="Hers, too")
    for case in (gone, own):
        merging.merge(case_id=case.pk, into=root.pk, by=actor("l2"), at=MONDAY + HOUR)
    says(gone, "The payroll is wrong", at=MONDAY + 2 * HOUR)
    says(own, "The turnstile is stuck", at=MONDAY + 2 * HOUR)
    desk = {"root": root.pk, "gone": gone.pk, "own": own.pk}
    assert [found(word, desk, actor_of_requester(ann)) for word in ("payroll", "turnstile")] == [[], ["root"]]
    assert [found(word, desk, actor_of_requester(boss)) for word in ("payroll", "turnstile")] == [["root"]] * 2
    assert found("payroll", desk, actor("l2")) == ["root"]


def test_what_is_said_beside_a_case_finds_it_for_our_people_alone(desk, acme):
    sign_in = Case.objects.get(pk=desk["sign_in"])
    mira, at = actor("l2", tenant=acme), MONDAY + HOUR
    outside = {"address": "vera@supplier.example", "name": "Vera"}
    talk = talks.start(case_id=sign_in.pk, subject="Gateway", body="Is it the turbine?", by=mira, at=at, **outside)
    talks.hear(talk_id=talk.pk, body="The flywheel broke", at=at)
    boss = RequesterFactory(tenant=acme, name="Boss", sees_all_tenant_cases=True)
    clients = [customer(sign_in), actor_of_requester(boss)]
    for words in ("turbine", "flywhe", "is flywheel broke", '"flywheel broke"'):
        assert found(words, desk, mira) == ([] if words.startswith("is") else ["sign_in"])  # each in another text
        for reader in (*clients, actor("l2", tenant=TenantFactory())):
            assert found(words, desk, reader) == []
    theirs = Case.objects.filter(tenant=acme)
    assert [*search.narrowed_by("flywheel", theirs, actor=mira, tenant_ids=[acme.pk])] == [sign_in]
    assert [*search.narrowed_by("flywheel", theirs, actor=mira, short=True)] == [sign_in]
    elsewhere = Case.objects.get(pk=desk["other"]).tenant_id
    assert [*search.narrowed_by("flywheel", Case.objects.all(), actor=actor("l2"), tenant_ids=[elsewhere])] == []
