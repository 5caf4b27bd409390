"""`/cases/{ref}/incidents/`: which incidents a case is tied to."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from cases.api.inputs import IncidentLinkIn
from cases.api.outputs import CaseOut
from cases.api.single import SingleCase
from cases.domain import incident_links
from config.api.fields import Nothing
from config.api.references import id_of
from config.api.views import conditional, idempotent


class IncidentLinkViewSet(SingleCase):
    @extend_schema(request=IncidentLinkIn, responses=CaseOut)
    @conditional
    @idempotent
    def create(self, request: Request, ref: str) -> Response:
        """Ties an incident to the case, or declares one from it. Tying twice changes nothing."""
        values = self.values(IncidentLinkIn)
        if "declare" in values:
            case_id = self.case_id(ref)
            incident_links.declare_incident_for(case_id=case_id, by=self.actor, at=self.at, **values["declare"])
            return self.one(case_id)
        return self._tied(incident_links.link_incident, ref, values["incident"])

    @extend_schema(responses={200: CaseOut})
    @conditional
    def destroy(self, request: Request, ref: str, incident: str) -> Response:
        """Unties it; a tie that was made by itself does not come back. 409 `not-linked` where there is none."""
        self.values(Nothing)
        return self._tied(incident_links.unlink_incident, ref, id_of(incident, prefix="INC"))

    def _tied(self, door, ref: str, incident_id: int) -> Response:
        case = door(
            case_id=self.case_id(ref),
            incident_id=incident_id,
            by=self.actor,
            at=self.at,
            expected_version=self.expected_version,
        )
        return self.one(case.pk)
