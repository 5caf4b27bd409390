"""The desk's admin site: who comes in, where they land, what every page of it knows."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from unfold.sites import UnfoldAdminSite

from config.questions import Question

comes_in = Question("config.site.comes_in")
"""`comes_in.ask_one(user=) -> bool`: staff with at least one grant in force."""


class DeskSite(UnfoldAdminSite):
    # The desk's own pages live under /admin/desk/, after the site's: its catch-all would hide them.
    final_catch_all_view = False

    def has_permission(self, request: HttpRequest) -> bool:
        user = request.user
        return user.is_active and user.is_staff

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return HttpResponseRedirect(reverse("home"))
