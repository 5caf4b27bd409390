from django.db.models import TextChoices


class Priority(TextChoices):
    P0 = "P0", "P0 Critical"
    P1 = "P1", "P1 High"
    P2 = "P2", "P2 Medium"
    P3 = "P3", "P3 Low"


class PromiseKind(TextChoices):
    """What a policy promises. A clock's kind is free text: other rooms keep promises of their own."""

    FIRST_RESPONSE = "first_response", "First response"
    NEXT_REPLY = "next_reply", "Next reply"
    RESOLUTION = "resolution", "Resolution"


class Unit(TextChoices):
    SECONDS = "seconds", "seconds of open time"
    BUSINESS_DAYS = "business_days", "business days"
    WALL_SECONDS = "wall_seconds", "seconds round the clock"


class Phase(TextChoices):
    RUNNING = "running", "Running"
    PAUSED = "paused", "Paused"
    ENDED = "ended", "Ended"


class EndedAs(TextChoices):
    MET = "met", "Met"
    LATE = "late", "Late"
    STOPPED = "stopped", "Stopped without being met"
    MOVED = "moved", "Moved to another case"
    ESCALATED = "escalated", "Met by escalation with a target"


class Happened(TextChoices):
    """What a clock's own history knows. The fold reads those up to `postponed`, but for what `undone` names; the others
    are remarks."""

    STARTED = "started", "Started"
    PAUSED = "paused", "Paused"
    RESUMED = "resumed", "Went on"
    STOPPED = "stopped", "Stopped"
    RETARGETED = "retargeted", "New target"
    POSTPONED = "postponed", "Moved to another moment"
    WARNED = "warned", "Early warning"
    BREACHED = "breached", "Breached"
    CAUSE_GIVEN = "cause_given", "Cause named"
    EXCUSED = "excused", "Excused"
    UNDONE = "undone", "Earlier steps taken back"


class AlertKind(TextChoices):
    WARNING = "warning", "Early warning"
    BREACH = "breach", "Breach"


class AlertStatus(TextChoices):
    OPEN = "open", "Open"
    ACKNOWLEDGED = "acknowledged", "Acknowledged"
    RESOLVED = "resolved", "Resolved"


class RecipientRole(TextChoices):
    ON_CALL = "on_call", "On-call"
    PO = "po", "Product owner"
    TECH_LEAD = "tech_lead", "Tech Lead"
    COMMUNICATOR = "communicator", "Communicator"
