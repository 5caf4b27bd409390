from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _
from django.views.generic import View

from config.admin import actor_for
from config.errors import DomainError
from sla.admin import acts
from sla.domain import reading
from sla.domain.explain import explain
from sla.models import Clock, ClockEvent
from tenants.admin.base import ReadOnlyInline, ScopedReadOnlyAdmin
from tenants.domain.access_log import note_view


class EventInline(ReadOnlyInline):
    model = ClockEvent
    fields = ["at", "event", "data", "by_label", "recorded_at"]
    verbose_name_plural = _("What happened to it")


class Explain(View):
    def get(self, request: HttpRequest, pk: int, model_admin: Any) -> HttpResponse:
        try:
            clock = reading.clock_detail(pk, actor=actor_for(request))
        except DomainError as refusal:
            raise Http404(refusal.message) from refusal
        note_view(request, [clock.tenant_id], 1)
        page = {
            "title": _("How %(promise)s was counted") % {"promise": clock},
            "clock": clock,
            "explanation": explain(clock.pk, at=timezone.now()),
        }
        context = {**model_admin.admin_site.each_context(request), **page}
        return TemplateResponse(request, "sla/admin/explain.html", context)


class YesNoFilter(admin.SimpleListFilter):
    column: str

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Yes")), ("no", _("No"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() not in ("yes", "no"):
            return queryset
        return queryset.filter(**{f"{self.column}__isnull": self.value() == "no"})


class BreachedFilter(YesNoFilter):
    title = _("breached")
    parameter_name = "breached"
    column = "breached_at"


class SetAsideFilter(YesNoFilter):
    title = _("set aside")
    parameter_name = "set_aside"
    column = "retry_after"


@admin.register(Clock)
class ClockAdmin(ScopedReadOnlyAdmin):
    view_right = "see_cases"
    list_display = ["label", "kind", "window", "tenant", "priority", "phase", "due_at", "breached_at", "what_to_do"]
    list_filter = ["kind", "phase", "priority", BreachedFilter, SetAsideFilter]
    list_select_related = ["tenant"]
    search_fields = ["label", "=id"]
    search_help_text = _("A reference or a number")
    ordering = ["-id"]
    fields = [
        ("label", "kind", "window"),
        ("tenant", "policy", "priority", "calendar_version"),
        ("target_amount", "target_unit", "warn_steps"),
        ("phase", "ended_as", "generation"),
        ("started_at", "warn_at", "due_at", "stopped_at"),
        ("breached_at", "noticed_at", "cause_code"),
        ("used", "paused"),
        ("excused_at", "excused_by", "excused_with", "excused_reason"),
        ("next_at", "retry_after", "error"),
        "what_to_do",
    ]
    readonly_fields = ["what_to_do"]
    inlines = [EventInline]
    custom_urls = (
        ("<int:pk>/explain", "sla_clock_explain", Explain.as_view()),
        ("<int:pk>/excuse", "sla_clock_excuse", acts.ExcuseBreach.as_view()),
        ("<int:pk>/cause", "sla_clock_cause", acts.NameCause.as_view()),
        ("<int:pk>/retry", "sla_clock_retry", acts.RetryClock.as_view()),
    )

    @admin.display(description=_("what to do"))
    def what_to_do(self, clock: Clock) -> str:
        links = [("admin:sla_clock_explain", _("Explain"))]
        if clock.breached_at is not None:
            links.append(("admin:sla_clock_cause", _("Cause")))
            if clock.excused_at is None:
                links.append(("admin:sla_clock_excuse", _("Excuse")))
        if clock.retry_after is not None:
            links.append(("admin:sla_clock_retry", _("Take it again")))
        buttons = [(reverse(name, args=[clock.pk]), said) for name, said in links]
        return format_html_join(" ", '<a class="btn small" href="{}">{}</a>', buttons)
