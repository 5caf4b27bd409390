"""The language a person reads the desk in, changed from the sidebar of every page."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from tenants.domain import people
from tenants.pages.base import DeskPage


class LanguagePage(DeskPage):
    """Nobody needs a right to read in their own language."""

    right = None
    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        people.speak(user_id=self.actor.user_id, language=request.POST.get("language", ""), by=self.actor)
        back = request.POST.get("next", "")
        ours = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
        return HttpResponseRedirect(back if ours else reverse("home"))
