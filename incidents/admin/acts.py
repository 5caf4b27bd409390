"""What can be done with an incident, each a form that ends in one door."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from config.admin import ActionPage, actor_for
from incidents.domain import actions, communicate, lifecycle, touching
from incidents.domain.declare import declare
from incidents.enums import ChainLevel, DetectedBy, EntryKind, Severity
from tenants.domain.actors import Actor
from tenants.models import Resource, Tenant, User

TITLES = {
    "identify": _("Cause known"),
    "monitor": _("Fix in place, watch it"),
    "investigate": _("Look again"),
    "resolve": _("Resolve"),
    "reopen": _("Reopen"),
}


class IncidentPage(ActionPage):
    """A page about one incident; goes back to it."""

    def back(self) -> str:
        return reverse("admin:incidents_incident_change", args=[self.kwargs["pk"]])

    @property
    def incident_id(self) -> int:
        return int(self.kwargs["pk"])


def text(label: Any, *, help_text: Any = "", required: bool = True, rows: int = 3) -> forms.CharField:
    widget = UnfoldAdminTextareaWidget(attrs={"rows": rows})
    return forms.CharField(label=label, help_text=help_text, required=required, widget=widget)


def line(label: Any, *, help_text: Any = "", required: bool = True, max_length: int = 200) -> forms.CharField:
    return forms.CharField(
        label=label, help_text=help_text, required=required, max_length=max_length, widget=UnfoldAdminTextInputWidget
    )


def choose_from(form: forms.Form, name: str, rows: QuerySet[Any]) -> None:
    """Only what the reader may know of can be chosen."""
    field: Any = form.fields[name]
    field.queryset = rows


class DeclareForm(forms.Form):
    title = line(_("What is broken"), help_text=_("Clients read this when the incident is public: name no client."))
    severity = forms.ChoiceField(label=_("Severity"), choices=Severity, widget=UnfoldAdminSelectWidget)
    detected_by = forms.ChoiceField(label=_("Who saw it first"), choices=DetectedBy, widget=UnfoldAdminSelectWidget)
    tenants = forms.ModelMultipleChoiceField(
        label=_("Tenants it hurts"), queryset=Tenant.objects.none(), widget=UnfoldAdminSelectMultipleWidget
    )
    resources = forms.ModelMultipleChoiceField(
        label=_("Resources"),
        queryset=Resource.objects.none(),
        required=False,
        widget=UnfoldAdminSelectMultipleWidget,
    )
    public = forms.BooleanField(
        label=_("Show on the public status page"), required=False, widget=UnfoldBooleanSwitchWidget
    )

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose_from(self, "tenants", Tenant.objects.visible_to(actor).order_by("name"))
        choose_from(self, "resources", Resource.objects.visible_to(actor).order_by("name"))


class Declare(ActionPage):
    form_class = DeclareForm
    right = "declare_incident"
    title = _("Declare an incident")
    explanation = _(
        "Declaring is cheap and a wrong one is cheaper: assume the worst, lower it later. "
        "For SEV1 and SEV2 the first word to each tenant is due within ten minutes."
    )
    submit = _("Declare")

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "actor": actor_for(self.request)}

    def act(self, *, data: dict[str, Any], by: Actor, at: datetime) -> str:
        incident = declare(
            title=data["title"],
            severity=data["severity"],
            detected_by=data["detected_by"],
            tenant_ids=[tenant.pk for tenant in data["tenants"]],
            resource_ids=[resource.pk for resource in data["resources"]],
            commander_id=by.user_id,
            public=data["public"],
            by=by,
            at=at,
        )
        self.declared = incident
        return str(_("%(reference)s is declared; you command it.")) % {"reference": incident.reference}

    def back(self) -> str:
        declared = getattr(self, "declared", None)
        if declared is None:
            return reverse("admin:incidents_incident_changelist")
        return reverse("admin:incidents_incident_change", args=[declared.pk])


class ReasonForm(forms.Form):
    reason = text(_("Reason"), required=False)


class NeededReasonForm(forms.Form):
    reason = text(_("Reason"))


class IdentifyForm(forms.Form):
    cause = text(_("The cause, as far as known"))
    reason = text(_("Anything to add"), required=False)


class ResolveForm(forms.Form):
    root_cause = text(_("Root cause"))
    chain_level = forms.ChoiceField(
        label=_("Which level of the chain let it through"),
        choices=[("", _("not known yet")), *ChainLevel.choices],
        required=False,
        widget=UnfoldAdminSelectWidget,
    )
    closing_word = text(_("What clients are told"), help_text=_("It is over only when they know that it is."))


class Move(IncidentPage):
    right = "run_incidents"
    doors: ClassVar[dict[str, Any]] = {
        "identify": (lifecycle.identify, IdentifyForm),
        "monitor": (lifecycle.monitor, ReasonForm),
        "investigate": (lifecycle.investigate, NeededReasonForm),
        "resolve": (lifecycle.resolve, ResolveForm),
        "reopen": (lifecycle.reopen, NeededReasonForm),
    }

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if kwargs["move"] not in self.doors:
            raise Http404(_("There is no such move."))
        return super().dispatch(request, *args, **kwargs)

    @property
    def title(self) -> Any:  # type: ignore[override]
        return TITLES[self.kwargs["move"]]

    submit = title

    def get_form_class(self) -> type[forms.Form]:
        form: type[forms.Form] = self.doors[self.kwargs["move"]][1]
        return form

    def act(self, *, data: dict[str, Any], by: Actor, at: datetime) -> str:
        incident = self.doors[self.kwargs["move"]][0](incident_id=self.incident_id, **data, by=by, at=at)
        return f"{incident.reference}: {incident.get_status_display()}"


class WordForm(forms.Form):
    seeing = text(_("We are seeing"))
    doing = text(_("We are doing"))
    next_word_text = text(_("We will tell you"), rows=2)
    next_word_at = forms.DateTimeField(
        label=_("by"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=_("When they hear from us next, not when it is fixed. Empty: in thirty minutes for SEV1 and SEV2."),
    )


class Word(IncidentPage):
    form_class = WordForm
    title = _("Word to clients")
    explanation = _("Goes to the named contacts at once, and on the status page if the incident is public.")
    submit = _("Publish")

    def act(self, *, data: dict[str, Any], by: Actor, at: datetime) -> str:
        communicate.publish_update(incident_id=self.incident_id, **data, by=by, at=at)
        return str(_("Published."))


class NoteForm(forms.Form):
    body = text(_("Note"))
    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=[(EntryKind.NOTE, _("Note")), (EntryKind.MITIGATION, _("Mitigation"))],
        widget=UnfoldAdminSelectWidget,
    )


class Note(IncidentPage):
    form_class = NoteForm
    title = _("Note on the timeline")

    def act(self, *, data: dict[str, Any], by: Actor, at: datetime) -> str:
        touching.note(incident_id=self.incident_id, body=data["body"], kind=EntryKind(data["kind"]), by=by, at=at)
        return str(_("Noted."))


def staff(label: Any, *, required: bool = False) -> forms.ModelChoiceField:
    people = User.objects.filter(is_active=True, is_staff=True).order_by("first_name", "username")
    return forms.ModelChoiceField(label=label, queryset=people, required=required, widget=UnfoldAdminSelectWidget)


class PeopleForm(forms.Form):
    commander = staff(_("Commander"))
    communicator = staff(_("Communicator"))


class People(IncidentPage):
    form_class = PeopleForm
    title = _("Hand over")

    def act(self, *, data: dict[str, Any], by: Actor, at: datetime) -> str:
        touching.hand_over(
            incident_id=self.incident_id,
            commander_id=data["commander"].pk if data["commander"] else None,
            communicator_id=data["communicator"].pk if data["communicator"] else None,
            by=by,
            at=at,
        )
        return str(_("Handed over."))


class TenantForm(forms.Form):
    tenant = forms.ModelChoiceField(label=_("Tenant"), queryset=Tenant.objects.none(), widget=UnfoldAdminSelectWidget)

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose_from(self, "tenant", Tenant.objects.visible_to(actor).order_by("name"))


class AttachTenant(IncidentPage):
    form_class = TenantForm
    title = _("One more tenant is affected")

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "actor": actor_for(self.request)}

    def act(self, *, data: dict[str, Any], by: Actor, at: datetime) -> str:
        touching.attach_tenant(incident_id=self.incident_id, tenant_id=data["tenant"].pk, by=by, at=at)
        return str(_("Attached."))


class SeverityForm(forms.Form):
    severity = forms.ChoiceField(label=_("Severity"), choices=Severity, widget=UnfoldAdminSelectWidget)
    reason = text(_("Reason"), required=False)


class ChangeSeverity(IncidentPage):
    form_class = SeverityForm
    right = "run_incidents"
    title = _("Change severity")

    def act(self, *, data: dict[str, Any], by: Actor, at: datetime) -> str:
        incident = lifecycle.change_severity(incident_id=self.incident_id, **data, by=by, at=at)
        return str(incident.get_severity_display())


class ActionForm(forms.Form):
    what = line(_("What changes so that this does not come back"), max_length=300)
    owner = staff(_("Owner"), required=True)
    due_on = forms.DateField(label=_("Due"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    chain_level = forms.ChoiceField(
        label=_("Level of the chain"),
        choices=[("", "–"), *ChainLevel.choices],
        required=False,
        widget=UnfoldAdminSelectWidget,
    )


class AddAction(IncidentPage):
    form_class = ActionForm
    right = "run_incidents"
    title = _("Corrective action")

    def act(self, *, data: dict[str, Any], by: Actor, at: datetime) -> str:
        actions.add(
            incident_id=self.incident_id,
            what=data["what"],
            owner_id=data["owner"].pk,
            due_on=data["due_on"],
            chain_level=data["chain_level"],
            by=by,
            at=at,
        )
        return str(_("Noted, with an owner and a date."))


class TickAction(IncidentPage):
    """The tick beside a corrective action: sent from the incident's page, which asks nothing more."""

    http_method_names = ("post",)
    form_class = forms.Form
    right = "run_incidents"
    doors: ClassVar[dict[str, Any]] = {
        "done": (actions.finish, _("Done: %(what)s")),
        "reopen": (actions.reopen, _("Open again: %(what)s")),
    }

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if kwargs["tick"] not in self.doors:
            raise Http404(_("There is no such move."))
        return super().dispatch(request, *args, **kwargs)

    def act(self, *, data: dict[str, Any], by: Actor, at: datetime) -> str:
        door, said = self.doors[self.kwargs["tick"]]
        action = door(incident_id=self.incident_id, action_id=self.kwargs["action_id"], by=by, at=at)
        return str(said) % {"what": action.what}

    def back(self) -> str:
        return f"{super().back()}#action-{self.kwargs['action_id']}"
