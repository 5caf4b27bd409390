from typing import Any

from django import forms
from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.generic import View
from unfold.decorators import action
from unfold.widgets import UnfoldAdminRadioSelectWidget, UnfoldAdminTextareaWidget

from config.admin import DeskModelAdmin, actor_for, to_row
from config.errors import DomainError
from sla.domain import calendars, policy_editing, reading
from sla.domain.preview import preview
from sla.models import Calendar

EXAMPLE = _(
    "Times are local. weekly_hours: per day a list of [from, to], 24:00 may end one, one past midnight is an overnight "
    'shift. date_hours: the same for single dates. holidays: closed dates. holiday_regions: such as "DE-BE".'
)


class CalendarForm(forms.ModelForm):
    spec = forms.JSONField(
        label=_("Hours"),
        help_text=EXAMPLE,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 16, "spellcheck": "false"}),
        initial={
            "timezone": "Europe/Berlin",
            "weekly_hours": {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")},
            "date_hours": {},
            "holidays": [],
            "holiday_regions": [],
        },
    )

    recompute = forms.ChoiceField(
        label=_("Whom this change reaches"),
        choices=[("new", _("New work only")), ("open", _("Open clocks too: what is left is counted by the new hours"))],
        initial="new",
        widget=UnfoldAdminRadioSelectWidget,
    )

    class Meta:
        model = Calendar
        fields = ["name", "spec"]

    def clean_spec(self) -> Any:
        spec = self.cleaned_data["spec"]
        try:
            calendars.checked_hours(spec)
        except DomainError as refusal:
            raise forms.ValidationError(refusal.message) from refusal
        return spec


class Preview(View):
    def get(self, request: HttpRequest, pk: int, model_admin: Any) -> HttpResponse:
        try:
            calendar = reading.calendar_detail(pk, actor=actor_for(request))
        except DomainError as refusal:
            raise Http404(refusal.message) from refusal
        hours = calendars.checked_hours(calendar.spec)
        page = {
            "title": _("%(name)s: the next 12 months") % {"name": calendar.name},
            "calendar": calendar,
            "zone": hours.zone,
            "months": preview(hours, first=timezone.now().date()),
        }
        context = {**model_admin.admin_site.each_context(request), **page}
        return TemplateResponse(request, "sla/admin/calendar_preview.html", context)


@admin.register(Calendar)
class CalendarAdmin(DeskModelAdmin):
    view_right = "read_promises"
    edit_right = "edit_promises"
    form = CalendarForm
    list_display = ["name", "zone", "version"]
    search_fields = ["name"]
    readonly_fields = ["version"]
    fields = ["name", "spec", "recompute", "version"]
    actions_detail = ["preview"]
    custom_urls = (("<int:pk>/months", "sla_calendar_months", Preview.as_view()),)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # promises were given under it

    @admin.display(description=_("time zone"))
    def zone(self, calendar: Calendar) -> str:
        return str(calendar.spec["timezone"])

    @action(description=_("12-month preview"), url_path="preview")
    def preview(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return to_row("admin:sla_calendar_months", object_id)

    def save_model(self, request: HttpRequest, obj: Calendar, form: forms.ModelForm, change: bool) -> None:
        said, by, at = form.cleaned_data, actor_for(request), timezone.now()
        terms = {"name": said["name"], "spec": said["spec"], "by": by, "at": at}
        if change:
            saved = policy_editing.edit_calendar(calendar_id=obj.pk, recompute=said["recompute"] == "open", **terms)
        else:
            saved = calendars.create(**terms)
        obj.pk, obj.version = saved.pk, saved.version
