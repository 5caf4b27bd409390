"""The small forms of the case page. They ask; every rule is the door's, and comes back as a refusal on the field."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import ProhibitNullCharactersValidator
from django.utils.translation import gettext_lazy as _

from cases.domain import gates
from cases.domain.promised_times import PromisesATime
from cases.domain.resolution import NONE_NEEDED
from cases.enums import ClosedAs, InteractionKind, Level, MacroSends, Priority, Severity
from cases.models import Case, Category
from cases.pages.desk import field_widgets
from incidents.models import Incident
from tenants.enums import SupportTier
from tenants.models import User


class Lines(forms.CharField):
    """A textarea whose lines are a list; empty lines are left out."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": 3}), **kwargs)

    def to_python(self, value: Any) -> Any:
        ProhibitNullCharactersValidator()(value)
        return [line.strip() for line in (value or "").splitlines() if line.strip()]

    def validate(self, value: Any) -> None:
        if self.required and not value:
            raise ValidationError(self.error_messages["required"], code="required")

    def run_validators(self, value: Any) -> None:
        """They are for one text."""

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value


class CaseNumber(forms.CharField):
    """`CASE-1042` or 1042; answers the id."""

    def clean(self, value: Any) -> Any:
        text = super().clean(value).strip().upper().removeprefix("CASE-")
        if not text:
            return None
        if not text.isdecimal() or len(text) > 18:
            raise ValidationError(_("Write it like CASE-1042."), code="invalid")
        return int(text)


GUARDS = {"version", "token", "promise_meant", "composed"}  # against being late, sent twice, or not meant


class CaseForm(forms.Form):
    """`version`: the case as the person saw it when they began to write. `token`: of this press, which sent twice is
    still one.
    """

    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput, required=False)
    token = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, case: Case, page: Any, **kwargs: Any) -> None:
        self.case = case
        super().__init__(*args, **kwargs)
        self.fit(page)

    def fit(self, page: Any) -> None:
        """Choices that depend on the case and the reader."""

    def put(self, **values: str) -> None:
        """What the form that comes back holds instead of what was sent."""
        held: Any = self.data
        self.data = held = held.copy()
        for name, value in values.items():
            held[self.add_prefix(name)] = value

    @classmethod
    def proposable(cls) -> set[str]:
        """What an address may fill in: all but what guards the form."""
        return set(cls.base_fields) - GUARDS

    def offer(self, name: str, **choices: Any) -> None:
        for attribute, value in choices.items():
            setattr(self.fields[name], attribute, value)


def area(rows: int = 4, **attrs: Any) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, **attrs})


class SpokenForm(CaseForm):
    """One whose words go to the client. `promise_meant`: the phrase that a refusal named; sent again, it is meant."""

    macro = forms.IntegerField(min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput, required=False)
    promise_meant = forms.CharField(max_length=2000, widget=forms.HiddenInput, required=False)
    composed = forms.BooleanField(widget=forms.HiddenInput, required=False)  # the words stood in the composer before

    def mean(self, refusal: PromisesATime, **more: str) -> None:
        """The form that comes back says the same once more, and means it. `more`: other fields that it keeps."""
        self.put(promise_meant=refusal.extra["promised"], **more)


class ReasonForm(CaseForm):
    reason = forms.CharField(label=_("Why"), widget=area(3), help_text=_("Kept in the log of moves."))


class OptionalReasonForm(CaseForm):
    reason = forms.CharField(label=_("Why"), widget=area(2), required=False, help_text=_("Kept in the log of moves."))


class AcceptForm(CaseForm):
    priority = forms.ChoiceField(label=_("Priority"), choices=Priority.choices)
    owner = forms.ModelChoiceField(label=_("Owner"), queryset=User.objects.none())
    tier = forms.ChoiceField(
        label=_("Tier"), choices=[("", _("as the tenant has it")), *SupportTier.choices], required=False
    )
    note = forms.CharField(label=_("Note for the team"), widget=area(2), required=False)

    def fit(self, page: Any) -> None:
        self.offer("owner", queryset=page.assignable())
        if not page.may_hand_over():
            del self.fields["tier"]


class WaitForm(SpokenForm):
    ask = forms.CharField(
        label=_("What do we need from them?"), widget=area(5), help_text=_("Sent to the client as a public reply.")
    )


class ResolveForm(SpokenForm):
    summary = forms.CharField(
        label=_("What was wrong, what was done"), widget=area(4), help_text=_("Sent to the client as a public reply.")
    )
    validated = forms.CharField(label=_("How was it checked that it works?"), widget=area(2))
    evidence = Lines(label=_("Evidence"), help_text=_("At least one: a link or a fact, one a line."), required=False)
    evidence_files = forms.MultipleChoiceField(
        label=_("Files of this case as evidence"), required=False, widget=forms.CheckboxSelectMultiple
    )
    preventive_actions = Lines(
        label=_("What keeps it from coming back?"), help_text=_("One action a line, or “none needed”.")
    )

    def fit(self, page: Any) -> None:
        files = page.files()
        if files:
            self.offer("evidence_files", choices=[(str(file.pk), file.blob.name) for file in files])
        else:
            del self.fields["evidence_files"]
        field_widgets.ask(self, gates.missing_fields(self.case), {})
        self.warning = gates.warning(self.case)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        chosen = [{"attachment": int(pk)} for pk in data.pop("evidence_files", [])]
        data["evidence"] = [*data.get("evidence", []), *chosen]
        actions = data.get("preventive_actions", [])
        if len(actions) == 1 and actions[0].lower() == NONE_NEEDED:
            data["preventive_actions"] = NONE_NEEDED
        return data


class CloseForm(CaseForm):
    closed_as = forms.ChoiceField(label=_("As"), required=False)
    of = CaseNumber(label=_("Duplicate of"), required=False, help_text=_("Such as CASE-1042; for duplicates only."))
    reason = forms.CharField(label=_("Why"), widget=area(2))

    def fit(self, page: Any) -> None:
        without_work = [(kind.value, kind.label) for kind in (ClosedAs.SPAM, ClosedAs.DUPLICATE, ClosedAs.WITHDRAWN)]
        solved = [] if self.case.is_open else [("", ClosedAs.SOLVED.label)]
        self.offer("closed_as", choices=[*solved, *without_work])


class AssignForm(CaseForm):
    owner = forms.ModelChoiceField(
        label=_("Owner"), queryset=User.objects.none(), required=False, empty_label=_("nobody: back to the queue")
    )
    reason = forms.CharField(label=_("Word of handover"), widget=area(2), required=False)

    def fit(self, page: Any) -> None:
        self.offer("owner", queryset=page.assignable())


class PriorityForm(CaseForm):
    priority = forms.ChoiceField(label=_("Priority"), choices=Priority.choices, widget=forms.RadioSelect)
    reason = forms.CharField(label=_("Why"), widget=area(2), help_text=_("The clocks follow the new priority."))


class TierForm(CaseForm):
    tier = forms.ChoiceField(label=_("Tier"), choices=SupportTier.choices)
    reason = forms.CharField(label=_("Why"), widget=area(2))


class EditForm(CaseForm):
    subject = forms.CharField(label=_("Subject"), max_length=500)
    category = forms.ModelChoiceField(
        label=_("Category"), queryset=Category.objects.filter(merged_into=None), required=False
    )
    severity = forms.ChoiceField(label=_("Technical severity"), choices=[("", "–"), *Severity.choices], required=False)
    tags = forms.CharField(label=_("Tags"), required=False, help_text=_("Separated by commas."))
    needed_by = forms.DateTimeField(
        label=_("The client needs it by"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def clean_tags(self) -> list[str]:
        return [tag.strip() for tag in self.cleaned_data["tags"].split(",") if tag.strip()]


class EscalateForm(CaseForm):
    to = forms.ChoiceField(label=_("To level"), choices=Level.choices)
    reason = forms.CharField(label=_("What is known, what was tried"), widget=area(4))
    known_issues_searched = forms.BooleanField(label=_("I searched the known issues"), required=False)
    target_at = forms.DateTimeField(
        label=_("Target told to the client"),
        required=False,
        help_text=_("Only if you told them a moment: it then is a promise of its own."),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    target_who = forms.CharField(label=_("Who of them was told"), max_length=200, required=False)

    def fit(self, page: Any) -> None:
        self.offer("to", choices=[choice for choice in Level.choices if choice[0] != self.case.level])


class LinkForm(CaseForm):
    incident = forms.ModelChoiceField(label=_("Incident"), queryset=Incident.objects.none())

    def fit(self, page: Any) -> None:
        self.offer("incident", queryset=page.linkable_incidents())


class UnlinkForm(LinkForm):
    def fit(self, page: Any) -> None:
        self.offer("incident", queryset=page.linked_incidents())


class DeclareForm(CaseForm):
    title = forms.CharField(label=_("What is broken, in the client's words"), max_length=200)
    severity = forms.ChoiceField(label=_("Technical severity"), choices=Severity.choices)
    public = forms.BooleanField(
        label=_("Show it on the public status page"),
        required=False,
        help_text=_("Its title is then read by everybody."),
    )


class JoinForm(CaseForm):
    other = forms.IntegerField(min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput)
    reason = forms.CharField(label=_("Why"), widget=area(2), required=False, help_text=_("Kept in the log of moves."))


class SplitForm(CaseForm):
    interactions = forms.TypedMultipleChoiceField(
        label=_("What goes along"),
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("At least one message of the client's: it describes the new case. Both cases show them."),
    )
    subject = forms.CharField(
        label=_("Subject of the new case"),
        max_length=500,
        required=False,
        help_text=_("Left empty: that of the case where the client's first message among them was said."),
    )

    def fit(self, page: Any) -> None:
        self.offer("interactions", choices=page.splittable())


class UntieForm(OptionalReasonForm):
    tie = forms.TypedChoiceField(label=_("What is taken back"), coerce=int, widget=forms.RadioSelect)

    field_order = ("tie", "reason")

    def fit(self, page: Any) -> None:
        self.offer("tie", choices=page.ties())


class AttachForm(CaseForm):
    file = forms.FileField(label=_("File"), help_text=_("Up to 25 MiB. It waits here until a message takes it along."))


class SayForm(SpokenForm):
    """The composer. Replies and notes are two forms of this one, so that neither becomes the other by a slip."""

    body = forms.CharField(max_length=100_000, strip=True)
    kind = forms.ChoiceField(
        choices=[
            (kind.value, kind.label) for kind in (InteractionKind.NOTE, InteractionKind.ACTION, InteractionKind.CALL)
        ],
        required=False,
    )
    attached = forms.MultipleChoiceField(required=False)
    seen = forms.DateTimeField(required=False)
    # What a macro proposes to send as, and which macro is asked for where there is no script.
    preset = forms.ChoiceField(choices=MacroSends.choices, required=False)
    pick = forms.IntegerField(min_value=1, max_value=2**63 - 1, required=False)

    def fit(self, page: Any) -> None:
        waiting = [file for file in page.files() if not file.interaction_id]
        self.offer("attached", choices=[(str(file.pk), file.blob.name) for file in waiting])
