from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from django.views.generic import View

from cases.domain.desk.rule_trial import LAST, try_rule
from cases.models import TriageRule
from config.admin import DeskModelAdmin, actor_for
from tenants.domain.access_log import note_view


class DryRun(View):
    """What the rule as it stands in the form, saved or not, would have done to the last cases. Nothing is written."""

    def post(self, request: HttpRequest, model_admin: DeskModelAdmin) -> HttpResponse:
        if not model_admin.has_change_permission(request):
            raise PermissionDenied
        number = request.POST.get("rule", "")
        known = TriageRule.objects.filter(pk=number).first() if number.isascii() and number.isdigit() else None
        form = model_admin.get_form(request, known, change=known is not None)(request.POST, instance=known)
        trial = try_rule(form.instance, actor=actor_for(request)) if form.is_valid() else None
        shown = [difference.case.tenant_id for difference in trial.differences] if trial else []
        note_view(request, set(shown), len(shown))
        context = {
            **model_admin.admin_site.each_context(request),
            "title": _("Dry run: {name}").format(name=form.instance.name or _("a new rule")),
            "form": form,
            "rule": form.instance,
            "trial": trial,
        }
        return TemplateResponse(request, "cases/admin/rule_dry_run.html", context, status=422 if trial is None else 200)


@admin.register(TriageRule)
class TriageRuleAdmin(DeskModelAdmin):
    """The ordered table that proposes a priority: the first rule that holds decides."""

    view_right = "see_cases"
    edit_right = "hand_over"
    list_display = ("position", "name", "fact", "operator", "value", "priority", "active")
    list_display_links = ("name",)
    list_filter = ("active", "fact", "priority")
    ordering = ("position",)
    change_form_after_template = "cases/admin/rule_try.html"
    custom_urls = (("dry-run", "cases_triagerule_dry_run", DryRun.as_view()),)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        return super().render_change_form(request, context | {"tried_on": LAST}, *args, **kwargs)
