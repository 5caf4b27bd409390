"""The CS Lead's page: five questions, every number a link to its list; it renews itself."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.domain.desk import live
from cases.domain.desk.due import DAY_ENDS, LATE
from cases.domain.desk.lead import COUNTED_TO, Overview, overview
from cases.domain.desk.presence import reader_of
from cases.hooks import promised_beside
from cases.models.surveys import GOOD_SCORE
from cases.pages.desk.base import DeskPage
from cases.pages.desk.clock_face import next_promise
from tenants.domain.access_log import note_view

BARS = 60  # height of the tallest bar
WIDTH, BAR, GAP = 760, 54, 8  # of all at the most; of one with the gap behind it, where there is room
PRESSING = 3  # bars: what is late, the hour that runs and the next one


class TriagePage(DeskPage):
    template_name = "cases/desk/triage.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        at = timezone.localtime(self.at)
        stamp = live.stamp_for(reader_of(self.actor))
        seen = overview(actor=self.actor, at=at)
        shown = [promise.case.tenant_id for promise in seen.promises]
        shown += [case.tenant_id for case in (*seen.nobody, *seen.urgent, *seen.reopened)]
        shown += [risk.tenant.pk for risk in seen.at_risk]
        note_view(request, set(shown), len(shown))
        context = self.get_context_data(
            title=_("Triage"),
            seen=seen,
            promises=[(promise.case, next_promise(promise.clocks, at=self.at)) for promise in seen.promises],
            bars=bars(seen),
            width=bar_width(seen) * len(seen.hours),
            day_ends=f"{DAY_ENDS}:00",
            heaviest=max((load.open for load in seen.loads), default=1),
            beside=[line for answer in promised_beside.ask(actor=self.actor, at=at) for line in answer],
            counted_to=COUNTED_TO,
            all_cases=reverse("desk:queue", args=["all"]),
            live=stamp,
            alerts=reverse("admin:sla_alert_changelist"),
            surveys=reverse("admin:cases_survey_changelist"),
            good_score=GOOD_SCORE,
        )
        return self.render_to_response(context)


def bar_width(seen: Overview) -> int:
    """With the gap behind it: a night has many hours, and what is written beneath them stays as large."""
    return min(BAR, WIDTH // max(1, len(seen.hours)))


def bars(seen: Overview) -> list[dict[str, Any]]:
    """For the drawing: where each hour's bar stands, how high it is, and the list that it counts."""
    most = max((count for _hour, count in seen.hours), default=0) or 1
    every, wide = reverse("desk:queue", args=["all"]), bar_width(seen)
    return [
        {
            "x": place * wide,
            "middle": place * wide + (wide - GAP) // 2,
            "width": wide - GAP,
            "y": BARS - round(BARS * count / most),
            "height": round(BARS * count / most),
            "label": _("late") if hour.name == LATE else hour.name.partition(":")[0],
            "count": count,
            "url": f"{every}?{urlencode({'q': f'due:{hour.name}'})}",
            "tone": "bad" if place < PRESSING else "warn",
        }
        for place, (hour, count) in enumerate(seen.hours)
    ]
