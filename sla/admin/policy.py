from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from config.admin import DeskModelAdmin, actor_for
from config.errors import DomainError
from sla.domain import policy_editing
from sla.domain.business_time import Target
from sla.domain.policy_editing import PolicyTerms
from sla.domain.wording import read_target, say_target
from sla.enums import Priority, PromiseKind
from sla.models import Policy
from tenants.enums import Right, SupportTier
from tenants.models import Tenant

KINDS = [PromiseKind.FIRST_RESPONSE, PromiseKind.NEXT_REPLY, PromiseKind.RESOLUTION]


def cell(priority: str, kind: str) -> str:
    return f"{priority.lower()}_{kind}"


def meaning_of(priority: str) -> str:
    return f"{priority.lower()}_meaning"


class PolicyForm(forms.ModelForm):
    """The whole policy on one page: a row a priority, a cell a promise in words ("4 h", "2 business days")."""

    tier = forms.ChoiceField(choices=[("", "—"), *SupportTier.choices], required=False, widget=UnfoldAdminSelectWidget)
    escalation_meets = forms.MultipleChoiceField(
        label=_("An escalation with a target meets the resolution of"),
        choices=Priority.choices,
        required=False,
        initial=["P2", "P3"],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    recompute = forms.ChoiceField(
        label=_("Whom this change reaches"),
        choices=[("new", _("New work only")), ("open", _("Open clocks too: they get what the new targets leave them"))],
        initial="new",
        widget=UnfoldAdminRadioSelectWidget,
    )

    class Meta:
        model = Policy
        fields = ["name", "tenant", "tier", "segment", "calendar", "valid_from", "valid_to", "warn_steps"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.terms: PolicyTerms | None = None
        if self.instance.pk:
            self.initial["escalation_meets"] = self.instance.escalation_meets
            for row in self.instance.targets.all():
                self.initial[cell(row.priority, row.kind)] = say_target(Target(row.amount, row.unit))
            for priority, said in self.instance.meaning.items():
                self.initial[meaning_of(priority)] = said

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        table = {}
        for priority in Priority.values:
            for kind in KINDS:
                name = cell(priority, kind)
                if not (said := data.get(name)):
                    continue
                try:
                    table[priority, kind.value] = read_target(said, field=name)
                except DomainError as refusal:
                    self.add_error(name, refusal.message)
        if not self.errors:
            self.terms = PolicyTerms(
                name=data["name"],
                calendar_id=data["calendar"].pk,
                valid_from=data["valid_from"],
                valid_to=data["valid_to"],
                tenant_id=data["tenant"].pk if data["tenant"] else None,
                tier=data["tier"],
                segment=data["segment"],
                warn_steps=data["warn_steps"],
                escalation_meets=data["escalation_meets"],
                meaning={p: said for p in Priority.values if (said := data.get(meaning_of(p)))},
                targets=table,
            )
        return data


def _cells() -> dict[str, forms.Field]:
    fields: dict[str, forms.Field] = {}
    for priority in Priority:
        for kind in KINDS:
            fields[cell(priority, kind)] = forms.CharField(
                label=kind.label,
                max_length=40,
                required=kind != PromiseKind.NEXT_REPLY,
                help_text=_("Empty: as long as the first response.") if kind == PromiseKind.NEXT_REPLY else "",
                widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "4 h · 4 h open · 2 business days"}),
            )
        fields[meaning_of(priority)] = forms.CharField(
            label=_("Meaning"), max_length=500, required=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 2})
        )
    return fields


PolicyTableForm = type("PolicyTableForm", (PolicyForm,), _cells())


@admin.register(Policy)
class PolicyAdmin(DeskModelAdmin):
    view_right = "read_promises"
    edit_right = "edit_promises"
    form = PolicyTableForm
    list_display = ["name", "holds_for", "calendar", "valid_from", "valid_to"]
    list_filter = ["tier", "segment", "calendar"]
    list_select_related = ["tenant", "calendar"]
    search_fields = ["name", "tenant__name", "segment"]
    fieldsets = [
        (None, {"fields": ["name", "tenant", ("tier", "segment"), "valid_from", "valid_to", "calendar"]}),
        *[
            (
                priority.label,
                {"fields": [tuple(cell(priority, kind) for kind in KINDS), meaning_of(priority)]},
            )
            for priority in Priority
        ],
        (_("Warnings and escalation"), {"fields": ["warn_steps", "escalation_meets", "recompute"]}),
    ]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # promises were given under it: it gets an end instead

    @admin.display(description=_("holds for"))
    def holds_for(self, policy: Policy) -> str:
        named = {"tenant": policy.tenant, "tier": policy.tier, "segment": policy.segment}
        return f"{policy.subject} {named[policy.subject]}" if policy.subject in named else str(_("everybody else"))

    def get_form(self, request: HttpRequest, obj: Policy | None = None, **kwargs: Any) -> Any:
        # The cells are the form's own; the factory is told the model's columns alone.
        return super().get_form(request, obj, **{**kwargs, "fields": PolicyForm.Meta.fields})

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "tenant":
            kwargs["queryset"] = Tenant.objects.visible_to(actor_for(request), Right.EDIT_PROMISES)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Policy, form: Any, change: bool) -> None:
        by, at = actor_for(request), timezone.now()
        if change:
            recompute = form.cleaned_data["recompute"] == "open"
            policy_editing.edit(policy_id=obj.pk, terms=form.terms, recompute=recompute, by=by, at=at)
        else:
            obj.pk = policy_editing.create(terms=form.terms, by=by, at=at).pk
