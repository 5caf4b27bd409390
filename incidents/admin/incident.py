"""Incidents on the desk: the list, one incident with its timeline, and a page for each thing to do with it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from config.admin import actor_for, user_may
from incidents.admin import acts
from incidents.domain import lifecycle, reading
from incidents.models import Incident
from tenants.admin.base import ScopedReadOnlyAdmin
from tenants.admin.filters import OfTenant
from tenants.domain.access_log import note_view


class IsOpen(admin.SimpleListFilter):
    title = _("open")
    parameter_name = "open"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("1", _("Not resolved"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.open() if self.value() == "1" else queryset


@admin.register(Incident)
class IncidentAdmin(ScopedReadOnlyAdmin):
    view_right = "see_cases"
    list_display = ["reference", "title", "severity", "status", "commander", "communicator", "declared_at", "next_word"]
    list_display_links = ["reference", "title"]
    list_filter = [OfTenant, IsOpen, "status", "severity", "detected_by", "public"]
    search_fields = ["title", "=pk"]
    search_help_text = _("Words of the title, or the number")
    ordering = ["-pk"]
    actions_list = ["declare"]
    custom_urls = (
        ("declare", "incidents_incident_declare", acts.Declare.as_view()),
        ("<int:pk>/move/<str:move>", "incidents_incident_move", acts.Move.as_view()),
        ("<int:pk>/word", "incidents_incident_word", acts.Word.as_view()),
        ("<int:pk>/note", "incidents_incident_note", acts.Note.as_view()),
        ("<int:pk>/people", "incidents_incident_people", acts.People.as_view()),
        ("<int:pk>/tenant", "incidents_incident_tenant", acts.AttachTenant.as_view()),
        ("<int:pk>/severity", "incidents_incident_severity", acts.ChangeSeverity.as_view()),
        ("<int:pk>/action", "incidents_incident_action", acts.AddAction.as_view()),
        ("<int:pk>/action/<int:action_id>/<str:tick>", "incidents_incident_tick", acts.TickAction.as_view()),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Incident]:
        return reading.incident_rows(actor=actor_for(request))

    @admin.display(description=_("next word"))
    def next_word(self, incident: Incident) -> Any:
        clocks = [link.word_clock for link in incident.tenant_links.all() if link.word_clock]
        due = [clock.due_at for clock in clocks if clock.due_at]
        return min(due) if due else _("none promised")

    @action(description=_("Declare an incident"), url_path="declare-link", permissions=["declare"], icon="add")
    def declare(self, request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:incidents_incident_declare"))

    def has_declare_permission(self, request: HttpRequest) -> bool:
        return user_may(request, "declare_incident")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """A page of its own instead of a form: nothing here is edited, everything goes through a door."""
        incident = self.get_object(request, object_id)
        if incident is None:
            raise Http404(_("There is no such incident."))
        note_view(request, [link.tenant_id for link in incident.tenant_links.all()], 1)
        context = {**self.admin_site.each_context(request), **self._context(request, incident)}
        return TemplateResponse(request, "incidents/admin/incident.html", context)

    def _context(self, request: HttpRequest, incident: Incident) -> dict[str, Any]:
        actor = actor_for(request)
        allowed = lifecycle.allowed_moves(incident.status)
        links = list(incident.tenant_links.all())
        seen = [link for link in links if actor.access.sees(link.tenant_id)]
        return {
            "incident": incident,
            "moves": [
                {
                    "title": acts.TITLES[move],
                    "allowed": move in allowed,
                    "url": reverse("admin:incidents_incident_move", args=[incident.pk, move]),
                }
                for move in lifecycle.MOVES
            ],
            "may_run": user_may(request, "run_incidents"),
            "tenant_links": seen,
            "other_tenants": len(links) - len(seen),
            "updates": incident.updates.all(),
            "timeline": reading.timeline(incident=incident, actor=actor),
            "actions": [
                {"action": one, "overdue": one.overdue(on=timezone.localdate())} for one in incident.actions.all()
            ],
            "pages": incident.pages.select_related("user")[:20],
            "resources": [r for r in incident.resources.all() if r.tenant_id is None or actor.access.sees(r.tenant_id)],
        }
