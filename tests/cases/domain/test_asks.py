"""What a move asks for, and how it says that it is missing."""

import pytest

from cases.domain import intake, lifecycle
from cases.domain.resolution import prefill
from cases.models import Case, Category
from config.errors import Invalid, Refused, Stale
from tests.factories.cases import DAY, HOUR, MONDAY, RESOLUTION, opened, says, worked_to
from tests.factories.tenants import RequesterFactory, TenantFactory, actor

pytestmark = pytest.mark.django_db


@pytest.fixture
def l2():
    return actor("l2", at=MONDAY)


def fields(refusal):
    return [error["field"] for error in refusal.value.extra["errors"]]


def test_resolve_names_all_that_is_missing(l2):
    case = worked_to("in_progress", by=l2)
    with pytest.raises(Invalid) as refusal:
        lifecycle.resolve(case_id=case.pk, by=l2, at=MONDAY + DAY)
    assert fields(refusal) == ["summary", "validated", "evidence", "preventive_actions"]
    assert Case.objects.get(pk=case.pk).version == case.version


@pytest.mark.parametrize("missing", list(RESOLUTION))
def test_resolve_without_one_of_four(l2, missing):
    case = worked_to("in_progress", by=l2)
    given = {name: value for name, value in RESOLUTION.items() if name != missing}
    with pytest.raises(Invalid) as refusal:
        lifecycle.resolve(case_id=case.pk, by=l2, at=MONDAY + DAY, **given)
    assert fields(refusal) == [missing]


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("evidence", [""]),
        ("evidence", [7]),
        ("evidence", [{"attachment": 999}]),
        ("evidence", [{"attachment": True}]),
        ("evidence", [{"picture": "x"}]),
        ("evidence", [{}]),
        ("preventive_actions", [""]),
        ("preventive_actions", ""),
        ("preventive_actions", [None]),
        ("summary", "   "),
    ],
)
def test_resolve_with_a_bad_answer(l2, name, bad):
    case = worked_to("in_progress", by=l2)
    with pytest.raises(Invalid) as refusal:
        lifecycle.resolve(case_id=case.pk, by=l2, at=MONDAY + DAY, **{**RESOLUTION, name: bad})
    assert fields(refusal) == [name]


def test_what_a_resolution_keeps(l2):
    case = worked_to("in_progress", by=l2)
    case = lifecycle.resolve(
        case_id=case.pk, by=l2, at=MONDAY + DAY, **{**RESOLUTION, "preventive_actions": "None needed"}
    )
    case.refresh_from_db()
    assert case.resolution_evidence == [
        {"kind": "text", "value": "trace 4bf92f"},
        {"kind": "link", "value": "https://grafana.example/d/1"},
    ]
    assert case.resolution_preventive_actions == "none needed"
    assert (case.resolved_as, case.resolved_at) == ("solved", MONDAY + DAY)


def test_a_how_to_resolves_with_its_last_answer(l2):
    case = worked_to("in_progress", by=l2, category="how-to")
    assert prefill(case) == {
        "summary": "",
        "validated": "",
        "evidence": [],
        "preventive_actions": "none needed",
    }
    says(case, "Click on Export.", by=l2, at=MONDAY + 2 * HOUR)
    case = lifecycle.resolve(case_id=case.pk, by=l2, at=MONDAY + DAY)
    assert (case.resolution_summary, case.resolution_preventive_actions) == ("Click on Export.", "none needed")


def test_a_how_tos_own_summary_is_its_answer(l2):
    case = worked_to("in_progress", by=l2, category="how-to")
    case = lifecycle.resolve(case_id=case.pk, summary="Click on Export.", by=l2, at=MONDAY + DAY)
    assert (case.resolution_summary, case.resolution_validated) == ("Click on Export.", "The question was answered.")
    assert case.resolution_evidence == [{"kind": "text", "value": "The answer is the resolution."}]


def test_a_how_to_without_an_answer_still_asks(l2):
    case = worked_to("in_progress", by=l2, category="how-to")
    with pytest.raises(Invalid) as refusal:
        lifecycle.resolve(case_id=case.pk, by=l2, at=MONDAY + DAY)
    assert fields(refusal) == ["summary", "validated", "evidence"]


@pytest.mark.parametrize(
    ("status", "move", "field"),
    [("in_progress", "wait", "ask"), ("resolved", "reject", "reason"), ("closed", "reopen", "reason")],
)
def test_words_are_needed(l2, status, move, field):
    case = worked_to(status, by=l2)
    with pytest.raises(Invalid) as refusal:
        getattr(lifecycle, move)(case_id=case.pk, by=l2, at=MONDAY + DAY, **{field: "  "})
    assert fields(refusal) == [field]


def test_duplicate_of_what(l2):
    case = worked_to("in_progress", by=l2)
    other = opened(tenant=case.tenant)
    foreign = opened()
    for of in (None, case.pk, foreign.pk, 10**9):
        with pytest.raises(Invalid) as refusal:
            lifecycle.close(case_id=case.pk, as_="duplicate", of=of, reason="Twice", by=l2, at=MONDAY + DAY)
        assert fields(refusal) == ["of"]
    closed = lifecycle.close(case_id=case.pk, as_="duplicate", of=other.pk, reason="Twice", by=l2, at=MONDAY + DAY)
    assert (closed.closed_as, closed.duplicate_of_id) == ("duplicate", other.pk)
    with pytest.raises(Invalid):
        lifecycle.close(case_id=other.pk, as_="duplicate", of=case.pk, reason="Twice", by=l2, at=MONDAY + DAY)


def test_stale_version_is_refused(l2):
    case = opened()
    lifecycle.accept(case_id=case.pk, by=l2, at=MONDAY + HOUR, expected_version=case.version)
    with pytest.raises(Stale):
        lifecycle.start(case_id=case.pk, by=l2, at=MONDAY + DAY, expected_version=case.version)
    assert Case.objects.get(pk=case.pk).status == "triage"


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("subject", "  "),
        ("subject", "x" * 501),
        ("severity", "sev9"),
        ("category", "no-such"),
        ("category", 999_999),
        ("tags", [""]),
        ("tags", ["x"] * 1 + ["y" * 81]),
        ("trace_links", ["javascript:alert(1)"]),
        ("trace_links", ["http://["]),
        ("telemetry", {"x": "y" * 70_000}),
        ("resource_ids", [999_999]),
        ("external", {"system": "", "id": "1"}),
        ("priority", "P9"),
        ("opened_by", "them"),
    ],
)
def test_intake_names_the_wrong_field(l2, name, bad):
    tenant = TenantFactory()
    requester = RequesterFactory(tenant=tenant)
    with pytest.raises(Invalid) as refusal:
        intake.open_case(
            tenant_id=tenant.pk,
            requester=requester.pk,
            by=l2,
            at=MONDAY,
            **{"subject": "Late", "description": "", name: bad},
        )
    assert fields(refusal) == ["resources" if name == "resource_ids" else name]
    assert not Case.objects.exists()


def test_one_case_for_each_external_id(l2):
    case = opened(external={"system": "zendesk", "id": "42"})
    with pytest.raises(Refused) as refusal:
        opened(external={"system": "zendesk", "id": "42"})
    assert refusal.value.code == "external-taken"
    assert list(Case.objects.values_list("pk", flat=True)) == [case.pk]
    opened(external={"system": "salesforce", "id": "42"})


def test_requesters_are_known_by_address(l2):
    known = RequesterFactory(email="ann@client.example")
    case = intake.open_case(
        tenant_id=known.tenant_id, requester={"email": "ANN@client.example"}, subject="Late", description="", by=l2,
        at=MONDAY,
    ).case  # fmt: skip
    assert case.requester_id == known.pk
    for bad in ({"email": "nobody"}, RequesterFactory().pk):
        with pytest.raises(Invalid) as refusal:
            intake.open_case(tenant_id=known.tenant_id, requester=bad, subject="Late", description="", by=l2, at=MONDAY)
        assert fields(refusal) == ["requester"]


def test_a_merged_category_stands_for_its_root(l2):
    root = Category.objects.get(slug="ingestion")
    Category.objects.create(slug="old", name="Old", merged_into=root)
    assert opened(category="old").category == root
