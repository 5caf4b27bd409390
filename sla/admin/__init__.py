from sla.admin.alert import AlertAdmin
from sla.admin.calendar import CalendarAdmin
from sla.admin.cause_code import CauseCodeAdmin
from sla.admin.clock import ClockAdmin
from sla.admin.policy import PolicyAdmin

__all__ = ["AlertAdmin", "CalendarAdmin", "CauseCodeAdmin", "ClockAdmin", "PolicyAdmin"]
