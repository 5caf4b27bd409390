"""The moves of a case, one door each. Nothing else changes a status (but history.py, which writes what was).

Every door takes the case's id, who acts and when; `expected_version` refuses (Stale) when somebody was faster. Raises
Absent, Forbidden, TransitionRefused (with what is allowed), Invalid for what a move asks for and did not get.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from cases.domain import custom_fields, gates, macros, moves, sending, surveys, talking
from cases.domain.attachments import waiting_files
from cases.domain.changing import Change, changing
from cases.domain.client.mail import mail_requester
from cases.domain.ownership import set_owner
from cases.domain.priorities import set_priority, set_tier
from cases.domain.resolution import Resolution, checked
from cases.enums import ClosedAs, InteractionKind, Move, SpokenBy, Status
from cases.models import Case
from config.errors import Forbidden, Invalid, TransitionRefused, Unknown
from sla.domain.conversation import Happening
from tenants.domain.actors import Actor

WITHOUT_WORK = (ClosedAs.SPAM, ClosedAs.DUPLICATE, ClosedAs.WITHDRAWN)


def accept(
    *,
    case_id: int,
    priority: str | None = None,
    owner_id: int | None = None,
    tier: str | None = None,
    note: str = "",
    reason: str = "",
    by: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> Case:
    """New → Triage: the resolution clock starts. Priority defaults to the proposed one, the owner to oneself."""
    with changing(case_id=case_id, by=by, at=at, expected_version=expected_version) as change:
        moves.require(change.case, Move.ACCEPT, by)
        change.can_be_taken_back()
        _accept(change, priority=priority, owner_id=owner_id, tier=tier, note=note, reason=reason)
    return change.case


def start(*, case_id: int, reason: str = "", by: Actor, at: datetime, expected_version: int | None = None) -> Case:
    """Triage → In progress."""
    with changing(case_id=case_id, by=by, at=at, expected_version=expected_version) as change:
        moves.require(change.case, Move.START, by)
        change.can_be_taken_back()
        _start(change, reason=reason)
    return change.case


def wait(
    *,
    case_id: int,
    ask: str,
    reason: str = "",
    attachment_ids: Sequence[int] = (),
    send_as: bool = False,
    macro_id: int | None = None,
    promise_meant: str | None = None,
    press: sending.Press | None = None,
    by: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> Case:
    """→ Waiting on customer: `ask` goes out as a public reply, then the resolution clock pauses.

    `send_as`: from New or Triage, run the moves in between first. `macro_id`, `promise_meant`, `press`: as
    `add_interaction`.
    """
    with changing(case_id=case_id, by=by, at=at, expected_version=expected_version) as change:
        question = talking.checked_body(ask, field="ask")
        change.can_be_taken_back()
        sending.begin(change, press)
        if send_as:
            _go_to_work(change)
        moves.require(change.case, Move.WAIT, by)
        used = macros.use(change, macro_id)
        talking.reply(
            change, question, template="ask", files=waiting_files(change.case, attachment_ids, by=by),
            data={"asks": True}, macro_id=used, promise_meant=promise_meant,
        )  # fmt: skip
        change.move(Move.WAIT, lambda: change.case._to_waiting(at=at), what=Happening.WAIT, reason=reason)
    return change.case


def resume(*, case_id: int, reason: str = "", by: Actor, at: datetime, expected_version: int | None = None) -> Case:
    """Waiting on customer → In progress, without a word of the customer's."""
    with changing(case_id=case_id, by=by, at=at, expected_version=expected_version) as change:
        moves.require(change.case, Move.RESUME, by)
        change.can_be_taken_back()
        change.move(Move.RESUME, lambda: change.case._from_waiting(at=at), what=Happening.RESUME, reason=reason)
    return change.case


def resolve(
    *,
    case_id: int,
    summary: str = "",
    validated: str = "",
    evidence: Sequence[Any] | str = (),
    preventive_actions: Sequence[str] | str = (),
    reason: str = "",
    attachment_ids: Sequence[int] = (),
    send_as: bool = False,
    macro_id: int | None = None,
    promise_meant: str | None = None,
    fields: Mapping[str, Any] | None = None,
    press: sending.Press | None = None,
    by: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> Case:
    """→ Resolved: `summary` goes out as a public reply, the resolution clock stops.

    `evidence`: texts, links, or {"attachment": id}. `preventive_actions`: a list, or "none needed". `fields`: of the
    desk's own, as `custom_fields.put`. The rest as `wait`. What the desk asks besides is `gates`'.
    """
    with changing(case_id=case_id, by=by, at=at, expected_version=expected_version) as change:
        change.can_be_taken_back()
        sending.begin(change, press)
        if send_as:
            _go_to_work(change)
        moves.require(change.case, Move.RESOLVE, by)
        resolution = checked(
            change.case,
            summary=summary,
            validated=validated,
            evidence=evidence,
            preventive_actions=preventive_actions,
        )
        files = waiting_files(change.case, attachment_ids, by=by)
        used = macros.use(change, macro_id)
        custom_fields.put(change, fields or {})
        gates.require(change)
        talking.reply(
            change, resolution.summary, template="resolved", files=files, data={"resolution": True},
            macro_id=used, promise_meant=promise_meant,
        )  # fmt: skip
        _resolve(change, resolution, resolved_as=ClosedAs.SOLVED, reason=reason)
    return change.case


def confirm(*, case_id: int, reason: str = "", by: Actor, at: datetime, expected_version: int | None = None) -> Case:
    """Resolved → Closed: the customer says that it works, or one of us on their behalf."""
    with changing(case_id=case_id, by=by, at=at, expected_version=expected_version) as change:
        moves.require(change.case, Move.CONFIRM, by)
        words = talking.checked_body(reason, field="reason") if reason.strip() else ""
        change.say(
            InteractionKind.CONFIRMATION,
            words or "The resolution is confirmed.",
            public=True,
            by_kind=SpokenBy.CUSTOMER if by.is_customer else None,
        )
        _close(change, Move.CONFIRM, reason=words, what=Happening.CONFIRM)
    return change.case


def reject(*, case_id: int, reason: str, by: Actor, at: datetime, expected_version: int | None = None) -> Case:
    """Resolved → In progress: it does not work yet. The clock goes on, the time in Resolved not counted."""
    with changing(case_id=case_id, by=by, at=at, expected_version=expected_version) as change:
        moves.require(change.case, Move.REJECT, by)
        words = _reason(reason, _("Say what does not work yet."))
        change.can_be_taken_back()
        change.move(Move.REJECT, lambda: change.case._to_rejected(at=at), what=Happening.REJECT, reason=words)
        if by.is_customer:
            _their_words(change, words)
    return change.case


def close(
    *,
    case_id: int,
    reason: str = "",
    as_: str = "",
    of: int | None = None,
    by: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> Case:
    """Resolved → Closed; or any open case → Closed as spam, duplicate (`of` another case) or withdrawn."""
    with changing(case_id=case_id, by=by, at=at, expected_version=expected_version) as change:
        case = change.case
        moves.require(case, Move.CLOSE, by)
        if as_ and as_ not in WITHOUT_WORK:
            raise Invalid(_("One of %(choices)s.") % {"choices": ", ".join(WITHOUT_WORK)}, field="as")
        if of is not None and as_ != ClosedAs.DUPLICATE:
            raise Invalid(_("Only a duplicate is one of another case."), field="of")
        if by.is_customer and as_ != ClosedAs.WITHDRAWN:
            raise Forbidden(_("You can withdraw your case; a resolution is confirmed or rejected."))
        if not as_ and case.status != Status.RESOLVED:
            raise TransitionRefused(moves.not_resolved(case), allowed=moves.allowed(case, by))
        words = _reason(reason, _("Say why it closes."))
        if not as_:
            _close(change, Move.CLOSE, reason=words, what=Happening.CLOSE)
            return case
        change.can_be_taken_back()
        if as_ == ClosedAs.DUPLICATE:
            case.duplicate_of = _original(case, of, by)
        change.move(
            Move.CLOSE,
            lambda: case._to_closed_without_work(at=at, closed_as=as_),
            what=Happening.CLOSE,
            reason=words,
        )
        case.customer_waiting_since = None
        if by.is_customer:
            _their_words(change, words)
        change.tell("cases.case-closed", closed_as=as_)
    return case


def reopen(*, case_id: int, reason: str, by: Actor, at: datetime, expected_version: int | None = None) -> Case:
    """Closed → In progress, in a new resolution window; what was is kept."""
    with changing(case_id=case_id, by=by, at=at, expected_version=expected_version) as change:
        moves.require(change.case, Move.REOPEN, by)
        words = _reason(reason, _("Say why it is reopened."))
        change.can_be_taken_back()
        change.reopen(reason=words)
        if by.is_customer:
            _their_words(change, words)
    return change.case


def resolve_unanswered(change: Change, *, days: int) -> None:
    """The timer's way to Resolved: the customer was reminded and did not answer. Told to them, no clock met."""
    text = (
        f"We have not heard from you for {days} business days, so we take this case as settled. "
        "Answer whenever you like: your answer brings it back to us."
    )
    delivery = mail_requester(change.case, template="no_answer", automated=True, at=change.at, context={"body": text})
    change.say(
        InteractionKind.AUTOMATION, text, public=True, by_kind=SpokenBy.AUTOMATION, delivery=delivery,
        data={"resolution": True},
    )  # fmt: skip
    resolution = Resolution(
        summary=text,
        validated="Not validated: no answer.",
        evidence=[{"kind": "text", "value": f"No answer since {change.case.waiting_since:%Y-%m-%d %H:%M} UTC"}],
        preventive_actions="none needed",
    )
    _resolve(change, resolution, resolved_as=ClosedAs.NO_ANSWER, reason=f"No answer for {days} business days.")


def close_unanswered(change: Change, *, days: int) -> None:
    """The timer's way to Closed."""
    _close(change, Move.CLOSE, reason=f"Closed by itself {days} days after it was resolved.", what=Happening.CLOSE)


def _accept(
    change: Change,
    *,
    priority: str | None = None,
    owner_id: int | None = None,
    tier: str | None = None,
    note: str = "",
    reason: str = "",
) -> None:
    case, by = change.case, change.by
    owner = owner_id if owner_id is not None else by.user_id if by.is_person else case.owner_id
    if owner is None and by.kind not in ("system", "importer"):
        raise Invalid(_("Name the owner."), field="owner", code="required")
    set_owner(change, owner)
    if tier:
        set_tier(change, tier)
    if priority:
        set_priority(change, priority, reason=reason)
    change.move(Move.ACCEPT, lambda: case._to_triage(at=change.at), what=Happening.ACCEPTED, reason=reason)
    if note.strip():
        change.say(InteractionKind.NOTE, talking.checked_body(note, field="note"))


def _start(change: Change, *, reason: str = "") -> None:
    change.move(Move.START, lambda: change.case._to_in_progress(at=change.at), reason=reason)


def _go_to_work(change: Change) -> None:
    for move in moves.ON_THE_WAY.get(change.case.status, ()):
        moves.require(change.case, move, change.by)
        if move == Move.ACCEPT:
            _accept(change)
        else:
            _start(change)


def _resolve(change: Change, resolution: Resolution, *, resolved_as: ClosedAs, reason: str) -> None:
    case = change.case
    change.move(
        Move.RESOLVE,
        lambda: case._to_resolved(at=change.at, resolved_as=resolved_as),
        what=Happening.RESOLVE,
        reason=reason,
    )
    case.resolution_summary = resolution.summary
    case.resolution_validated = resolution.validated
    case.resolution_evidence = resolution.evidence
    case.resolution_preventive_actions = resolution.preventive_actions
    change.tell("cases.case-resolved", resolved_as=resolved_as.value)


def _close(change: Change, move: Move, *, reason: str, what: Happening) -> None:
    case = change.case
    closed_as = case.resolved_as or ClosedAs.SOLVED.value
    change.move(move, lambda: case._to_closed(at=change.at, closed_as=closed_as), what=what, reason=reason)
    case.customer_waiting_since = None
    surveys.send(change)
    change.tell("cases.case-closed", closed_as=closed_as)


def _their_words(change: Change, words: str) -> None:
    change.say(InteractionKind.MESSAGE, words, public=True)
    change.case.last_message_at, change.case.last_message_by = change.at, SpokenBy.CUSTOMER


def _reason(reason: str, ask: str) -> str:
    if not reason.strip():
        raise Invalid(ask, field="reason", code="required")
    return talking.checked_body(reason, field="reason")


def _original(case: Case, of: int | None, by: Actor) -> Case:
    if of is None:
        raise Invalid(_("Say which case it duplicates."), field="of", code="required")
    original = Case.objects.visible_to(by).filter(pk=of, tenant_id=case.tenant_id).exclude(pk=case.pk).first()
    if original is None:
        raise Unknown(_("other case of this tenant"), field="of")
    if original.merged_into_id is not None:
        raise Invalid(
            _("%(case)s was merged into CASE-%(into)s: name that one.")
            % {"case": original.reference, "into": original.merged_into_id},
            field="of",
        )
    if original.duplicate_of_id is not None:
        raise Invalid(
            _("%(case)s is a duplicate itself, of CASE-%(of)s.")
            % {"case": original.reference, "of": original.duplicate_of_id},
            field="of",
        )
    return original
