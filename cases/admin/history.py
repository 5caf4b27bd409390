"""What cases leave behind: to read and to find, written by the doors alone."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from cases.models import Escalation, ExternalRef, Interaction, Survey, Transition
from tenants.admin.base import ScopedReadOnlyAdmin


class OfCaseAdmin(ScopedReadOnlyAdmin):
    view_right = "see_cases"
    search_fields: tuple[str, ...] = ("=case__id",)
    search_help_text = _("A case's number")
    list_select_related: tuple[str, ...] = ("case", "tenant")

    @display(description=_("Case"), ordering="case_id")
    def of_case(self, row: Interaction | Transition | Escalation | Survey | ExternalRef) -> SafeString:
        return format_html('<a href="{}">CASE-{}</a>', reverse("desk:case", args=[row.case_id]), row.case_id)


@admin.register(Transition)
class TransitionAdmin(OfCaseAdmin):
    list_display = ("at", "of_case", "tenant", "move", "from_status", "to_status", "actor_name", "imported")
    list_filter = ("move", "imported")
    ordering = ("-id",)


@admin.register(Interaction)
class InteractionAdmin(OfCaseAdmin):
    list_display = ("at", "of_case", "tenant", "kind", "public", "actor_name", "first_words")
    list_filter = ("kind", "public", "by_kind")
    exclude = ("macro",)  # who may not use it does not know of it
    ordering = ("-id",)

    @display(description=_("Words"))
    def first_words(self, row: Interaction) -> str:
        return row.body[:90]


@admin.register(Escalation)
class EscalationAdmin(OfCaseAdmin):
    list_display = ("at", "of_case", "tenant", "from_level", "to_level", "known_issues_searched", "target_at", "by")
    list_filter = ("to_level", "known_issues_searched")
    ordering = ("-id",)


@admin.register(Survey)
class SurveyAdmin(OfCaseAdmin):
    list_display = ("sent_at", "of_case", "tenant", "csat", "nps", "words", "answered_at")
    list_filter = ("csat",)
    ordering = ("-id",)


@admin.register(ExternalRef)
class ExternalRefAdmin(OfCaseAdmin):
    list_display = ("system", "external_id", "of_case", "tenant")
    list_filter = ("system",)
    search_fields = ("=case__id", "external_id")
    ordering = ("-id",)
