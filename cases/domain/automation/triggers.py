"""Which events set off a rule, as the events themselves say it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q

from cases.enums import ADDRESSED, RuleTrigger, SpokenBy
from cases.models import AutomationRule
from outbox.domain.consuming import EventValue

TIME_REACHED = "cases.time-reached"
SAID = tuple(kind.value for kind in ADDRESSED)


@dataclass(frozen=True, slots=True)
class Heard:
    """`payload`: what it must hold, by key."""

    names: tuple[str, ...]
    payload: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)

    def is_this(self, event: EventValue) -> bool:
        held = (event.payload.get(key) in values for key, values in self.payload.items())
        return event.name in self.names and all(held)

    def among_events(self) -> Q:
        return Q(name__in=self.names, **{f"payload__{key}__in": list(values) for key, values in self.payload.items()})


HEARD: Mapping[str, Heard] = {
    RuleTrigger.OPENED.value: Heard(("cases.case-opened",)),
    RuleTrigger.CUSTOMER_WROTE.value: Heard(
        ("cases.interaction-added",), {"kind": SAID, "by_kind": (SpokenBy.CUSTOMER.value,)}
    ),
    RuleTrigger.WE_REPLIED.value: Heard(
        ("cases.interaction-added",), {"kind": SAID, "by_kind": (SpokenBy.PERSON.value,), "public": (True,)}
    ),
    RuleTrigger.MOVED.value: Heard(("cases.case-moved",)),
    RuleTrigger.PRIORITY.value: Heard(("cases.priority-raised", "cases.priority-lowered")),
    RuleTrigger.ESCALATED.value: Heard(("cases.case-escalated",)),
    RuleTrigger.WARNED.value: Heard(("cases.case-warned",)),
    RuleTrigger.BREACHED.value: Heard(("cases.case-breached",)),
    RuleTrigger.WOKEN.value: Heard(("cases.case-woken",)),
    RuleTrigger.TIME.value: Heard((TIME_REACHED,)),
}


def is_said(event: EventValue) -> bool:
    """Of an entry of the timeline: whether a rule could hear it."""
    return any(HEARD[trigger].is_this(event) for trigger in (RuleTrigger.CUSTOMER_WROTE, RuleTrigger.WE_REPLIED))


def may_hear(events: Collection[EventValue]) -> Q:
    """Of rules: those that one of the events may set off; `heard_by` says which."""
    triggers = [trigger for trigger, heard in HEARD.items() if any(heard.is_this(event) for event in events)]
    return Q(trigger__in=triggers, to_status__in={"", *(event.payload.get("to", "") for event in events)})


def heard_by(rule: AutomationRule, event: EventValue) -> bool:
    if rule.tenant_id not in (None, event.tenant_id) or not HEARD[rule.trigger].is_this(event):
        return False
    if rule.trigger == RuleTrigger.TIME:
        return bool(event.payload["rule_id"] == rule.pk)
    return rule.to_status in ("", event.payload.get("to"))
