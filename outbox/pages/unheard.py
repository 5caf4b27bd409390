"""Events that a consumer gave up on, for who leads a desk; trying again is for who manages it."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from config.admin import user_may
from outbox.domain import reading
from outbox.pages.sent import SentPage


class Place(forms.Form):
    first = forms.IntegerField(min_value=0, max_value=10_000, required=False)


class UnheardList(SentPage):
    title = _("Events that led to nothing")
    template_name = "outbox/unheard_list.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        place = Place(request.GET)
        place.is_valid()
        first = place.cleaned_data.get("first") or 0
        rows, following = reading.page_of_unheard(tenant_ids=self.tenant_ids, first=first)
        slugs = reading.slugs([row.event.tenant_id for row in rows])
        shown = [
            (row, slugs.get(row.event.tenant_id or 0, ""), user_may(request, "manage_desk", row.event.tenant_id))
            for row in rows
        ]
        return self.render_to_response(self.get_context_data(rows=shown, following=following))
