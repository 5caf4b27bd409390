"""The address `/`."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from config.desk_menu import Menu


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Staff land on their own first page, everybody else on the status page."""
    if not admin.site.has_permission(request):
        return HttpResponseRedirect(reverse("status:page"))
    first = Menu(request).first_url()
    if first is not None:
        return HttpResponseRedirect(first)
    return TemplateResponse(request, "config/nothing_granted.html", admin.site.each_context(request), status=403)
