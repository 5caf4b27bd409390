from sla.models.alert import Alert, AlertRecipient, CauseCode
from sla.models.calendar import Calendar, CalendarVersion
from sla.models.clock import Clock, ClockEvent
from sla.models.policy import Policy, PolicyTarget

__all__ = [
    "Alert",
    "AlertRecipient",
    "Calendar",
    "CalendarVersion",
    "CauseCode",
    "Clock",
    "ClockEvent",
    "Policy",
    "PolicyTarget",
]
