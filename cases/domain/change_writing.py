"""What a change brought, written down: a statement a table, however many cases changed at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cases.domain import change_notes, sending, snapshots, timer_schedule
from cases.models import Attachment, Case, Interaction
from config.bulk import write_back
from config.inserting import insert
from outbox.domain.publish import NewEvent, publish_many
from sla.domain import policies

if TYPE_CHECKING:
    from cases.domain.changing import Change


#: Events that say whether they can still be taken back.
OF_A_PRESS = ("cases.interaction-added", "cases.case-moved")


@dataclass(frozen=True, slots=True)
class Said:
    """An entry of the timeline, and the files that come with it."""

    interaction: Interaction
    attachments: list[Attachment]

    @property
    def mails(self) -> list[int]:
        """What carried it: to the requester, and copies."""
        copies = self.interaction.data.get("copies", [])
        return [pk for pk in (self.interaction.delivery_id, *copies) if pk is not None]


def write(changes: Sequence[Change]) -> None:
    changes = [change for change in changes if _settle(change)]
    if not changes:
        return
    _save_cases(changes)
    said = [one for change in changes for one in change.said]
    insert(one.interaction for one in said)
    for one in said:
        if one.attachments:
            Attachment.objects.filter(pk__in=[attachment.pk for attachment in one.attachments]).update(
                interaction=one.interaction, public=one.interaction.public
            )
    insert(one for change in changes for one in change.escalations)
    for change in changes:
        _complete_moves(change)
    insert(one for change in changes for one in change.transitions)
    sending.record(changes)
    change_notes.note_on_commit([change.case for change in changes])
    publish_many(events=[event for change in changes for event in _events(change)])


def _settle(change: Change) -> bool:
    """The case has its next timer and version; whether there is anything to write."""
    changed = change.changed_columns
    if not (changed or change.said or change.transitions or change.escalations or change.told or change.touched):
        return False
    if change.by.is_person and "woken_at" not in changed:
        change.case.woken_at = None  # one of us has dealt with it
    _set_timer(change, changed)
    if not change.opening:
        change.case.version += 1
    return True


def _set_timer(change: Change, changed: Sequence[str]) -> None:
    if timer_schedule.DEPENDS_ON.isdisjoint(changed) and not change.timer_is_old:
        return
    case = change.case

    def hours() -> Any:
        return policies.promises(change.policy, case.priority).hours

    case.next_timer_at, case.next_timer = timer_schedule.next_timer(case, case.tenant, hours=hours)
    case.timer_retry_after = None


def _save_cases(changes: Sequence[Change]) -> None:
    alike: dict[tuple[str, ...], list[Case]] = defaultdict(list)
    for change in changes:
        alike[tuple(change.changed_columns)].append(change.case)
    for columns, cases in alike.items():
        if len(cases) == 1:
            cases[0].save(update_fields=columns)
        elif columns:
            write_back(cases, columns)


def _complete_moves(change: Change) -> None:
    """Once the timeline has its ids."""
    point = change.restore_point
    if point is not None:
        point["interactions"] = [said.interaction.pk for said in change.said if said.interaction.public]
        point["deliveries"] = [mail for said in change.said for mail in said.mails]
    for transition in change.transitions:
        transition.case_version = change.case.version
        transition.restore_point = point


def _events(change: Change) -> Iterator[NewEvent]:
    """What the change tells, once the timeline has its ids."""
    of_press = sending.told(change)
    told = [*change.told, *_said_events(change)]
    if not change.transitions:
        fields = sorted(set(change.changed_columns) - snapshots.BOOKKEEPING)
        if fields:
            told.append(("cases.case-changed", {"fields": fields, "by": change.by.label}))
    for name, payload in told:
        yield NewEvent(
            name=name,
            tenant_id=change.case.tenant_id,
            payload={"case_id": change.case.pk, **payload, **(of_press if name in OF_A_PRESS else {})},
            at=change.at,
            key=f"case:{change.case.pk}",
        )


def _said_events(change: Change) -> Iterator[tuple[str, dict[str, Any]]]:
    for said in change.said:
        one = said.interaction
        yield (
            "cases.interaction-added",
            {"interaction_id": one.pk, "kind": str(one.kind), "public": one.public, "by_kind": str(one.by_kind)},
        )
