"""The desk's own fields as fields of a form, named `fields.<key>` so that a refusal finds its place."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.domain.custom_fields import TEXT_LENGTH, Definition
from cases.enums import FieldKind

PREFIX = "fields."
YES_OR_NO = (("", "–"), ("yes", _("yes")), ("no", _("no")))
LONG_LIST = 6  # of more choices one picks from a list


def ask(form: forms.Form, definitions: Iterable[Definition], values: Mapping[str, Any]) -> None:
    """Add a field to the form for each; what the door refuses comes back on it."""
    for definition in definitions:
        field = _field(definition, values.get(definition.key))
        field.label, field.help_text, field.required = definition.label, definition.help, False
        if definition.required:
            field.help_text = " · ".join(filter(None, (definition.help, str(_("needed to resolve")))))
        form.fields[f"{PREFIX}{definition.key}"] = field


def given(data: Mapping[str, Any]) -> dict[str, Any]:
    """{key: value} as the doors take it, of what the form asked."""
    return {name.removeprefix(PREFIX): _plain(value) for name, value in data.items() if name.startswith(PREFIX)}


class YesNo(forms.TypedChoiceField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=YES_OR_NO, coerce=lambda text: text == "yes", empty_value=None, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value


def _field(definition: Definition, value: Any) -> forms.Field:
    kind = definition.kind
    kept = value if isinstance(value, list) else [value] if isinstance(value, str) else []
    choices = [(one, one) for one in dict.fromkeys([*definition.choices, *kept])]
    if kind == FieldKind.CHOICE:
        return forms.ChoiceField(choices=[("", "–"), *choices], initial=value)
    if kind == FieldKind.CHOICES:
        several = forms.CheckboxSelectMultiple if len(choices) <= LONG_LIST else forms.SelectMultiple
        return forms.MultipleChoiceField(choices=choices, initial=value, widget=several)
    if kind == FieldKind.YES_NO:
        return YesNo(initial=value)
    if kind == FieldKind.NUMBER:
        return forms.FloatField(initial=value, widget=forms.NumberInput(attrs={"step": "any"}))
    if kind == FieldKind.DATE:
        return forms.DateField(initial=value, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    if kind == FieldKind.LINK:
        return forms.CharField(initial=value, max_length=TEXT_LENGTH, widget=forms.URLInput)
    return forms.CharField(initial=value, max_length=TEXT_LENGTH)


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
