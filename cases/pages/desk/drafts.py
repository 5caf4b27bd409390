"""Where the composer keeps what is being written. Answers with nothing: whoever asks has the text."""

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse

from cases.domain import drafts
from cases.pages.desk.base import DeskPage
from config.errors import Invalid
from config.frame_memory import changes_nothing


class DraftPage(DeskPage):
    """Post: `body` and, of the form that it stands in, `token`."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int, tab: str) -> HttpResponse:
        changes_nothing(request)
        try:
            kept = drafts.keep(
                case_id=pk,
                tab=tab,
                body=request.POST.get("body", "").replace("\x00", ""),
                token=token_of(request.POST.get("token", "")),
                by=self.actor,
                at=self.at,
            )
        except Invalid as refusal:
            return JsonResponse({"error": refusal.message}, status=refusal.status)
        return JsonResponse({"at": stamp(self.at) if kept else None})


def token_of(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def stamp(at: datetime) -> str:
    return at.isoformat()
