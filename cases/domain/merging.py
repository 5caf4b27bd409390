"""Two cases of a client become one conversation, and apart again within a day.

The merged case closes as *merged* and its clocks end as moved, neither met nor missed. What was said on it is read on
the other one, its root, by reference (`families`); what is said to it from then on lands there (`changing_root`). A
word of its customer's that nobody had answered is the root's now: next reply runs there from when it was written.

Not a *duplicate* (`lifecycle.close`): that one is closed beside its original, keeps its own conversation and reopens.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Max, Min
from django.utils.translation import gettext as _

from cases.domain import snapshots, talking
from cases.domain.changing import Change, changing_all
from cases.domain.client.mail import mail_requester
from cases.domain.locking import require_version
from cases.domain.ownership import NO_WAY_TO_L3, is_at_third_level
from cases.domain.restoring import can_restore, restore, retract
from cases.domain.tying import both, standing, the_two, tied, untied
from cases.enums import ADDRESSED, ClosedAs, InteractionKind, Move, SpokenBy, Status, TieKind
from cases.models import Case, CaseTie, Interaction, Transition
from config.errors import Forbidden, Invalid, Refused
from sla.domain.conversation import Happening
from tenants.domain.actors import Actor
from tenants.enums import Right

#: What merging changes of the merged case: all else may have changed since, and stays.
CHANGED = frozenset(
    {
        "status",
        "closed_as",
        "closed_at",
        "merged_into_id",
        "waiting_since",
        "customer_waiting_since",
        "possible_thanks_at",
        "timer_step",
        "next_due_at",
        "next_due_kind",
        "next_timer_at",
        "next_timer",
    }
)


def merge(
    *, case_id: int, into: int, reason: str = "", by: Actor, at: datetime, expected_version: int | None = None
) -> Case:
    """The case, closed as merged `into` another open one of the same tenant.

    Raises Absent, Forbidden (`no-way-to-l3` too), Stale; Invalid (`into`) for itself, another tenant's or a merged
    case; Refused (`closed`) where one of the two is closed.
    """
    words = talking.checked_body(reason, field="reason") if reason.strip() else ""
    with changing_all(case_ids={case_id, into}, by=by, at=at) as changes:
        gone, root = the_two(changes, case_id, into, field="into", expected_version=expected_version)
        _require_open(gone.case, root.case)
        _require_way_to_l3(gone, root)
        tie = CaseTie(
            other_version=root.case.version + 1, restore_point=snapshots.restore_point(root.case, root.clocks)
        )
        gone.can_be_taken_back()
        since = gone.case.customer_waiting_since
        last = gone.case.last_message_at, gone.case.last_message_by
        join(gone, root, reason=words)
        if since is not None:
            take_over_a_word(root, since=since, last=last)
        root.say(
            InteractionKind.SYSTEM,
            f"{gone.case.reference} merged into this case" + (f" ({words})" if words else ""),
            data={"merged": gone.case.pk, "sla": root.sla_impact},
        )
        gone.tell("cases.case-merged", into=into, by=by.label)
        tied(tie, TieKind.MERGED, gone, root.case)
    return gone.case


def join(gone: Change, root: Change, *, reason: str) -> None:
    """Close the one into the other, and tell its requester if the other's is somebody else."""
    case, at = gone.case, gone.at
    case.merged_into = root.case
    gone.move(
        Move.MERGE,
        lambda: case._to_closed_without_work(at=at, closed_as=ClosedAs.MERGED),
        what=Happening.MERGED,
        reason=reason,
    )
    case.customer_waiting_since = None
    if case.requester_id != root.case.requester_id:
        into = root.case.reference
        delivery = mail_requester(case, template="merged", automated=True, at=at, context={"into": into})
        gone.say(
            InteractionKind.AUTOMATION,
            f"This case continues as {into}. What you write here reaches us there.",
            public=True,
            by_kind=SpokenBy.AUTOMATION,
            delivery=delivery,
        )
    gone.tell("cases.case-closed", closed_as=ClosedAs.MERGED.value)


def undo(
    *, tie: CaseTie, of: int, reason: str = "", by: Actor, at: datetime, expected_version: int | None = None
) -> Case:
    """The merged case as it was: its status, its clocks as if they had never ended. What was said to it meanwhile stays
    on the root and is named. Refused (`cannot-take-back`) after a day, and when the root was merged on.
    `expected_version` is that of the case `of`, one of the two.
    """
    with changing_all(case_ids={tie.case_id, tie.other_id}, by=by, at=at) as changes:
        gone, root = both(changes, tie.case_id, tie.other_id)
        gone.require(Right.WORK_CASES)
        require_version(changes[of].case, expected_version)
        standing(tie, at=at)
        if root.case.merged_into_id is not None:
            raise Refused(
                _("%(case)s was merged into CASE-%(into)s since: take that back first.")
                % {"case": root.case.reference, "into": root.case.merged_into_id},
                code="cannot-take-back",
            )
        merged = Transition.objects.filter(case=gone.case, move=Move.MERGE).latest("pk")
        point = merged.restore_point or {}
        word = point["case"]["customer_waiting_since"]
        _restore_the_merged(gone, point, moved_at=merged.at)
        gone.log_move(Move.TAKE_BACK, before=merged.to_status, after=merged.from_status, reason=reason, undoes=merged)
        _say_what_stays(gone, root, since=merged.at)
        _restore_the_root(root, tie, had_a_word=word is not None)
        root.say(
            InteractionKind.SYSTEM,
            f"{gone.case.reference} taken out of this case again",
            data={"unmerged": gone.case.pk, "sla": root.sla_impact},
        )
        gone.tell("cases.case-unmerged", out_of=root.case.pk, by=by.label)
        untied(tie, by=by, at=at)
    return gone.case


def merge_of(case_id: int, *, by: Actor) -> CaseTie | None:
    """The merge that the case went by, if it did and `by` may see it."""
    seen = Case.objects.visible_to(by).filter(pk=case_id, merged_into__isnull=False)
    return CaseTie.objects.standing().filter(kind=TieKind.MERGED, case__in=seen).first()


def why_not(case: Case) -> str:
    """Empty when this case may be merged into another, or another into it."""
    if case.merged_into_id is not None:
        return _("%(case)s was merged into CASE-%(into)s.") % {"case": case.reference, "into": case.merged_into_id}
    closed = case.status == Status.CLOSED
    return _("%(case)s is closed: reopen it first.") % {"case": case.reference} if closed else ""


def _require_open(gone: Case, root: Case) -> None:
    if why := why_not(gone):
        raise Refused(why, code="closed")
    if root.merged_into_id is not None:
        raise Invalid(
            _("%(case)s was merged into CASE-%(into)s: name that one.")
            % {"case": root.reference, "into": root.merged_into_id},
            field="into",
            code="merged",
        )
    if why := why_not(root):
        raise Refused(why, code="closed")


def _require_way_to_l3(gone: Change, root: Change) -> None:
    """What is merged into a case of L3's is L3's from then on."""
    if root.by.can(Right.ASSIGN_L3, root.case.tenant_id):
        return
    if is_at_third_level(root.case, at=root.at) and not is_at_third_level(gone.case, at=gone.at):
        raise Forbidden(_(NO_WAY_TO_L3), code="no-way-to-l3")


def take_over_a_word(root: Change, *, since: datetime, last: tuple[datetime | None, str]) -> None:
    """The root hears what the merged case had not answered, as it hears any word of a customer's, at its own time."""
    case = root.case
    if case.status == Status.WAITING:
        root.move(
            Move.RESUME,
            lambda: case._from_waiting(at=root.at),
            what=Happening.CUSTOMER_REPLY,
            since=since,
            reason="A merged case brought a customer's word.",
        )
    else:
        root.happen(Happening.CUSTOMER_REPLY, since=since)
    if case.customer_waiting_since is None or since < case.customer_waiting_since:
        case.customer_waiting_since = since
    said_at, said_by = last
    if said_at is not None and (case.last_message_at is None or said_at > case.last_message_at):
        case.last_message_at, case.last_message_by = said_at, said_by


def _restore_the_merged(gone: Change, point: Mapping[str, Any], *, moved_at: datetime) -> None:
    if told := point.get("deliveries", []):
        retract(gone, delivery_ids=told, entry_ids=point.get("interactions", []))
    restore(gone, point, moved_at=moved_at, only=CHANGED)


def _restore_the_root(root: Change, tie: CaseTie, *, had_a_word: bool) -> None:
    """As it was, if nothing happened there since; else it goes on as it stands. Then the word that it took over goes
    back alone: the clock on it ends as moved, unless there is another word that nobody has answered.
    """
    moved_at, case = tie.made_at, root.case
    point = tie.restore_point or {}
    if case.version == tie.other_version and can_restore(root, moved_at=moved_at):
        before = case.status
        restore(root, point, moved_at=moved_at)
        for resumed in Transition.objects.filter(case=case, at=moved_at, move=Move.RESUME, undone_by__isnull=True):
            root.log_move(Move.TAKE_BACK, before=before, after=case.status, reason="", undoes=resumed)
        return
    if not had_a_word or case.status == Status.CLOSED or case.customer_waiting_since is None:
        return
    case.customer_waiting_since = _unanswered_without(tie)
    if case.customer_waiting_since is None:
        root.happen(Happening.WORD_MOVED)


def _unanswered_without(tie: CaseTie) -> datetime | None:
    """Since when the root waits for us once this merge is taken out: for its own word, or for that of another case that
    is still merged into it. What we answered before is none.
    """
    said = Interaction.objects.filter(case=tie.other_id, public=True, retracted_by__isnull=True)
    answered = said.filter(by_kind=SpokenBy.PERSON, kind__in=ADDRESSED).aggregate(at=Max("at"))["at"]
    merges = CaseTie.objects.filter(kind=TieKind.MERGED, other=tie.other_id).order_by("made_at", "pk")
    ties = list(merges if answered is None else merges.filter(made_at__gt=answered))
    since = ties[0].made_at if ties else answered
    words = [said.filter(by_kind=SpokenBy.CUSTOMER, at__gt=since).aggregate(at=Min("at"))["at"]]
    words += [_waited_since(one.restore_point) for one in ties[:1]]
    brought = Transition.objects.filter(
        case__in=[one.case_id for one in ties if one.undone_at is None and one.pk != tie.pk],
        move=Move.MERGE,
        undone_by__isnull=True,
    )
    words += [_waited_since(point) for point in brought.values_list("restore_point", flat=True)]
    return min((word for word in words if word is not None), default=None)


def _waited_since(point: Mapping[str, Any] | None) -> datetime | None:
    since = point["case"]["customer_waiting_since"] if point else None
    return datetime.fromisoformat(since) if since is not None else None


def _say_what_stays(gone: Change, root: Change, *, since: datetime) -> None:
    stays = list(
        Interaction.objects.filter(case=root.case, written_to=gone.case, at__gte=since)
        .order_by("at", "pk")
        .values_list("pk", "at")
    )
    words = f"Taken out of {root.case.reference} again"
    if stays:
        times = ", ".join(f"{at:%Y-%m-%d %H:%M} UTC" for _pk, at in stays)
        words = f"{words}. Said here meanwhile, and stays on {root.case.reference}: {times}"
    gone.say(InteractionKind.SYSTEM, words, data={"unmerged_from": root.case.pk, "stays": [pk for pk, _at in stays]})
