"""`/cases/{ref}/incidents/`: tying, untying, and what can't be untied."""

from cases.models import CaseIncident
from tests.cases.api.conftest import opened
from tests.factories.api import Api, desk_state
from tests.factories.incidents import IncidentFactory
from tests.factories.tenants import UserFactory


def test_an_incident_is_tied_and_untied_once(world):
    case, incident = opened(world.l1), IncidentFactory(tenants=[world.acme])
    path = f"/cases/{case['reference']}/incidents/"
    tied = world.l1.post(path, {"incident": incident.reference})
    assert (tied.status_code, [one["reference"] for one in tied.json()["incidents"]]) == (200, [incident.reference])
    untied = world.l1.delete(f"{path}{incident.reference}/")
    assert (untied.status_code, untied.json()["incidents"]) == (200, [])
    before = desk_state()
    again = world.l1.delete(f"{path}{incident.reference}/")
    assert (again.status_code, again.json()["code"]) == (409, "not-linked")
    assert desk_state() == before


def test_what_is_not_tied_or_not_there_can_not_be_untied(world):
    of_acme = Api(UserFactory(role="l1", tenant=world.acme))
    case, other = opened(world.l1), opened(world.l1, subject="Another one")
    elsewhere, hidden = IncidentFactory(tenants=[world.acme]), IncidentFactory(tenants=[world.neighbour])
    world.l1.post(f"/cases/{other['reference']}/incidents/", {"incident": elsewhere.reference})
    path = f"/cases/{case['reference']}/incidents"
    before = desk_state()
    refused = world.l1.delete(f"{path}/{elsewhere.reference}/")
    assert (refused.status_code, refused.json()["code"], refused.json()["detail"]) == (
        *(409, "not-linked"),
        f"{elsewhere.reference} is not linked to {case['reference']}.",
    )
    for api, reference in ((world.l1, "INC-999999"), (of_acme, hidden.reference)):
        absent = api.delete(f"{path}/{reference}/")
        assert (absent.status_code, absent.json()["code"]) == (404, "not-found")
    assert desk_state() == before
    assert CaseIncident.objects.get(removed_at=None).incident_id == elsewhere.pk
