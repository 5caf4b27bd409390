from __future__ import annotations

import hashlib
import json
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.core.signing import BadSignature, TimestampSigner
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.views.generic import View
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget

from cases.admin.history import OfCaseAdmin
from cases.domain.automation import keeping, trial
from cases.domain.automation.trial import Trial
from cases.enums import RuleTrigger
from cases.models import AutomationRule, AutomationRun
from config.admin import DeskModelAdmin, actor_for
from config.numbers import row_number
from incidents.admin.runbook import LinesField
from tenants.admin.base import OfColleagues
from tenants.domain.access_log import note_view
from tenants.domain.actors import Actor
from tenants.enums import Right

SEEN_FOR = 3600  # seconds that a trial stands for what it showed
NOT_OF_THE_RULE = {"csrfmiddlewaretoken", "seen", "rule", "_save", "_continue", "_addanother"}


class AutomationRuleForm(forms.ModelForm):
    """`by` and `at` come with the class that a request gets (`get_form`)."""

    by: Actor
    at: Any

    adds_tags = LinesField(
        label=_("Tags"),
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("That it adds, one a line."),
    )

    class Meta:
        model = AutomationRule
        fields = (
            *("name", "position", "tenant", "active", "stops"),
            *("trigger", "to_status", "state", "minutes", "business_time"),
            *("line", "fact", "operator", "value"),
            *("sets_owner", "adds_tags", "sets_priority", "sets_level", "note", "macro"),
            "most_a_minute",
        )
        widgets = {"note": UnfoldAdminTextareaWidget(attrs={"rows": 4})}

    def _post_clean(self) -> None:
        """Once the rule stands as it was typed."""
        super()._post_clean()  # type: ignore[misc]  # Django's, which its stubs don't know
        if self.errors:
            return
        for problem in keeping.problems(self.instance, by=self.by, at=self.at):
            self.add_error(None if problem["field"] == "__all__" else problem["field"], problem["message"])


class DryRun(View):
    """What the rule as it stands in the form, saved or not, would do now. Nothing is kept of it."""

    def post(self, request: HttpRequest, model_admin: AutomationRuleAdmin) -> HttpResponse:
        number = row_number(request.POST.get("rule"))
        known = None if number is None else model_admin.get_queryset(request).filter(pk=number).first()
        if not model_admin.may_save(request, known):
            raise PermissionDenied
        form = model_admin.form_of(request, known)
        return model_admin.show_trial(request, form, status=200 if form.is_valid() else 422)


@admin.register(AutomationRule)
class AutomationRuleAdmin(OfColleagues, DeskModelAdmin):
    """What acts on cases by itself. One that is saved active is tried first, and shows what it would do."""

    view_right = "see_cases"
    edit_right = "hand_over"
    form = AutomationRuleForm
    list_display = ("position", "name", "of_tenant", "when", "standing", "acted")
    list_display_links = ("name",)
    list_filter = ("active", "trigger")
    search_fields = ("name",)
    ordering = ("position", "pk")
    readonly_fields = ("standing", "last_saved", "log")
    change_form_after_template = "cases/admin/automation_try.html"
    custom_urls = (("dry-run", "cases_automationrule_dry_run", DryRun.as_view()),)
    fieldsets = (
        (None, {"fields": (("name", "position"), "tenant", ("active", "stops"), "standing", "log", "last_saved")}),
        (_("When"), {"fields": (("trigger", "to_status"), ("state", "minutes"), "business_time")}),
        (_("If it is one of these"), {"fields": ("line", ("fact", "operator", "value"))}),
        (
            _("Then"),
            {"fields": ("sets_owner", "adds_tags", ("sets_priority", "sets_level"), "note", "macro")},
        ),
        (_("Brake"), {"fields": ("most_a_minute",)}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        newest = AutomationRun.objects.filter(rule=OuterRef("pk"), outcome="done").order_by("-at")
        rows: QuerySet[Any] = super().get_queryset(request).select_related("tenant", "saved_by")
        return rows.annotate(last_act=Subquery(newest.values("at")[:1]))

    def has_edit_right(self, request: HttpRequest, obj: Any = None) -> bool:
        """A rule for every client is kept by who keeps those of every client."""
        if isinstance(obj, AutomationRule) and obj.pk is not None:
            return bool(actor_for(request).can(Right.HAND_OVER, obj.tenant_id))
        return super().has_edit_right(request, obj)

    def may_save(self, request: HttpRequest, rule: AutomationRule | None) -> bool:
        return self.has_add_permission(request) if rule is None else self.has_change_permission(request, rule)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        return type(form.__name__, (form,), {"by": actor_for(request), "at": timezone.now()})

    def form_of(self, request: HttpRequest, rule: AutomationRule | None) -> forms.ModelForm:
        """What was posted, as the form of this rule or of a new one."""
        form: forms.ModelForm = self.get_form(request, rule, change=rule is not None)(request.POST, instance=rule)
        return form

    def changeform_view(self, request: HttpRequest, object_id: str | None = None, *args: Any, **kwargs: Any) -> Any:
        """What is to run shows its trial first; its page sends the same again, signed as seen."""
        if request.method == "POST" and not self._was_seen(request):
            known = None if object_id is None else self.get_object(request, unquote(object_id))
            there = known is not None or object_id is None
            form = self.form_of(request, known) if there and self.may_save(request, known) else None
            if form is not None and form.is_valid() and form.cleaned_data["active"]:
                return self.show_trial(request, form, saving=True)
        return super().changeform_view(request, object_id, *args, **kwargs)

    def show_trial(
        self, request: HttpRequest, form: forms.ModelForm, *, saving: bool = False, status: int = 200
    ) -> HttpResponse:
        rule: AutomationRule = form.instance
        seen: Trial | None = None
        if form.is_valid():
            seen = trial.try_rule(rule, actor=actor_for(request), at=timezone.now())
            note_view(request, {one.case.tenant_id for one in seen.shown}, len(seen.shown))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Dry run: {name}").format(name=rule.name or _("a new rule")),
            "form": form,
            "rule": rule,
            "waits": rule.trigger == RuleTrigger.TIME,
            "trial": seen,
            "days": trial.LATELY.days,
            "most": trial.LAST if seen is not None and seen.tried == trial.LAST else None,
            "brakes": seen is not None and len(seen.changed) > rule.most_a_minute,
            "posted": _posted(request) if saving else None,
            "seen": _signer(request).sign(_digest(request)) if saving else "",
        }
        return TemplateResponse(request, "cases/admin/automation_trial.html", context, status=status)

    def save_model(self, request: HttpRequest, obj: Any, form: forms.ModelForm, change: bool) -> None:
        keeping.keep(obj, by=actor_for(request), at=timezone.now())

    def _was_seen(self, request: HttpRequest) -> bool:
        try:
            return _signer(request).unsign(request.POST.get("seen", ""), max_age=SEEN_FOR) == _digest(request)
        except BadSignature:
            return False

    @display(description=_("Client"), ordering="tenant")
    def of_tenant(self, rule: AutomationRule) -> str:
        return rule.tenant.name if rule.tenant is not None else str(_("every client"))

    @display(description=_("When"), ordering="trigger")
    def when(self, rule: AutomationRule) -> str:
        if rule.trigger != RuleTrigger.TIME:
            return f"{rule.get_trigger_display()} {rule.get_to_status_display() if rule.to_status else ''}".strip()
        open_time = _("open minutes") if rule.business_time else _("minutes")
        return f"{rule.get_state_display()}: {rule.minutes} {open_time}"

    @display(description=_("Runs"))
    def standing(self, rule: AutomationRule) -> str:
        if rule.paused_at is not None and rule.active:
            return _("Paused itself {at:%Y-%m-%d %H:%M}: {why} It runs again once it is saved.").format(
                at=timezone.localtime(rule.paused_at), why=rule.paused_why
            )
        return str(_("runs")) if rule.active else str(_("off"))

    @display(description=_("Acted last"))
    def acted(self, rule: Any) -> Any:
        return rule.last_act

    @display(description=_("Saved last"))
    def last_saved(self, rule: AutomationRule) -> str:
        if rule.pk is None:
            return str(_("The rule acts with the rights of who saved it last."))
        said = _("{name}, {at:%Y-%m-%d %H:%M}: it acts with their rights.")
        return said.format(name=rule.saved_by, at=timezone.localtime(rule.saved_at))

    @display(description=_("Log"))
    def log(self, rule: AutomationRule) -> str | SafeString:
        if rule.pk is None:
            return "–"
        url = reverse("admin:cases_automationrun_changelist")
        return format_html('<a href="{}?rule={}">{}</a>', url, rule.pk, _("What it did, and why not"))


@admin.register(AutomationRun)
class AutomationRunAdmin(OfCaseAdmin):
    """What rules did: a line for each case that one held for."""

    list_display = ("at", "rule", "of_case", "tenant", "event", "outcome", "told")
    list_filter = ("outcome",)
    list_select_related = ("case", "tenant", "rule")
    ordering = ("-id",)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return lookup == "rule" or super().lookup_allowed(lookup, value, request)

    @display(description=_("What it did, or why not"))
    def told(self, run: AutomationRun) -> str:
        return run.words or "; ".join(
            f"{step['what']}: {' → '.join(filter(None, (step['before'], step['after'])))}" for step in run.did
        )


def _signer(request: HttpRequest) -> TimestampSigner:
    return TimestampSigner(salt=f"cases.automation.seen:{request.user.pk}:{request.path}")


def _posted(request: HttpRequest) -> list[tuple[str, str]]:
    return [
        (name, str(value)) for name, values in request.POST.lists() if name not in NOT_OF_THE_RULE for value in values
    ]


def _digest(request: HttpRequest) -> str:
    return hashlib.sha256(json.dumps(sorted(_posted(request))).encode()).hexdigest()
