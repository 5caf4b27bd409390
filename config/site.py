"""The desk's admin site: who comes in, where they land, what every page of it knows."""

from functools import partial
from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from unfold.sites import UnfoldAdminSite

from config.desk_bar import Bar
from config.desk_frame import Frame
from config.desk_menu import Menu
from config.login import DEMO_LOGINS, LoginForm


class DeskSite(UnfoldAdminSite):
    # The desk's own pages live under /admin/desk/, after the site's: its catch-all would hide them.
    final_catch_all_view = False
    login_form = LoginForm

    def has_permission(self, request: HttpRequest) -> bool:
        return request.user.is_active and request.user.is_staff

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Nothing for who has not signed in: nobody is asked for their rights then. Put together where it is drawn:
        Django hands it to every page, and most of ours have the menu instead.
        """
        made = partial(super().get_app_list, request, app_label)
        return cast("list[Any]", SimpleLazyObject(made)) if self.has_permission(request) else []

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return HttpResponseRedirect(reverse("home"))

    def extra_context(self, context: dict[str, Any], request: HttpRequest) -> dict[str, Any]:
        """What unfold's `each_context` ends with; read by our templates, each part asked only where it is drawn."""
        context |= {"colors": {}}  # unfold would write them into the page; they stand in desk/unfold.css
        if not self.has_permission(request):
            return context | {"demo_logins": DEMO_LOGINS if settings.DEMO else ()}
        frame = Frame(request, at=timezone.now())
        return context | {
            "templates": {"navigation": "config/navigation.html"},
            "menu": Menu(frame),
            "bar": Bar(frame),
        }
