from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from cases.models import CustomField
from cases.models.custom_fields import KEY, WITH_CHOICES
from config.admin import DeskModelAdmin
from incidents.admin.runbook import LinesField

CHOICE_LENGTH = 80
MOST_CHOICES = 200


class CustomFieldForm(forms.ModelForm):
    choices = LinesField(
        label=_("Choices"),
        required=False,
        help_text=_("One a line. One that is taken out can't be chosen any more; where it stands it stays."),
    )

    class Meta:
        model = CustomField
        fields = (
            *("label", "key", "kind", "choices", "help", "required_to_resolve"),
            *("categories", "position", "archived"),
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if (key := self.fields.get("key")) is not None:  # it is not asked again of one that is there
            words = _("Small letters, digits and underscores, a letter first.")
            key.validators.append(RegexValidator(rf"\A{KEY}\Z", message=words))

    def clean_choices(self) -> list[str]:
        choices = list(dict.fromkeys(self.cleaned_data["choices"]))
        if len(choices) > MOST_CHOICES or any(len(choice) > CHOICE_LENGTH for choice in choices):
            raise ValidationError(_("At most 200 choices of 80 characters each."), code="max_length")
        return choices

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        with_choices = (given.get("kind") or self.instance.kind) in WITH_CHOICES
        if "choices" in given and "kind" not in self.errors and with_choices != bool(given["choices"]):
            words = _("A list has choices.") if with_choices else _("Only a list has choices.")
            self.add_error("choices", ValidationError(words, code="invalid"))
        return given


@admin.register(CustomField)
class CustomFieldAdmin(DeskModelAdmin):
    """What the desk asks of a case besides: kept by the lead and the PO. Archived, never deleted."""

    view_right = "see_cases"
    edit_right = "hand_over"
    form = CustomFieldForm
    list_display = ("label", "key", "kind", "required_to_resolve", "asked_of", "position", "archived")
    list_filter = ("archived", "kind", "required_to_resolve")
    search_fields = ("label", "key")

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Boxes: there are few categories, and the search field of an autocompletion has no name."""
        kwargs["widget"] = UnfoldAdminCheckboxSelectMultipleWidget
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: Any = super().get_queryset(request)
        return rows.prefetch_related("categories")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("key", "kind") if obj is not None else ()

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    @display(description=_("Asked of"))
    def asked_of(self, field: CustomField) -> str:
        return ", ".join(category.name for category in field.categories.all()) or str(_("all cases"))
