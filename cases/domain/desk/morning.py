"""The lead's page in words, for whoever reads it elsewhere: the same numbers and lists, each with its address."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from cases.domain.desk.due import DAY_ENDS
from cases.domain.desk.lead import COUNTED_TO, AtRisk, Overview, overview
from cases.hooks import Promised, promised_beside
from cases.models import Case
from config.counting import up_to
from tenants.domain.actors import Actor


@dataclass(frozen=True, slots=True)
class Line:
    """`number` empty: the words stand for themselves."""

    number: str
    words: str
    url: str


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    numbers: list[Line]
    rows: list[Line]


@dataclass(frozen=True, slots=True)
class Morning:
    subject: str
    sections: list[Section]


def morning(*, actor: Actor, at: datetime) -> Morning:
    """In the language of the moment, at `at` in the reader's zone. As many statements as the page."""
    seen = overview(actor=actor, at=at)
    beside = [line for answer in promised_beside.ask(actor=actor, at=at) for line in answer]
    told = seen.totals
    day, late = date_format(at, "DATE_FORMAT"), up_to(told.today, COUNTED_TO)
    subject = _("%(day)s: %(late)s late or due before %(hour)s, %(nobody)s with nobody") % {
        "day": day,
        "late": late,
        "hour": f"{DAY_ENDS}:00",
        "nobody": up_to(told.nobody, COUNTED_TO),
    }
    return Morning(
        subject,
        [
            _breaking(seen, at),
            _nobodys(seen),
            Section(_("Who carries what?"), [], [_load(load) for load in seen.loads]),
            Section(_("Which client is in trouble?"), _beside(beside), [_client(risk) for risk in seen.at_risk]),
            Section(_("Is it one thing?"), [], [_theme(theme) for theme in seen.themes]),
        ],
    )


def _breaking(seen: Overview, at: datetime) -> Section:
    told = seen.totals
    before = _("late, or due before %(hour)s") % {"hour": f"{DAY_ENDS}:00"}
    numbers = [
        _number(told.today, before, _found(f"due:before-{DAY_ENDS}:00")),
        _number(told.broken, _("open with a broken promise"), reverse("desk:queue", args=["breached"])),
        _number(told.broke_yesterday, _("broken yesterday"), _alerts(seen, yesterday=True)),
        _number(told.broke_today, _("broken today"), _alerts(seen, yesterday=False)),
        _number(
            told.unread, _("broken and not acknowledged"), _url(_ALERTS, kind__exact="breach", status__exact="open")
        ),
    ]
    rows = []
    for promise in seen.promises:
        due = promise.case.next_due_at
        hour = date_format(due.astimezone(at.tzinfo), "SHORT_DATETIME_FORMAT") if due else ""
        rows.append(_case(promise.case, hour, str(promise.case.owner or _("nobody"))))
    return Section(_("What will we break?"), numbers, rows)


def _nobodys(seen: Overview) -> Section:
    told = seen.totals
    numbers = [
        _number(told.nobody, _("have nobody"), reverse("desk:queue", args=["unassigned"])),
        _number(told.handed_on, _("escalated, with nobody"), _found("status:open owner:none level:L2,L3")),
        _number(told.silent, _("with a word of theirs unanswered for more than a day"), _found("unanswered:1d")),
        _number(told.reopened, _("reopened, open again"), _found("status:open reopened:yes")),
        _number(told.undelivered, _("messages not delivered"), _url("outbox:sent", dead=1)),
        _number(told.unheard, _("events that led to nothing"), reverse("outbox:unheard")),
    ]
    return Section(_("What has nobody?"), numbers, [_case(case) for case in seen.nobody])


def _load(load: Any) -> Line:
    words = _("%(person)s: %(open)s open, %(urgent)s P0/P1") % {
        "person": load.person,
        "open": up_to(load.open, COUNTED_TO),
        "urgent": up_to(load.urgent, COUNTED_TO),
    }
    if load.missing:
        words += " · " + _("not there")
    return Line("", words, _found(f"status:open owner:{load.person.username}"))


def _client(risk: AtRisk) -> Line:
    words = _("%(client)s: %(open)s open, %(broken)s broken, %(urgent)s P0/P1, %(scores)s bad scores") % {
        "client": risk.tenant.name,
        "open": up_to(risk.open, COUNTED_TO),
        "broken": up_to(risk.broken, COUNTED_TO),
        "urgent": up_to(risk.urgent, COUNTED_TO),
        "scores": up_to(risk.bad_scores, COUNTED_TO),
    }
    words += f" · {risk.tenant.arr_currency} {risk.tenant.arr:,.0f}"
    said = [f"{score.csat}/5 “{' '.join(score.words.split())[:90]}”" for score in risk.said if score.words]
    return Line("", " · ".join([words, *said]), _found(f"status:open tenant:{risk.tenant.slug}"))


def _theme(theme: Any) -> Line:
    words = _("%(theme)s: %(cases)s cases of %(clients)s clients") % {
        "theme": theme.name,
        "cases": theme.cases,
        "clients": theme.tenants,
    }
    return Line("", words, _found(theme.line))


def _beside(lines: Iterable[Promised]) -> list[Line]:
    return [_number(line.number, str(line.words), line.url) for line in lines]


def _case(case: Case, *more: str) -> Line:
    words = [f"{case.priority} {case.reference}", case.subject, case.tenant.name, *(word for word in more if word)]
    return Line("", " · ".join(words), reverse("desk:case", args=[case.pk]))


def _number(number: int, words: str, url: str) -> Line:
    return Line(up_to(number, COUNTED_TO), words, url)


_ALERTS = "admin:sla_alert_changelist"


def _alerts(seen: Overview, *, yesterday: bool) -> str:
    days = seen.broken_since
    if not yesterday:
        return _url(_ALERTS, kind__exact="breach", raised_at__gte=days.today.isoformat())
    return _url(
        _ALERTS,
        kind__exact="breach",
        raised_at__gte=days.yesterday.isoformat(),
        raised_at__lt=days.today.isoformat(),
    )


def _found(line: str) -> str:
    return f"{reverse('desk:queue', args=['all'])}?{urlencode({'q': line})}"


def _url(name: str, **query: Any) -> str:
    return f"{reverse(name)}?{urlencode(query)}"
