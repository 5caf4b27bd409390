import re
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminTextInputWidget

from cases.admin.assignment_rule import words
from cases.domain import handing_over
from cases.models import Absence, Category, WorkingTime
from cases.models.working_time import usual_week
from config.admin import actor_for
from config.errors import DomainError
from sla.domain.business_time import Hours
from tenants.admin.base import OfColleagues, ScopedAdmin

DAYS = {
    "mon": _("Monday"),
    "tue": _("Tuesday"),
    "wed": _("Wednesday"),
    "thu": _("Thursday"),
    "fri": _("Friday"),
    "sat": _("Saturday"),
    "sun": _("Sunday"),
}
SHIFT = re.compile(r"([0-9]{1,2}:[0-9]{2})\s*[-–]\s*([0-9]{1,2}:[0-9]{2})", re.ASCII)


class WeekWidget(forms.MultiWidget):
    """A line a day."""

    def __init__(self) -> None:
        super().__init__(
            [UnfoldAdminTextInputWidget(attrs={"aria-label": day, "suffix": day}) for day in DAYS.values()]
        )

    def decompress(self, value: Any) -> list[str]:
        return [", ".join("–".join(shift) for shift in (value or {}).get(day, [])) for day in DAYS]


class WeekField(forms.MultiValueField):
    """{day: [[from, to]]}, edited as `09:00–12:00, 13:00–17:00` a day."""

    def __init__(self, **kwargs: Any) -> None:
        days = [forms.CharField(required=False, max_length=200) for _day in DAYS]
        super().__init__(fields=days, widget=WeekWidget(), require_all_fields=False, required=False, **kwargs)

    def compress(self, values: list[str]) -> dict[str, list[list[str]]]:
        week = {}
        for day, text in zip(DAYS, values, strict=False):
            shifts = [part.strip() for part in text.split(",") if part.strip()]
            found = [SHIFT.fullmatch(shift) for shift in shifts]
            for shift, read in zip(shifts, found, strict=True):
                if read is None:
                    raise ValidationError(
                        _("%(day)s: “%(shift)s” is no shift like 09:00–17:00."),
                        code="invalid",
                        params={"day": DAYS[day], "shift": shift},
                    )
            if found:
                week[day] = [[read[1].zfill(5), read[2].zfill(5)] for read in found if read]
        return week


class WorkingTimeForm(forms.ModelForm):
    weekly_hours = WeekField(
        label=_("Shifts"),
        initial=usual_week,
        help_text=_(
            "Monday to Sunday, in the person's own zone: 09:00–12:00, 13:00–17:00. Past midnight is overnight."
        ),
    )
    categories = forms.ModelMultipleChoiceField(
        label=_("Categories"),
        queryset=Category.objects.filter(merged_into=None),
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("What they know, with all that lies beneath it."),
    )
    tags = words(_("Skills"), _("Separated by commas: sso, billing."))
    languages = words(_("Languages"), _("Separated by commas: en, de."), languages=True)

    class Meta:
        model = WorkingTime
        fields = ("user", "weekly_hours", "holiday_region", "capacity", "categories", "tags", "languages")

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if "weekly_hours" in given and "holiday_region" in given:
            self.check_week(given)
        return given

    def check_week(self, given: dict[str, Any]) -> None:
        week = WorkingTime(weekly_hours=given["weekly_hours"], holiday_region=given["holiday_region"])
        try:
            hours = Hours.from_spec(week.calendar("UTC"))
        except DomainError as refusal:
            self.add_error(None, refusal.message)
            return
        if hours.never_opens:
            self.add_error("weekly_hours", _("A week without a shift: name one, or note an absence."))


@admin.register(WorkingTime)
class WorkingTimeAdmin(OfColleagues, ScopedAdmin):
    """When our people are there, what they carry and what they know."""

    view_right = "see_cases"
    edit_right = "hand_over"
    form = WorkingTimeForm
    list_display = ("user", "level", "zone", "week", "capacity", "skills")
    list_select_related = ("user",)
    search_fields = ("user__username", "user__first_name", "user__last_name")
    deletable = True

    @display(description=_("level"))
    def level(self, time: WorkingTime) -> str:
        return str(time.user.level)

    @display(description=_("time zone"))
    def zone(self, time: WorkingTime) -> str:
        return str(time.user.time_zone)

    @display(description=_("week"))
    def week(self, time: WorkingTime) -> str:
        hours = {day: ", ".join("–".join(one) for one in shifts) for day, shifts in time.weekly_hours.items()}
        return "; ".join(f"{DAYS[day]} {hours[day]}" for day in DAYS if day in hours)

    @display(description=_("skills"))
    def skills(self, time: WorkingTime) -> str:
        return ", ".join([*time.tags, *time.languages])


@admin.register(Absence)
class AbsenceAdmin(OfColleagues, ScopedAdmin):
    """Who is away when, and why: the lead's to read. One's own is said under My time."""

    view_right = "hand_over"
    edit_right = "hand_over"
    list_display = ("user", "starts_at", "ends_at", "reason")
    list_select_related = ("user",)
    search_fields = ("user__username", "user__first_name", "user__last_name", "reason")
    deletable = True

    def save_model(self, request: HttpRequest, obj: Absence, form: forms.ModelForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if obj.ends_at is None or obj.ends_at > timezone.now():
            self.offer_hand_over(request, obj)

    def offer_hand_over(self, request: HttpRequest, absence: Absence) -> None:
        """What whoever goes still holds."""
        held = handing_over.held_by(absence.user_id, by=actor_for(request), at=timezone.now())
        if held:
            said = ngettext("%(n)s open case: hand over", "%(n)s open cases: hand over", held) % {"n": held}
            url = reverse("desk:hand-over", args=[absence.user_id])
            messages.warning(request, format_html('{}: <a href="{}">{}</a>', absence.user, url, said))
