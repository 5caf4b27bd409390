from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminTextareaWidget

from cases.domain import macros
from cases.enums import MacroVariable
from cases.models import Macro
from cases.models.macros import WORKING_ROLES
from config.admin import DeskModelAdmin
from config.casing import lowered
from incidents.admin.runbook import LinesField
from incidents.models import Runbook

USES_COUNTED_TO = 1000
LONGEST_TEXT = 20_000  # characters


class TextsWidget(forms.MultiWidget):
    """A box a language."""

    def __init__(self) -> None:
        boxes = {
            code: UnfoldAdminTextareaWidget(attrs={"rows": 9, "aria-label": str(name), "placeholder": str(name)})
            for code, name in settings.LANGUAGES
        }
        super().__init__(widgets=boxes)

    def decompress(self, value: Any) -> list[str]:
        return [(value or {}).get(code, "") for code, _name in settings.LANGUAGES]


class TextsField(forms.MultiValueField):
    """{language: text}, without the languages that were left empty."""

    def __init__(self, **kwargs: Any) -> None:
        boxes = [forms.CharField(required=False, max_length=LONGEST_TEXT) for _language in settings.LANGUAGES]
        super().__init__(fields=boxes, widget=TextsWidget(), require_all_fields=False, required=False, **kwargs)

    def compress(self, values: list[str]) -> dict[str, str]:
        given = zip(settings.LANGUAGES, values, strict=False)
        return {code: text.replace("\r\n", "\n") for (code, _name), text in given if text}


class DocsField(LinesField):
    """[{"url", "title"}], edited as lines of an address and, behind it, its title."""

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(f"{doc['url']} {doc['title']}".strip() for doc in value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        parts = [line.split(maxsplit=1) for line in super().to_python(value)]
        return [{"url": url, "title": " ".join(title)} for url, *title in parts]

    def clean(self, value: Any) -> Any:
        docs = super().clean(value)
        check = URLValidator(schemes=["https", "http"])
        for doc in docs:
            try:
                check(doc["url"])
            except ValidationError:
                raise ValidationError(
                    _("“%(address)s” is no web address."), code="invalid", params={"address": doc["url"]}
                ) from None
        return docs


class MacroForm(forms.ModelForm):
    texts = TextsField(
        label=_("Text"),
        help_text=_("In each language; who asked reads their own, or the first. In double braces: %s.")
        % ", ".join(f"{{{{ {name} }}}}" for name in MacroVariable.values),
    )
    evidence = LinesField(label=_("Evidence"), required=False, help_text=_("One a line."))
    preventive_actions = LinesField(
        label=_("Preventive actions"), required=False, help_text=_("One a line, or “none needed”.")
    )
    sets_tags = LinesField(label=_("Tags that it sets"), required=False, help_text=_("One a line."))
    error_codes = LinesField(label=_("Error codes"), required=False, help_text=_("One a line, such as ING-503."))
    docs = DocsField(
        label=_("Pages of self-service"), required=False, help_text=_("One a line: its address, then its title.")
    )
    roles = forms.MultipleChoiceField(
        label=_("Roles"),
        choices=WORKING_ROLES,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("Who may use it. None: everybody who works cases."),
    )

    class Meta:
        model = Macro
        fields = (
            *("name", "active", "public", "texts", "send_as", "validated", "evidence", "preventive_actions"),
            *("sets_category", "sets_tags", "runbook", "docs"),
            *("for_category", "error_codes", "health", "health_of", "roles"),
        )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        for problem in macros.problems(given):
            if problem["field"] not in self.errors:
                self.add_error(problem["field"], ValidationError(problem["message"], code=problem["code"]))
        return given


@admin.register(Macro)
class MacroAdmin(DeskModelAdmin):
    """Canned answers of the whole desk: kept by the lead and the PO, used by whoever they are for."""

    view_right = "work_cases"
    edit_right = "hand_over"
    form = MacroForm
    list_display = ("name", "kind", "for_category", "errors", "used", "last_used", "active")
    list_filter = ("active", "public", "send_as", "for_category")
    list_select_related = ("for_category",)
    search_fields = ("name",)
    readonly_fields = ("used", "last_used")
    fieldsets = (
        (None, {"fields": ("name", "active", "public", "texts", ("used", "last_used"))}),
        (
            _("What it does besides"),
            {"fields": ("send_as", "validated", "evidence", "preventive_actions", "sets_category", "sets_tags")},
        ),
        (_("When it is suggested"), {"fields": ("for_category", "error_codes", ("health", "health_of"))}),
        (_("Tied to"), {"fields": ("runbook", "docs")}),
        (_("Who may use it"), {"fields": ("roles",)}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: Any = super().get_queryset(request)
        return rows.with_use(counted_to=USES_COUNTED_TO)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "runbook":
            kwargs["queryset"] = Runbook.objects.filter(tenant=None)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @display(description=_("For"))
    def kind(self, macro: Macro) -> str:
        words = _("client") if macro.public else _("team")
        return f"{words} · {lowered(macro.get_send_as_display())}" if macro.send_as else str(words)

    @display(description=_("Error codes"))
    def errors(self, macro: Macro) -> str:
        return ", ".join(macro.error_codes)

    @display(description=_("Used"))
    def used(self, macro: Any) -> str:
        used = getattr(macro, "used", 0)
        return f"{USES_COUNTED_TO}+" if used > USES_COUNTED_TO else str(used)

    @display(description=_("Last used"))
    def last_used(self, macro: Any) -> str:
        use = getattr(macro, "last_use", None)
        at = parse_datetime(use["at"]) if use else None
        day = str(_("j M Y H:i"))
        return f"{date_format(localtime(at), day)}, {use['by']}" if use and at else "–"
