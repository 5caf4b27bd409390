"""A past played through the first doors, one call a moment, each with the moment passed in."""

from itertools import groupby
from operator import attrgetter

from cases.domain import escalation, intake, lifecycle, priorities, talking
from cases.domain.history_events import Escalated, Moved, Prioritised, Said
from cases.enums import InteractionKind, SpokenBy, Status
from cases.models import Case
from tenants.domain.actors import SYSTEM


def play(past, actors):
    """`actors` by label. The case as it was when it came in; read it again for what became of it."""
    opened = intake.open_case(
        tenant_id=past.tenant_id,
        requester=past.requester_id,
        subject=past.subject,
        description=past.description,
        channel=past.channel,
        opened_by=past.opened_by,
        priority=past.priority,
        severity=past.severity,
        impact=past.impact,
        category=past.category_id,
        tags=past.tags,
        error_ids=past.error_ids,
        by=actors[past.by_label] if past.by_label else SYSTEM,
        at=past.opened_at,
    ).case
    for at, events in groupby(past.events, key=attrgetter("at")):
        act(opened.pk, list(events), actors, at=at)
    return opened


def act(case_id, events, actors, *, at):
    found = {type(event): event for event in events}
    said, moved = found.get(Said), found.get(Moved)
    by = actors[(moved or events[0]).by_label]
    if moved is not None:
        move(case_id, moved, said, by=by, at=at)
    elif escalated := found.get(Escalated):
        target = {"at": escalated.target_at, "who": escalated.target_told_to} if escalated.target_at else None
        escalation.escalate(
            case_id=case_id,
            to=escalated.to,
            known_issues_searched=escalated.known_issues_searched,
            target=target,
            reason=escalated.reason,
            by=by,
            at=at,
        )
    elif changed := found.get(Prioritised):
        priorities.change_priority(case_id=case_id, priority=changed.priority, reason=changed.reason, by=by, at=at)
    else:
        talking.add_interaction(case_id=case_id, kind=said.kind, public=said.public, body=said.body, by=by, at=at)


def move(case_id, moved, said, *, by, at):
    door, asks = door_of(Case.objects.get(pk=case_id).status, moved, said)
    if door is not None:
        door(case_id=case_id, by=by, at=at, **asks)
    else:
        talking.add_interaction(case_id=case_id, kind=said.kind, public=True, body=said.body, by=by, at=at)


def door_of(before, moved, said):
    """None: the customer's word makes the move."""
    match before, moved.to:
        case _, Status.TRIAGE:
            return lifecycle.accept, {}
        case Status.TRIAGE, Status.IN_PROGRESS:
            return lifecycle.start, {}
        case Status.WAITING, Status.IN_PROGRESS:
            return lifecycle.resume, {}
        case Status.RESOLVED, Status.IN_PROGRESS:
            return lifecycle.reject, {"reason": moved.reason}
        case Status.CLOSED, Status.IN_PROGRESS if said is not None and said.by_kind == SpokenBy.CUSTOMER:
            return None, {}
        case _, Status.WAITING:
            return lifecycle.wait, {"ask": said.body}
        case _, Status.RESOLVED:
            kept = moved.resolution
            evidence = [piece["value"] for piece in kept.evidence]
            return lifecycle.resolve, {
                "summary": kept.summary,
                "validated": kept.validated,
                "evidence": evidence,
                "preventive_actions": kept.preventive_actions,
            }
        case Status.RESOLVED, Status.CLOSED if said is not None and said.kind == InteractionKind.CONFIRMATION:
            return lifecycle.confirm, {}
    return lifecycle.close, {"reason": moved.reason, "as_": str(moved.closed_as)}
