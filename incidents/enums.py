from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Severity(TextChoices):
    """How far the technical damage reaches; a case's priority says how much it hurts the client."""

    SEV1 = "sev1", _("SEV1 · service down or data at risk")
    SEV2 = "sev2", _("SEV2 · major part degraded")
    SEV3 = "sev3", _("SEV3 · minor part degraded")
    SEV4 = "sev4", _("SEV4 · cosmetic or internal")


# The templated mapping of the client's pain to technical extent, and back for the clocks.
SEVERITY_OF_PRIORITY = {"P0": Severity.SEV1, "P1": Severity.SEV2, "P2": Severity.SEV3, "P3": Severity.SEV4}
PRIORITY_OF_SEVERITY = {severity.value: priority for priority, severity in SEVERITY_OF_PRIORITY.items()}


class IncidentStatus(TextChoices):
    INVESTIGATING = "investigating", _("Investigating")
    IDENTIFIED = "identified", _("Identified")
    MONITORING = "monitoring", _("Monitoring")
    RESOLVED = "resolved", _("Resolved")


OPEN_STATUSES = (IncidentStatus.INVESTIGATING, IncidentStatus.IDENTIFIED, IncidentStatus.MONITORING)


class DetectedBy(TextChoices):
    ALARM = "alarm", _("An alarm of ours")
    US = "us", _("One of us")
    CLIENT = "client", _("A client")


class ChainLevel(TextChoices):
    INTENT = "intent", _("Intent and scope")
    SPEC = "spec", _("Spec")
    DESIGN = "design", _("Design")
    CONTENT = "content", _("Content (help text)")
    CODE = "code", _("Code")
    DATA = "data", _("Data and schema")
    TEST = "test", _("Test")
    DEPLOY = "deploy", _("Deploy and environment")
    OPERATIONS = "operations", _("Operations")


class EntryKind(TextChoices):
    MOVE = "move", _("Status")
    UPDATE = "update", _("Word to clients")
    NOTE = "note", _("Note")
    MITIGATION = "mitigation", _("Mitigation")
    RUNBOOK = "runbook", _("Runbook step")
    PAGE = "page", _("Page")
    PEOPLE = "people", _("People")


class ComponentStatus(TextChoices):
    OPERATIONAL = "operational", _("Operational")
    DEGRADED = "degraded_performance", _("Degraded performance")
    PARTIAL = "partial_outage", _("Partial outage")
    MAJOR = "major_outage", _("Major outage")
    MAINTENANCE = "under_maintenance", _("Under maintenance")


class PageStatus(TextChoices):
    SENT = "sent", _("Waiting for an answer")
    ACKNOWLEDGED = "acknowledged", _("Acknowledged")
    ESCALATED = "escalated", _("No answer, next person paged")
    UNREACHED = "unreached", _("Nobody answered")
