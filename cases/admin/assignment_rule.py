from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.postgres.forms import SimpleArrayField
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.generic import View
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminTextInputWidget

from cases.domain.assignment import giving, keeping
from cases.enums import Level, Priority
from cases.models import AssignmentRule, Case
from config.admin import DeskModelAdmin, actor_for
from config.numbers import row_number
from tenants.domain.access_log import note_view
from tenants.enums import SupportTier
from tenants.models.fields import language_tag


def any_of(label: Any, choices: Any, *, required: bool = False) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label, choices=choices, required=required, widget=UnfoldAdminCheckboxSelectMultipleWidget
    )


def words(label: Any, help_text: Any, **kwargs: Any) -> SimpleArrayField:
    one = forms.CharField(max_length=20, validators=[language_tag]) if kwargs else forms.CharField(max_length=80)
    return SimpleArrayField(one, label=label, required=False, widget=UnfoldAdminTextInputWidget, help_text=help_text)


class AssignmentRuleForm(forms.ModelForm):
    tiers = any_of(_("Tiers"), SupportTier.choices)
    priorities = any_of(_("Priorities"), Priority.choices)
    levels = any_of(_("Levels"), Level.choices, required=True)
    languages = words(_("Languages"), _("Of the requester, separated by commas: en, de."), languages=True)
    needs_tags = words(_("Skills"), _("That they must all have, separated by commas."))

    class Meta:
        model = AssignmentRule
        fields = (
            *("position", "name", "active", "tenant", "tiers", "category", "priorities", "levels", "languages"),
            *("way", "by_category", "by_language", "needs_tags"),
        )


class DryRun(View):
    """Which cases would go to whom, and why; by post exactly what is named there. With `rule` as if that one were
    active: to read alone.
    """

    def get(self, request: HttpRequest, model_admin: "AssignmentRuleAdmin") -> HttpResponse:
        by = self.lead(request, model_admin)
        number = row_number(request.GET.get("rule"))
        also = None if number is None else model_admin.get_queryset(request).filter(pk=number).first()
        planned = giving.dry_run(by=by, at=timezone.now(), also=also)
        return self.page(request, model_admin, planned=planned, also=also)

    def post(self, request: HttpRequest, model_admin: "AssignmentRuleAdmin") -> HttpResponse:
        by = self.lead(request, model_admin)
        named = [three for one in request.POST.getlist("give") if (three := self.named(one)) is not None]
        done = giving.run(named=named, by=by, at=timezone.now())
        for one in done:
            if one.refusal:
                messages.warning(request, one.refusal)
        given = sum(one.choice is not None for one in done)
        messages.success(request, _("{n} of {all} cases have an owner now.").format(n=given, all=len(named)))
        return HttpResponseRedirect(reverse("admin:cases_assignmentrule_planned"))

    def lead(self, request: HttpRequest, model_admin: "AssignmentRuleAdmin") -> Any:
        if not model_admin.has_change_permission(request):
            raise PermissionDenied
        return actor_for(request)

    def named(self, text: str) -> tuple[int, int, int] | None:
        """Case, rule and person."""
        match [row_number(part) for part in text.split(":")]:
            case [int(case_id), int(rule_id), int(person_id)]:
                return case_id, rule_id, person_id
        return None

    def page(
        self, request: HttpRequest, model_admin: "AssignmentRuleAdmin", *, planned: Any, also: Any
    ) -> HttpResponse:
        cases = (
            Case.objects.visible_to(actor_for(request))
            .select_related("tenant")
            .in_bulk([one.case.id for one in planned])
        )
        note_view(request, {case.tenant_id for case in cases.values()}, len(cases))
        context = {
            **model_admin.admin_site.each_context(request),
            "title": _("Dry run of the assignment rules"),
            "also": also,
            "most": giving.SHOWN,
            "going": [(cases[one.case.id], one) for one in planned if one.choice and one.case.id in cases],
            "waiting": [(cases[one.case.id], one) for one in planned if not one.choice and one.case.id in cases],
        }
        return TemplateResponse(request, "cases/admin/assignment_dry_run.html", context)


@admin.register(AssignmentRule)
class AssignmentRuleAdmin(DeskModelAdmin):
    """The ordered table that gives cases without an owner to people: the first rule that holds decides."""

    view_right = "see_cases"
    edit_right = "hand_over"
    form = AssignmentRuleForm
    list_display = ("position", "name", "tenant", "over", "way", "last_given_at", "active")
    list_display_links = ("name",)
    list_filter = ("active", "way")
    list_select_related = ("tenant", "category")
    ordering = ("position",)
    readonly_fields = ("last_given_to", "last_given_at")
    fieldsets = (
        (None, {"fields": (("position", "name", "active"),)}),
        (
            _("Which cases: all that is said must hold, nothing said holds always"),
            {"fields": ("tenant", "category", "priorities", "levels", "tiers", "languages")},
        ),
        (
            _("To whom: on shift, not away, of the case's level, with rights on its tenant, with room"),
            {"fields": ("way", "by_category", "by_language", "needs_tags")},
        ),
        (_("Last"), {"fields": (("last_given_to", "last_given_at"),)}),
    )
    actions_list = ("dry_run",)
    actions_detail = ("dry_run_with",)
    custom_urls = (("planned", "cases_assignmentrule_planned", DryRun.as_view()),)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return {}

    def has_edit_right(self, request: HttpRequest, obj: Any = None) -> bool:
        if obj is None:
            return super().has_edit_right(request)
        return keeping.may_keep(obj, actor_for(request))

    def has_edit_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return super().has_edit_right(request)

    def save_model(self, request: HttpRequest, obj: AssignmentRule, form: forms.ModelForm, change: bool) -> None:
        by = actor_for(request)
        if change:
            keeping.require_may_keep(AssignmentRule.objects.get(pk=obj.pk), by=by)
        keeping.require_may_keep(obj, by=by)
        super().save_model(request, obj, form, change)

    def delete_model(self, request: HttpRequest, obj: AssignmentRule) -> None:
        keeping.require_may_keep(obj, by=actor_for(request))
        super().delete_model(request, obj)

    @display(description=_("cases"))
    def over(self, rule: AssignmentRule) -> str:
        said = [
            *rule.levels,
            *rule.priorities,
            *rule.tiers,
            *rule.languages,
            *([str(rule.category)] if rule.category else []),
        ]
        return " · ".join(said)

    @action(description=_("Dry run"), url_path="try", permissions=["edit"])
    def dry_run(self, request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:cases_assignmentrule_planned"))

    @action(description=_("Dry run, as if it were active"), url_path="try-with", permissions=["edit"])
    def dry_run_with(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return HttpResponseRedirect(f"{reverse('admin:cases_assignmentrule_planned')}?rule={object_id}")
