"""Canned answers: which fit a case and why, what one says to it, and that it was used.

Who may use one: whoever works cases of that client, in a role that the macro names (in any, where it names none). For
everybody else it is not there. Taking a macro writes nothing; its tags and category are set, and its use is counted,
by the message that it became.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, cast
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from cases.domain import editing, macro_text
from cases.domain.changing import Change
from cases.domain.fields import MOST
from cases.enums import MacroSends, MacroVariable, Priority, WatchedHealth
from cases.models import Case, Category, Macro
from cases.models.macros import MacroQuerySet
from config.errors import Absent
from incidents.models import Runbook
from sla.domain import business_time, policies
from sla.models import Policy
from tenants.domain.actors import Actor
from tenants.enums import Right, SnapshotStatus
from tenants.models import HealthSnapshot

NOT_HERE = gettext_noop("There is no such macro here, or not for you.")
OFFERED = 500  # macros of one desk that a case page lists
ROUNDED_TO = timedelta(minutes=5)
#: Where nothing is promised for the next reply.
SOMETIME = {"en": "the next working day", "de": "zum nächsten Werktag"}
BAD_ENOUGH = {
    WatchedHealth.AMBER.value: (SnapshotStatus.AMBER, SnapshotStatus.RED),
    WatchedHealth.RED.value: (SnapshotStatus.RED,),
}
GATES = ("validated", "evidence", "preventive_actions")
WEIGHTS = {"error": 4, "health": 2, "category": 1}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a macro is suggested: by which error code, health signal or category."""

    kind: Literal["error", "health", "category"]
    what: str


@dataclass(frozen=True, slots=True)
class Offer:
    """`runbook`: the macro's, where it may be told on this case. Without reasons a macro is merely on the list."""

    macro: Macro
    reasons: tuple[Reason, ...]
    runbook: Runbook | None

    @property
    def weight(self) -> int:
        return sum(WEIGHTS[reason.kind] for reason in self.reasons)


@dataclass(frozen=True, slots=True)
class Taken:
    """A macro in the words of one case. `unknown`: names in braces that have no value and stand there still."""

    macro: Macro
    text: str
    unknown: tuple[str, ...]


def offers(case: Case, *, health: Iterable[HealthSnapshot], actor: Actor) -> list[Offer]:
    """All that may be used on this case, what is suggested first, best first. One statement.

    `health`: the tenant's latest readings.
    """
    readings = list(health)
    usable = usable_on(case.tenant_id, actor=actor).filter(active=True).select_related("runbook")
    known = usable.only(
        *("name", "public", "send_as", "for_category", "error_codes", "health", "health_of", "docs"),
        *("runbook__title", "runbook__tenant"),
    )
    found = [Offer(macro, _reasons(macro, case, readings), _runbook_of(macro, case)) for macro in known[:OFFERED]]
    return sorted(found, key=lambda offer: (-offer.weight, offer.macro.name.lower()))


def usable_on(tenant_id: int, *, actor: Actor) -> MacroQuerySet:
    macros = cast(MacroQuerySet, Macro.objects.all())
    if not actor.can(Right.WORK_CASES, tenant_id):
        return macros.none()
    if actor.access.everything:
        return macros
    return macros.for_roles({grant.role for grant in actor.access.grants if grant.reaches(tenant_id)})


def take(case: Case, *, macro_id: int, by: Actor, at: datetime) -> Taken:
    """What the macro says to who asked, in their language. Absent when it is not there for `by` on this case."""
    macro = _one(case.tenant_id, macro_id, by=by)
    if not macro.active:
        raise Absent(_(NOT_HERE))
    language = case.requester.language.partition("-")[0]
    written = language if macro.texts.get(language) else settings.LANGUAGE_CODE
    filled = macro_text.fill(macro.texts[written], _values(macro, case, written, by=by, at=at))
    return Taken(macro, filled.text, filled.unknown)


def gates(case: Case, *, macro_id: int, by: Actor) -> dict[str, Any]:
    """What a resolve form starts with when the macro's message is its summary; empty for a macro of another sort."""
    macro = _one(case.tenant_id, macro_id, by=by)
    return {name: value for name in GATES if (value := getattr(macro, name))}


def use(change: Change, macro_id: int | None) -> int | None:
    """For the door that sends what a macro became: its tags and category are set. Answers what the message keeps.

    A macro that was switched off since it was taken still counts. Absent when it is not there for who sends.
    """
    if macro_id is None:
        return None
    macro = _one(change.case.tenant_id, macro_id, by=change.by)
    category: Category | None = macro.sets_category
    sets: dict[str, Any] = {"tags": list(dict.fromkeys([*change.case.tags, *macro.sets_tags]))[:MOST]}
    if category is not None:
        sets["category"] = category.merged_into or category
    editing.put(change, sets)
    return macro_id


def problems(given: Mapping[str, Any]) -> list[dict[str, str]]:
    """What is wrong with a macro that somebody wants to save: [{"field", "code", "message"}]. `given`: its columns."""
    texts: Mapping[str, str] = given.get("texts") or {}
    unknown = dict.fromkeys(name for text in texts.values() for name in macro_text.unknown_in(text))
    sends, gates = given.get("send_as") or "", [name for name in GATES if given.get(name)]
    runbook: Runbook | None = given.get("runbook")
    found = [
        (not texts.get(settings.LANGUAGE_CODE), "texts", _("The text in the desk's own language is needed.")),
        (
            bool(unknown),
            "texts",
            _("No such variable: %(unknown)s. There are %(known)s.")
            % {"unknown": ", ".join(unknown), "known": ", ".join(MacroVariable.values)},
        ),
        (bool(sends) and not given.get("public"), "send_as", _("A note for the team moves nothing.")),
        *(
            (sends != MacroSends.RESOLVED, name, _("Only what is sent as resolved says this beforehand."))
            for name in gates
        ),
        (bool(given.get("health_of")) and not given.get("health"), "health_of", _("Say how bad it must be, too.")),
        (runbook is not None and runbook.tenant_id is not None, "runbook", _("This runbook is for one client only.")),
    ]
    return [{"field": field, "code": "invalid", "message": message} for wrong, field, message in found if wrong]


def _one(tenant_id: int, macro_id: int, *, by: Actor) -> Macro:
    usable = usable_on(tenant_id, actor=by).select_related("sets_category__merged_into")
    found = usable.filter(pk=macro_id).first()
    if found is None:
        raise Absent(_(NOT_HERE))
    return cast(Macro, found)


def _reasons(macro: Macro, case: Case, readings: Sequence[HealthSnapshot]) -> tuple[Reason, ...]:
    named = {code.upper() for code in macro.error_codes}
    reasons = [Reason("error", code) for code in case.error_ids if code.upper() in named]
    if macro.health:
        part, bad = macro.health_of.lower(), BAD_ENOUGH[macro.health]
        worst = next((one for one in readings if one.status in bad and part in _name_of(one).lower()), None)
        if worst is not None:
            reasons.append(Reason("health", f"{worst.get_status_display().lower()}: {worst.name}"))
    if case.category is not None and macro.for_category_id == case.category_id:
        reasons.append(Reason("category", case.category.name))
    return tuple(reasons)


def _name_of(reading: HealthSnapshot) -> str:
    return f"{reading.name} {reading.resource.name if reading.resource is not None else ''}"


def _runbook_of(macro: Macro, case: Case) -> Runbook | None:
    """One that became another client's since it was tied is not told."""
    return macro.runbook if macro.runbook is not None and macro.runbook.tenant_id in (None, case.tenant_id) else None


def _values(macro: Macro, case: Case, language: str, *, by: Actor, at: datetime) -> dict[str, str]:
    person = case.requester
    values = {
        MacroVariable.FIRST_NAME: (person.name.split() or [""])[0],
        MacroVariable.NAME: person.name,
        MacroVariable.TENANT: case.tenant.name,
        MacroVariable.REFERENCE: case.reference,
        MacroVariable.SUBJECT: case.subject,
        MacroVariable.AGENT: by.told_as,
        MacroVariable.DOCS: "\n".join(" ".join(filter(None, (doc["title"], doc["url"]))) for doc in macro.docs),
    }
    if MacroVariable.NEXT_UPDATE in macro_text.names_in(macro.texts[language]):
        zone = ZoneInfo(person.time_zone)
        values[MacroVariable.NEXT_UPDATE] = _moment(next_update(case, at=at), at=at, zone=zone, language=language)
    return {name.value: value for name, value in values.items()}


def next_update(case: Case, *, at: datetime) -> datetime | None:
    """When a reply would be due if they wrote at `at`, by the case's own policy, rounded down; None: not promised."""
    policy = policies.complete(Policy.objects.filter(pk=case.policy_id)).get()
    promised = policies.promises(policy, Priority(case.priority))
    if promised.next_reply is None:
        return None
    due = business_time.due(promised.hours, at, promised.next_reply)
    if due is None:
        return None
    return max(at, due - timedelta(seconds=due.timestamp() % ROUNDED_TO.total_seconds()))


def _moment(moment: datetime | None, *, at: datetime, zone: ZoneInfo, language: str) -> str:
    """'16:30 CET' today, else 'Tuesday 24 November, 10:00 CET'; in German '16:30 Uhr'."""
    if moment is None:
        return SOMETIME.get(language, SOMETIME["en"])
    local = moment.astimezone(zone)
    hour = f"{local:%H:%M} Uhr" if language == "de" else f"{local:%H:%M} {local.tzname()}"
    if local.date() == at.astimezone(zone).date():
        return hour
    with translation.override(language):
        day = date_format(local, "l, j. F" if language == "de" else "l j F")
    return f"{day}, {hour}"
