from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Right(TextChoices):
    """One thing that somebody may do with a tenant's data. Which role holds which: `domain/access.py`."""

    SEE_CASES = "see_cases", _("See cases, notes, clocks, incidents")
    WORK_CASES = "work_cases", _("Move, reply, note, set the priority")
    LOWER_P0_P1 = "lower_p0_p1", _("Lower a P0 or P1")
    ASSIGN_L1_L2 = "assign_l1_l2", _("Assign to L1 and L2")
    ASSIGN_L3 = "assign_l3", _("Assign to L3")
    HAND_OVER = "hand_over", _("Bulk changes, tier, others' cases, rules, shared macros")
    DECLARE_INCIDENT = "declare_incident", _("Declare an incident")
    RUN_INCIDENTS = "run_incidents", _("Run incidents, bugs, diagnostics, data correction")
    CLIENT_WORDS = "client_words", _("Speak to clients on incidents")
    CLIENT_WORDS_WITH_HAT = "client_words_with_hat", _("Speak to clients on incidents, as the Communicator")
    READ_PROMISES = "read_promises", _("Read policies, calendars, objectives")
    EDIT_PROMISES = "edit_promises", _("Edit policies, calendars, objectives")
    SEND_TELEMETRY = "send_telemetry", _("Send health snapshots")
    SEE_AUDIT = "see_audit", _("See the audit and who has access")
    MANAGE_ACCESS = "manage_access", _("Manage users, grants, tokens")
    MANAGE_DESK = "manage_desk", _("Manage tenants, connections, the outbox, settings")
    CLIENT_CASES = "client_cases", _("As a client: see one's own cases' public part, reply, confirm, reject, reopen")


class Role(TextChoices):
    L1 = "l1", _("L1")
    LEAD = "lead", _("CS Lead")
    L2 = "l2", _("L2")
    L3 = "l3", _("L3 / Tech Lead")
    PO = "po", _("PO")
    AUDITOR = "auditor", _("Auditor")
    CLIENT = "client", _("Client")
    ADMIN = "admin", _("Admin")


class GrantScope(TextChoices):
    ALL = "all", _("Every tenant")
    TENANT = "tenant", _("One tenant")
    SEGMENT = "segment", _("A segment")
    REGION = "region", _("A region")


class TokenScope(TextChoices):
    CASES_READ = "cases:read", _("Read cases, tenants, requesters, resources")
    CASES_WRITE = "cases:write", _("Open and work cases")
    INCIDENTS_READ = "incidents:read", _("Read incidents, runbooks, the rota")
    INCIDENTS_WRITE = "incidents:write", _("Declare and run incidents")
    SLA_READ = "sla:read", _("Read policies, clocks, alerts")
    SLA_WRITE = "sla:write", _("Edit policies, acknowledge alerts")
    TELEMETRY_WRITE = "telemetry:write", _("Send health snapshots")
    REPORTS_READ = "reports:read", _("Read metrics and exports")
    ADMIN = "admin", _("Manage the desk and read its audit")


class Level(TextChoices):
    L1 = "L1", "L1"
    L2 = "L2", "L2"
    L3 = "L3", "L3"


class SupportTier(TextChoices):
    STANDARD = "standard", _("Standard")
    PREMIUM = "premium", _("Premium")
    ENTERPRISE = "enterprise", _("Enterprise")


class BillingStatus(TextChoices):
    ACTIVE = "active", _("Active")
    TRIAL = "trial", _("Trial")
    PAST_DUE = "past_due", _("Past due")
    SUSPENDED = "suspended", _("Suspended")
    ENDED = "ended", _("Ended")


class ContactRole(TextChoices):
    OPERATIONS = "operations", _("Operations")
    SPONSOR = "sponsor", _("Sponsor")
    BILLING = "billing", _("Billing")


class PersonRole(TextChoices):
    PO = "po", _("PO")
    CS_LEAD = "cs_lead", _("CS Lead")
    TECH_LEAD = "tech_lead", _("Tech Lead")
    ON_CALL = "on_call", _("On-call team")
    DEPUTY = "deputy", _("Deputy")


class Health(TextChoices):
    OK = "ok", _("OK")
    DEGRADED = "degraded", _("Degraded")
    DOWN = "down", _("Down")
    UNKNOWN = "unknown", _("Unknown")


class SnapshotKind(TextChoices):
    """What each must say: `domain/contracts.py`."""

    SLI = "sli", _("SLI")
    ERROR_RATE = "error_rate", _("Error rate")
    ERROR_BUDGET = "error_budget", _("Error budget")
    ALERT = "alert", _("Alert")
    DEPLOYMENT = "deployment", _("Deployment")
    CONFIG = "config", _("Configuration")
    FLAG = "flag", _("Feature flag")
    EXPERIMENT = "experiment", _("Experiment")
    USAGE = "usage", _("Usage")
    ENTITLEMENT = "entitlement", _("Entitlement check")


class SnapshotStatus(TextChoices):
    GREEN = "green", _("Green")
    AMBER = "amber", _("Amber")
    RED = "red", _("Red")


class AuditOp(TextChoices):
    INSERT = "INSERT", _("added")
    UPDATE = "UPDATE", _("changed")
    DELETE = "DELETE", _("deleted")
    SIGN_IN = "SIGN-IN", _("signed in")
    SIGN_IN_FAILED = "SIGN-IN-FAILED", _("could not sign in")
    SIGN_OUT = "SIGN-OUT", _("signed out")
