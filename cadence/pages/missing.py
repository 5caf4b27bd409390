"""Clients whose weekly update should have been drafted by now."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cadence.domain import reading
from tenants.domain.access_log import note_view
from tenants.pages.base import DeskPage


class MissingPage(DeskPage):
    template_name = "cadence/missing.html"
    title = _("Weekly updates missing")

    def get(self, request: HttpRequest) -> HttpResponse:
        rows = reading.missing_updates(actor=self.actor, at=timezone.localtime(self.at))
        note_view(request, {row.tenant.pk for row in rows}, len(rows))
        return self.render_to_response(self.get_context_data(rows=rows))
