"""`@username` in what is for the team."""

import pytest

from cases.domain.people.mentions import usernames
from cases.models import Interaction
from config.errors import Forbidden, Invalid
from tests.factories.cases import HOUR, MONDAY, opened, says
from tests.factories.tenants import TenantFactory, UserFactory, actor

pytestmark = pytest.mark.django_db
AT = MONDAY + HOUR


@pytest.fixture
def case():
    return opened(tenant=TenantFactory(name="Acme"))


def note(case, body, *, by=None, kind="note", public=False):
    return says(case, body, by=by or actor("l1"), kind=kind, public=public, at=AT)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@ben look", {"ben"}),
        ("Ask @ben.", {"ben", "ben."}),
        ("(@ben, @ida.k)", {"ben", "ida.k"}),
        ("to ben@acme.example", set()),
        ("@@ben and a@b", set()),
        ("nobody", set()),
    ],
)
def test_what_reads_as_a_name(text, names):
    assert usernames(text) == names


def test_a_note_keeps_whom_it_names(case):
    ben = UserFactory(role="l2", username="ben")
    assert note(case, "@ben, please. Not @nobody.").data == {"mentions": [ben.pk]}
    assert note(case, "@ben", kind="action").data == {"mentions": [ben.pk]}


def test_a_reply_names_nobody(case):
    UserFactory(role="l2", username="ben")
    assert "mentions" not in note(case, "Ask @ben", kind="message", public=True).data


def test_a_colleague_without_the_client_is_refused_by_name_and_nothing_is_said(case):
    UserFactory(role="l2", username="udo", first_name="Udo", last_name="Far", tenant=TenantFactory())
    with pytest.raises(Invalid) as refused:
        note(case, "@udo look")
    assert (refused.value.message, Interaction.objects.filter(case=case, kind="note").count()) == (
        "Udo Far may not see Acme.",
        0,
    )


@pytest.mark.parametrize("role", ["l1", "lead"])
def test_l1_and_the_lead_do_not_name_l3(case, role):
    UserFactory(role="l3", username="ida", first_name="Ida", last_name="Kern", level="L3")
    with pytest.raises(Forbidden) as refused:
        note(case, "@ida look", by=actor(role))
    assert refused.value.message == "Ida Kern: L3 is reached through L2: escalate to L2 first."
    assert (refused.value.code, Interaction.objects.filter(case=case, kind="note").count()) == ("no-way-to-l3", 0)
    assert note(case, "@ida look", by=actor("l2")).data["mentions"]


def test_eleven_at_once_are_too_many(case):
    names = [UserFactory(role="l2").username for _ in range(11)]
    with pytest.raises(Invalid) as refused:
        note(case, " ".join(f"@{name}" for name in names))
    assert refused.value.extra["errors"][0]["code"] == "too-many"
