from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Priority(TextChoices):
    P0 = "P0", "P0 Critical"
    P1 = "P1", "P1 High"
    P2 = "P2", "P2 Medium"
    P3 = "P3", "P3 Low"


class PromiseKind(TextChoices):
    """What a policy promises. A clock's kind is free text: other rooms keep promises of their own."""

    FIRST_RESPONSE = "first_response", _("First response")
    NEXT_REPLY = "next_reply", _("Next reply")
    RESOLUTION = "resolution", _("Resolution")


class Unit(TextChoices):
    SECONDS = "seconds", _("seconds of open time")
    BUSINESS_DAYS = "business_days", _("business days")
    WALL_SECONDS = "wall_seconds", _("seconds round the clock")


class Phase(TextChoices):
    RUNNING = "running", _("Running")
    PAUSED = "paused", _("Paused")
    ENDED = "ended", _("Ended")


class EndedAs(TextChoices):
    MET = "met", _("Met")
    LATE = "late", _("Late")
    STOPPED = "stopped", _("Stopped without being met")
    MOVED = "moved", _("Moved to another case")
    ESCALATED = "escalated", _("Met by escalation with a target")


class Happened(TextChoices):
    """What a clock's own history knows. The fold reads those up to `postponed`, but for what `undone` names; the others
    are remarks."""

    STARTED = "started", _("Started")
    PAUSED = "paused", _("Paused")
    RESUMED = "resumed", _("Went on")
    STOPPED = "stopped", _("Stopped")
    RETARGETED = "retargeted", _("New target")
    POSTPONED = "postponed", _("Moved to another moment")
    WARNED = "warned", _("Early warning")
    BREACHED = "breached", _("Breached")
    CAUSE_GIVEN = "cause_given", _("Cause named")
    EXCUSED = "excused", _("Excused")
    UNDONE = "undone", _("Earlier steps taken back")


class AlertKind(TextChoices):
    WARNING = "warning", _("Early warning")
    BREACH = "breach", _("Breach")


class AlertStatus(TextChoices):
    OPEN = "open", pgettext_lazy("state", "Open")
    ACKNOWLEDGED = "acknowledged", _("Acknowledged")
    RESOLVED = "resolved", _("Resolved")


class RecipientRole(TextChoices):
    ON_CALL = "on_call", _("On-call")
    PO = "po", _("Product owner")
    TECH_LEAD = "tech_lead", _("Tech Lead")
    COMMUNICATOR = "communicator", _("Communicator")
