"""Why a promise ends when it does, in the words that the client would be told."""

from django.http import HttpRequest, HttpResponse

from cases.domain import reading
from cases.pages.desk.base import DeskPage
from cases.pages.desk.clock_face import face_of
from sla.domain.explain import explain
from tenants.domain.access_log import note_view


class ExplainPage(DeskPage):
    template_name = "cases/desk/explain.html"

    def get(self, request: HttpRequest, pk: int, clock: int) -> HttpResponse:
        case = reading.case_header(case_id=pk, actor=self.actor)
        shown = reading.clock_of(case, clock_id=clock, at=self.at)
        note_view(request, [case.tenant_id], 1)
        face = face_of(shown, at=self.at)
        context = self.get_context_data(
            title=f"{face.label} · {case.reference}", case=case, face=face, told=explain(clock, at=self.at)
        )
        return self.render_to_response(context)
