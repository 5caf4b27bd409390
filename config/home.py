"""The address `/`."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from config.desk_frame import Frame
from config.desk_menu import Menu
from config.questions import Question

own_page = Question("config.home.own_page")
"""`own_page.ask(user=) -> address or None`: where a client who has signed in is at home."""


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Staff land on their own first page, a client on their tenant's status page, others on the public one."""
    if not admin.site.has_permission(request):
        own = next((address for address in own_page.ask(user=request.user) if address), None)
        return HttpResponseRedirect(own or reverse("status:page"))
    first = Menu(Frame(request, at=timezone.now())).first_url()
    if first is not None:
        return HttpResponseRedirect(first)
    return TemplateResponse(request, "config/nothing_granted.html", admin.site.each_context(request), status=403)
