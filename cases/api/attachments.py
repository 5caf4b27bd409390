"""`/cases/{ref}/attachments/`: files of a case, taken as multipart and given back as downloads only."""

from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cases.api.outputs import AttachmentOut
from cases.api.single import SingleCase
from cases.domain import attachments, reading
from config.api.fields import Input
from config.api.parsers import WholeMultiPartParser
from config.api.views import idempotent
from config.errors import Invalid
from tenants.domain.blobs import open_blob


class AttachmentIn(Input):
    file = serializers.FileField(max_length=200)
    public = serializers.BooleanField(required=False, help_text="Whether the client sees it; a client's own are.")


class AttachmentViewSet(SingleCase):
    parser_classes = [WholeMultiPartParser]

    @extend_schema(responses=AttachmentOut(many=True))
    def list(self, request: Request, ref: str) -> Response:
        return self.listed(AttachmentOut, reading.attachments(self.seen(ref), actor=self.actor))

    @extend_schema(request={"multipart/form-data": AttachmentIn}, responses={201: AttachmentOut})
    @idempotent
    def create(self, request: Request, ref: str) -> Response:
        """Puts a file on the case. Name its id in `attachments` of a message or move to send it along."""
        values = self.values(AttachmentIn)
        if len(request.FILES.getlist("file")) > 1:
            raise Invalid("One file a request: the others would be lost.", field="file", code="one-file")
        attachment = attachments.attach(
            case_id=self.case_id(ref),
            name=values["file"].name,
            stream=values["file"],
            public=values.get("public", self.actor.is_customer),
            by=self.actor,
            at=self.at,
        )
        return self.shown(AttachmentOut, attachment, status=201)

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiResponse(OpenApiTypes.BINARY)})
    def retrieve(self, request: Request, ref: str, attachment_id: int) -> FileResponse:
        """The file, always as a download."""
        blob = attachments.blob_of(case_id=self.case_id(ref), attachment_id=attachment_id, actor=self.actor)
        self.note([blob])
        response = FileResponse(
            open_blob(blob), as_attachment=True, filename=blob.name, content_type="application/octet-stream"
        )
        response["Content-Security-Policy"] = "sandbox; default-src 'none'"
        return response
