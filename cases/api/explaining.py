"""`/cases/{ref}/clocks/{kind}/explain/`: a promise in words."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from cases.api.outputs import ExplanationOut
from cases.api.single import SingleCase
from cases.domain import reading
from cases.enums import ClockKind
from config.errors import Invalid
from sla.domain.explain import explain


class ExplainViewSet(SingleCase):
    @extend_schema(
        responses=ExplanationOut,
        parameters=[
            OpenApiParameter("kind", OpenApiTypes.STR, OpenApiParameter.PATH, enum=ClockKind.values),
            OpenApiParameter(
                "window", {"type": "integer", "minimum": 1, "maximum": 9999}, description="The latest one when absent."
            ),
        ],
    )
    def retrieve(self, request: Request, ref: str, kind: str) -> Response:
        """How the promise came about and where it stands, in words a client can read."""
        raw = request.query_params.get("window")
        if raw is not None and not (raw.isascii() and raw.isdigit() and len(raw) <= 4):
            raise Invalid("A whole number from 1.", field="window", code="invalid")
        case = self.seen(ref)
        window = None if raw is None else int(raw)
        clock_id = reading.clock_id_of(case, kind=kind, window=window)
        self.note([case])
        return self.shown(ExplanationOut, explain(clock_id, at=self.at))
