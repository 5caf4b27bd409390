"""A week of L2: what the figures count, what comes back, and the lines that L2 edits and L3 reads."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cadence.domain import level_week, reading, summaries
from cadence.domain.summaries import NewLine
from cadence.enums import SummarySection, SummaryStatus
from cadence.models import LevelSummary
from config.admin import say_refusal
from config.api.references import id_of
from config.errors import Absent, DomainError, Forbidden, Unknown
from tenants.domain.access_log import note_view
from tenants.pages.base import DeskPage

LINE = "line-"


class NewLineForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput)
    case = forms.CharField(label=gettext_lazy("Case"), max_length=40, required=False)
    section = forms.ChoiceField(label=gettext_lazy("Stands under"), choices=SummarySection.choices, required=False)
    text = forms.CharField(label=gettext_lazy("What L3 should know"), max_length=summaries.LONGEST, required=False)

    def line(self) -> NewLine | None:
        """None where neither a case nor words were given."""
        told = self.cleaned_data
        if not told["case"] and not told["text"]:
            return None
        try:
            case_id = id_of(told["case"].strip(), prefix="CASE")
        except Absent:
            raise Unknown(_("case"), field="case") from None
        return NewLine(case_id=case_id, section=told["section"], text=told["text"])


class WeekPage(DeskPage):
    template_name = "cadence/level_week.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.shown(NewLineForm(initial={"version": self.summary.version}))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """`read` is L3's; `save` and `publish` are L2's."""
        if "read" in request.POST:
            summaries.read(summary_id=self.summary.pk, by=self.actor, at=self.at)
            return HttpResponseRedirect(request.path)
        form = NewLineForm(request.POST)
        if not form.is_valid():
            return self.shown(form, status=422)
        try:
            self.write(form)
        except (Absent, Forbidden):
            raise
        except DomainError as refusal:
            say_refusal(request, refusal)
            return self.shown(form, status=refusal.status)
        messages.success(request, _("Published: L3 is told.") if "publish" in request.POST else _("Saved."))
        return HttpResponseRedirect(request.path)

    def write(self, form: NewLineForm) -> None:
        summaries.write(
            summary_id=self.summary.pk,
            texts=self.texts(),
            added=form.line(),
            publish_now="publish" in self.request.POST,
            by=self.actor,
            at=self.at,
            expected_version=form.cleaned_data["version"],
        )

    def texts(self) -> dict[int, str]:
        numbers = {name: name.removeprefix(LINE) for name in self.request.POST if name.startswith(LINE)}
        return {
            int(number): self.request.POST[name]
            for name, number in numbers.items()
            if number.isascii() and number.isdecimal() and len(number) < 19
        }

    @cached_property
    def summary(self) -> LevelSummary:
        return reading.week_of_l2(self.kwargs["pk"], actor=self.actor)

    def shown(self, form: NewLineForm, status: int = 200) -> HttpResponse:
        summary, time = self.summary, {"start": self.summary.covers_from, "end": self.summary.covers_to}
        sections = reading.lines_of(summary, actor=self.actor)
        seen = [line.tenant_id for _section, lines in sections for line in lines]
        note_view(self.request, set(seen), len(seen))
        draft, typed = summary.status == SummaryStatus.DRAFT, self.request.POST
        context = self.get_context_data(
            title=_("L2's week to %(friday)s") % {"friday": date_format(summary.week)},
            summary=summary,
            form=form,
            figures=figures(level_week.figures(self.actor, **time), summary),
            counted_to=level_week.COUNTED_TO,
            repeated=[(one, case_list(one.case_ids)) for one in level_week.repeated(self.actor, **time)],
            sections=[
                (section, [(line, typed.get(f"{LINE}{line.pk}", line.text)) for line in lines])
                for section, lines in sections
            ],
            may_write=draft and summaries.may_publish(self.actor),
            draft=draft,
            readers=list(summary.readers.select_related("user")),
            unread=reading.unread_weeks(self.actor).filter(summary=summary).exists(),
        )
        return self.render_to_response(context, status=status)


def case_list(case_ids: list[int]) -> str:
    return f"{reverse('admin:cases_case_changelist')}?{urlencode({'id__in': ','.join(map(str, case_ids))})}"


def figures(told: level_week.Figures, summary: LevelSummary) -> list[tuple[int, Any, Any, str]]:
    """(number, what it is, what it means, the list that it counts)"""
    start, end = summary.covers_from.isoformat(), summary.covers_to.isoformat()

    def listed(url_name: str, column: str, **more: str) -> str:
        return f"{reverse(url_name)}?{urlencode({f'{column}__gte': start, f'{column}__lt': end, **more})}"

    escalations, up = "admin:cases_escalation_changelist", {"from_level__exact": "L1", "to_level__exact": "L2"}
    return [
        (told.came_up, _("came up to L2"), _("escalated from L1"), listed(escalations, "at", **up)),
        (
            told.unsearched,
            _("unsearched"),
            _("of them without a look at the known issues: by the desk itself, on a broken promise"),
            listed(escalations, "at", **up, known_issues_searched__exact="0"),
        ),
        (
            told.resolved,
            _("resolved"),
            _("at L2, within the week"),
            listed("admin:cases_case_changelist", "resolved_at", level__exact="L2"),
        ),
        (
            told.to_l3,
            _("to L3"),
            _("needed code or schema, or were P0 or P1"),
            listed(escalations, "at", to_level__exact="L3", from_level__in="L1,L2"),
        ),
        (
            told.open_now,
            _("open at L2"),
            _("as of now"),
            f"{reverse('desk:queue', args=['all'])}?{urlencode({'q': 'status:open level:L2'})}",
        ),
        (
            told.known_issues,
            _("known issues"),
            _("written down within the week"),
            listed("admin:cases_knownissue_changelist", "noted_at"),
        ),
        (
            told.reviews,
            _("chain reviews"),
            _("opened: a pattern came back"),
            listed("admin:cadence_chainreview_changelist", "opened_at"),
        ),
    ]
