"""A case goes to another support level, with a time promised to the client or without."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from cases.domain import fields
from cases.domain.changing import Change, changing
from cases.domain.client.mail import mail_requester
from cases.enums import InteractionKind, Level, SpokenBy
from cases.models import Case, Escalation
from config.errors import Forbidden, Invalid, Refused
from sla.domain.conversation import Happening
from tenants.domain.actors import Actor
from tenants.enums import Right


def escalate(
    *,
    case_id: int,
    to: str,
    known_issues_searched: bool = False,
    target: Mapping[str, Any] | None = None,
    reason: str = "",
    by: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> Case:
    """`target`: {"at": aware datetime, "who": who of ours has it by then}, told to the client in a message.

    With a target the resolution clock ends as met by escalation where the policy says so, and a target clock runs to
    that time; a later escalation moves it. Raises Invalid (L1 to L2 without a search of known issues, a target in the
    past), Forbidden (L3 for L1 and the CS Lead), Refused (a case nobody works on).
    """
    wanted = fields.level(to, field="to")
    promise = _target(target, at=at)
    with changing(case_id=case_id, by=by, at=at, expected_version=expected_version) as change:
        change.require(Right.WORK_CASES)
        case = change.case
        if wanted == Level.L3 and not by.can(Right.ASSIGN_L3, case.tenant_id):
            raise Forbidden(_("L3 is reached through L2: escalate to L2 first."), code="no-way-to-l3")
        if not case.is_open:
            raise Refused(
                _("%(case)s is %(status)s: nothing to escalate.")
                % {"case": case.reference, "status": case.get_status_display().lower()},
                code="not-open",
            )
        if case.level == wanted and promise is None:
            raise Refused(
                _("%(case)s is at %(wanted)s already.") % {"case": case.reference, "wanted": wanted}, code="same-level"
            )
        if case.level == Level.L1 and wanted == Level.L2 and not known_issues_searched:
            raise Invalid(
                _("Search the known issues first, and say that you did."),
                field="known_issues_searched",
                code="required",
            )
        if promise is not None:
            _promise(change, *promise, reason=reason)
        raise_level(change, wanted, reason=reason, searched=known_issues_searched, promise=promise)
    return case


def raise_level(
    change: Change,
    to: str,
    *,
    reason: str,
    searched: bool = False,
    promise: tuple[datetime, str] | None = None,
) -> None:
    """Write the escalation down; whoever may call has been asked before."""
    case, before = change.case, change.case.level
    case.level = to
    target_at, who = promise or (None, "")
    change.escalations.append(
        Escalation(
            case=case,
            tenant_id=case.tenant_id,
            at=change.at,
            from_level=before,
            to_level=to,
            known_issues_searched=searched,
            target_at=target_at,
            target_told_to=who,
            reason=reason.strip(),
            by=change.by.label,
        )
    )
    change.say(
        InteractionKind.SYSTEM,
        in_words(before, to, searched=searched, promise=promise, reason=reason),
        data={"level": [before, to], "sla": change.sla_impact},
    )
    change.tell("cases.case-escalated", **{"from": before, "to": to, "by": change.by.label})


def in_words(before: str, to: str, *, searched: bool, promise: tuple[datetime, str] | None, reason: str) -> str:
    """For the team."""
    words = [f"Escalated {before} → {to}"]
    if searched:
        words.append("known issues searched")
    if promise is not None:
        words.append(f"client told: {promise[1]} by {promise[0]:%Y-%m-%d %H:%M} UTC")
    return ", ".join(words) + (f" ({reason.strip()})" if reason.strip() else "")


def told_to_client(who: str, target_at: datetime, *, zone: str, moved: bool, reason: str) -> str:
    """What makes it a promise; `moved`: another time had been promised before, and `reason` says why it moves."""
    local = target_at.astimezone(ZoneInfo(zone))
    text = f"{who} has taken this on and will come back to you by {local:%A, %d %B %Y, %H:%M} ({local.tzname()})."
    return f"{text} The time has moved: {reason.strip()}" if moved else text


def _promise(change: Change, target_at: datetime, who: str, *, reason: str) -> None:
    """The clocks, and the word to the client that makes it a promise. An automatic word: it answers no question."""
    if change.case.accepted_at is None:
        raise Refused(
            _("%(case)s is not accepted yet: no resolution time runs.") % {"case": change.case.reference},
            code="not-accepted",
        )
    moved = any(clock.kind == "target" and clock.stopped_at is None for clock in change.clocks)
    if moved and not reason.strip():
        raise Invalid(_("Say why the promised time moves."), field="reason", code="required")
    change.happen(Happening.ESCALATE, target_at=target_at)
    text = told_to_client(who, target_at, zone=change.case.requester.time_zone, moved=moved, reason=reason)
    delivery = mail_requester(change.case, template="escalated", automated=True, at=change.at, context={"body": text})
    change.say(InteractionKind.AUTOMATION, text, public=True, by_kind=SpokenBy.AUTOMATION, delivery=delivery)


def _target(target: Mapping[str, Any] | None, *, at: datetime) -> tuple[datetime, str] | None:
    if target is None:
        return None
    when, who = target.get("at"), str(target.get("who") or "").strip()
    if not isinstance(when, datetime) or when.tzinfo is None:
        raise Invalid(_("Give the time the client was promised, with its offset."), field="target", code="required")
    if when <= at:
        raise Invalid(_("The promised time has passed already."), field="target")
    if not who:
        raise Invalid(_("Say who has it by then."), field="target", code="required")
    return when, fields.text(who, field="target", longest=200)
