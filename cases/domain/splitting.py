"""Part of a conversation becomes a case of its own, and goes back within a day.

The new case opens at the moment of the split, and so does its first promise: the messages came earlier, but nobody was
asked this apart before. Its timeline begins with the chosen messages, by reference; the old case keeps them, marked.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from cases.domain.changing import Change, changing, changing_all
from cases.domain.families import said_on
from cases.domain.intake import open_case
from cases.domain.locking import require_version
from cases.domain.merging import join, take_over_a_word
from cases.domain.tying import both, standing, tied, untied
from cases.enums import ADDRESSED, InteractionKind, SpokenBy, Status, TieKind
from cases.models import Case, CaseTie, Interaction
from config.errors import Invalid, Refused, Unknown
from tenants.domain.actors import Actor, actor_of_requester
from tenants.enums import Right
from tenants.models import Requester

AT_MOST = 200  # messages of one split


def split(
    *,
    case_id: int,
    interaction_ids: Sequence[int],
    subject: str = "",
    by: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> Case:
    """The new case: of the same tenant, of the requester whose message is the first among the chosen, which describes
    it. `subject`: that of the case where this was said when empty, which is the old one or was merged into it.

    Raises Absent, Forbidden, Stale; Invalid (`interactions`) for none, for one that is no public message on this case,
    without a message of the customer's, and for one that this customer has not been able to read; Refused for what was
    split off already and for a merged case.
    """
    with changing(case_id=case_id, by=by, at=at, expected_version=expected_version) as change:
        change.require(Right.WORK_CASES)
        old = change.case
        if old.merged_into_id is not None:
            raise Refused(
                _("%(case)s was merged into CASE-%(into)s: split that one.")
                % {"case": old.reference, "into": old.merged_into_id},
                code="merged",
            )
        chosen = _chosen(change, interaction_ids)
        new = _open(chosen, subject=subject, by=by, at=at)
        entries = [one.pk for one in chosen]
        tied(CaseTie(entries=entries, other_version=new.version), TieKind.SPLIT, change, new)
        change.say(
            InteractionKind.SYSTEM,
            f"{_messages(len(entries))} continued in {new.reference}",
            data={"split_to": new.pk, "entries": entries},
        )
        change.tell("cases.case-split", new_case_id=new.pk, interaction_ids=entries, by=by.label)
    return new


def undo(
    *, tie: CaseTie, of: int, reason: str = "", by: Actor, at: datetime, expected_version: int | None = None
) -> Case:
    """The old case, its messages whole again. The new one closes as merged into it, for a number is never used twice.

    Refused (`cannot-take-back`) after a day, and once somebody has answered or taken up the new case.
    `expected_version` is that of the case `of`, one of the two.
    """
    with changing_all(case_ids={tie.case_id, tie.other_id}, by=by, at=at) as changes:
        old, new = both(changes, tie.case_id, tie.other_id)
        old.require(Right.WORK_CASES)
        require_version(changes[of].case, expected_version)
        standing(tie, at=at)
        if why := _why_not(old.case, new.case):
            raise Refused(why, code="cannot-take-back")
        word, last = _first_word(new), (new.case.last_message_at, new.case.last_message_by)
        join(new, old, reason=reason or "The split was taken back.")
        if word is not None:
            take_over_a_word(old, since=word.at, last=last)
        old.say(
            InteractionKind.SYSTEM,
            f"The split into {new.case.reference} was taken back",
            data={"unsplit": new.case.pk, "sla": old.sla_impact},
        )
        old.tell("cases.case-unsplit", new_case_id=new.case.pk, by=by.label)
        untied(tie, by=by, at=at)
    return old.case


def _chosen(change: Change, interaction_ids: Sequence[int]) -> list[Interaction]:
    wanted = sorted(set(interaction_ids))
    if not wanted:
        raise Invalid(_("Choose the messages that go along."), field="interactions", code="required")
    if len(wanted) > AT_MOST:
        raise Invalid(_("At most %(most)s.") % {"most": AT_MOST}, field="interactions", code="max_length")
    known = splittable(change.case, by=change.by).select_related(
        "requester", "case__requester", "written_to__requester"
    )
    found = list(known.filter(pk__in=wanted))
    if len(found) != len(wanted):
        raise Unknown(_("public message on this case"), field="interactions")
    ties = CaseTie.objects.standing().filter(tenant_id=change.case.tenant_id, kind=TieKind.SPLIT)
    if taken := ties.filter(entries__overlap=wanted).first():
        raise Refused(
            _("A message of these continues in CASE-%(other)s already.") % {"other": taken.other_id},
            code="split-already",
        )
    return found


def _open(chosen: Sequence[Interaction], *, subject: str, by: Actor, at: datetime) -> Case:
    """The new case, of whose message is the first among them."""
    first = next((one for one in chosen if one.by_kind == SpokenBy.CUSTOMER), None)
    if first is None:
        raise Invalid(_("Choose at least one message of the client's."), field="interactions", code="not-theirs")
    source = _spoken_on(first)
    requester = first.requester or source.requester
    _require_read_by(requester, chosen)
    opened = open_case(
        tenant_id=first.tenant_id,
        requester=requester.pk,
        subject=subject.strip() or source.subject,
        description=first.body,
        channel=source.channel,
        category=source.category_id,
        tags=source.tags,
        by=by,
        at=at,
    )
    return opened.case


def splittable(case: Case, *, by: Actor) -> QuerySet[Interaction]:
    """The public messages on a case, oldest first: what may be split off."""
    said = Interaction.objects.filter(said_on(case, actor=by), kind__in=ADDRESSED, public=True)
    return said.filter(retracted_by__isnull=True, by_kind__in=[SpokenBy.CUSTOMER, SpokenBy.PERSON]).order_by("at", "pk")


def _spoken_on(said: Interaction) -> Case:
    """The conversation that it is of: where it was said, whatever that case has become."""
    return said.written_to or said.case


def _require_read_by(requester: Requester, chosen: Sequence[Interaction]) -> None:
    """The new case is theirs: it opens no colleague's words to them that merging kept from them."""
    spoken_on = [_spoken_on(one) for one in chosen if one.requester_id != requester.pk]
    others = {case.pk for case in spoken_on if case.requester_id != requester.pk}
    if not others:
        return
    read = Case.objects.visible_to(actor_of_requester(requester)).filter(pk__in=others)
    if read.count() < len(others):
        raise Invalid(
            _("%(requester)s has not read all of these: choose the messages of one person's conversation.")
            % {"requester": requester.name},
            field="interactions",
            code="several-people",
        )


def _why_not(old: Case, new: Case) -> str:
    if new.first_response_at is not None:
        return _("%(case)s has been answered: merge it instead.") % {"case": new.reference}
    if new.status != Status.NEW:
        return _("%(case)s is in “%(status)s”: merge it instead.") % {
            "case": new.reference,
            "status": new.get_status_display(),
        }
    if old.merged_into_id is not None:
        return _("%(case)s was merged into CASE-%(into)s since.") % {"case": old.reference, "into": old.merged_into_id}
    return _("%(case)s is closed: reopen it first.") % {"case": old.reference} if old.status == Status.CLOSED else ""


def _first_word(new: Change) -> Interaction | None:
    """The customer's first word on the new case itself: the old one owes it an answer now."""
    said = Interaction.objects.filter(case=new.case, public=True, by_kind=SpokenBy.CUSTOMER, kind__in=ADDRESSED)
    return said.order_by("at", "pk").first()


def _messages(count: int) -> str:
    return "1 message" if count == 1 else f"{count} messages"
