"""Weekly updates: who got theirs, and the page where one is edited, counted and sent."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cadence.domain import reading, weekly, wording
from cadence.enums import UpdateStatus
from cadence.models import WeeklyUpdate
from config.admin import ActionPage, actor_for
from tenants.admin.base import ScopedReadOnlyAdmin
from tenants.domain.access_log import note_view
from tenants.domain.actors import Actor


class SectionsForm(forms.Form):
    shipped = forms.CharField(label=_("What shipped"), required=False, widget=forms.Textarea(attrs={"rows": 5}))
    in_progress = forms.CharField(
        label=_("What is in progress"), required=False, widget=forms.Textarea(attrs={"rows": 5})
    )
    blocked = forms.CharField(label=_("What is blocked"), required=False, widget=forms.Textarea(attrs={"rows": 4}))
    version = forms.IntegerField(widget=forms.HiddenInput)


class WritePage(ActionPage):
    """Edit the three sections; `send` in the post also sends what was just written."""

    form_class = SectionsForm
    template_name = "cadence/weekly.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        found = reading.updates(actor=actor_for(request)).filter(pk=kwargs["pk"]).first()
        if found is None:
            raise Http404(_("There is no such update."))
        note_view(request, [found.tenant_id], 1)
        self.update = found
        self.title = str(found)
        return super().dispatch(request, *args, **kwargs)

    def get_initial(self) -> dict[str, Any]:
        lines = {
            name: "\n".join(line["text"] for line in getattr(self.update, name)) for name, _heading in wording.SECTIONS
        }
        return {**lines, "version": self.update.version}

    def act(self, *, data: dict[str, Any], by: Actor, at: datetime) -> str:
        sections = {name: data[name].splitlines() for name, _heading in wording.SECTIONS}
        sending = "send" in self.request.POST
        weekly.write(
            update_id=self.update.pk,
            sections=sections,
            send_now=sending,
            by=by,
            at=at,
            expected_version=data["version"],
        )
        return str(_("Sent.") if sending else _("Saved."))

    def back(self) -> str:
        return reverse("admin:cadence_weeklyupdate_write", args=[self.update.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        sections = {name: getattr(self.update, name) for name, _heading in wording.SECTIONS}
        text = self.update.sent_text or wording.text_of(sections)
        actor = actor_for(self.request)
        return super().get_context_data(
            **kwargs,
            update=self.update,
            text=text,
            words=wording.count(text),
            most=wording.MOST_WORDS,
            sections=[(heading, sections[name]) for name, heading in wording.SECTIONS],
            may_write=weekly.may_write(update=self.update, by=actor),
            sent=self.update.status == UpdateStatus.SENT,
            earlier=reading.last_ten(update=self.update, actor=actor),
        )


@admin.register(WeeklyUpdate)
class WeeklyUpdateAdmin(ScopedReadOnlyAdmin):
    view_right = "see_cases"
    list_display = ["tenant", "week", "status", "due", "sent_at", "sent_by"]
    list_display_links = ["tenant", "week"]
    list_filter = ["status", "tenant"]
    custom_urls = (("<int:pk>/write", "cadence_weeklyupdate_write", WritePage.as_view()),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[WeeklyUpdate]:
        return reading.updates(actor=actor_for(request))

    @admin.display(description=_("due"))
    def due(self, update: WeeklyUpdate) -> Any:
        return update.clock.due_at

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        update = self.get_object(request, object_id)
        if update is None:
            raise Http404(_("There is no such update."))
        return HttpResponseRedirect(reverse("admin:cadence_weeklyupdate_write", args=[update.pk]))
