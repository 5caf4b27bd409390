"""A file of a case, for who may see the case: always as a download, never shown in the page's own name."""

from django.http import FileResponse, HttpRequest

from cases.domain.attachments import blob_of
from cases.pages.desk.base import DeskPage
from tenants.domain.access_log import note_view
from tenants.pages.downloads import download


class FilePage(DeskPage):
    def get(self, request: HttpRequest, pk: int, file: int) -> FileResponse:
        blob = blob_of(case_id=pk, attachment_id=file, actor=self.actor)
        note_view(request, [blob.tenant_id], 1)
        return download(blob)
