"""How a stored file leaves: always as a download, never as a page of ours, whatever its bytes say."""

from django.http import FileResponse

from tenants.domain.blobs import open_blob
from tenants.models import Blob


def download(blob: Blob) -> FileResponse:
    """For a view that has made sure that the reader may see what links to this blob. Raises Absent."""
    response = FileResponse(open_blob(blob), as_attachment=True, filename=blob.name, content_type=blob.content_type)
    response["Content-Length"] = str(blob.size)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "private, no-store"
    return response
