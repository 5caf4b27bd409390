"""The promises that a new desk starts with; all of it can be edited afterwards."""

from datetime import datetime, timezone
from decimal import Decimal

from django.db import migrations

HOURS = {
    "timezone": "Europe/Berlin",
    "weekly_hours": {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")},
}
IN_FORCE_FROM = datetime(2020, 1, 1, tzinfo=timezone.utc)
MEANING = {
    "P0": "Production is down, or major data loss",
    "P1": "Degraded service, limited workaround",
    "P2": "Functional issue, a workaround exists",
    "P3": "How-to question, minor UI issue",
}
MINUTE, HOUR = 60, 3600
ANSWER = {
    "P0": (15 * MINUTE, "wall_seconds"),
    "P1": (1 * HOUR, "wall_seconds"),
    "P2": (4 * HOUR, "wall_seconds"),
    "P3": (1, "business_days"),
}
STANDARD = {
    "P0": (4 * HOUR, "wall_seconds"),
    "P1": (8 * HOUR, "wall_seconds"),
    "P2": (2, "business_days"),
    "P3": (5, "business_days"),
}
RAISED = {
    "P0": (2 * HOUR, "wall_seconds"),
    "P1": (6 * HOUR, "wall_seconds"),
    "P2": (1, "business_days"),
    "P3": (3, "business_days"),
}
POLICIES = [("Standard", "", STANDARD), ("Premium", "premium", RAISED), ("Enterprise", "enterprise", RAISED)]
CAUSES = {
    "capacity": "Nobody was free",
    "handover": "Lost between people or shifts",
    "third-party": "Waiting for a third party",
    "unclear-request": "The request was not understood",
    "wrong-priority": "The priority was wrong",
    "defect-hard": "The fix took longer than thought",
    "tooling": "Our own tools failed",
}


def forwards(apps, schema_editor):
    calendar = apps.get_model("sla", "Calendar").objects.create(name="Berlin office hours", spec=HOURS)
    apps.get_model("sla", "CalendarVersion").objects.create(
        calendar=calendar, version=1, spec=HOURS, created_at=IN_FORCE_FROM
    )
    target = apps.get_model("sla", "PolicyTarget")
    for name, tier, resolution in POLICIES:
        policy = apps.get_model("sla", "Policy").objects.create(
            name=name,
            tier=tier,
            calendar=calendar,
            valid_from=IN_FORCE_FROM,
            warn_steps=[Decimal("0.75")],
            escalation_meets=["P2", "P3"],
            meaning=MEANING,
        )
        tables = {"first_response": ANSWER, "next_reply": ANSWER, "resolution": resolution}
        target.objects.bulk_create(
            target(policy=policy, priority=priority, kind=kind, amount=amount, unit=unit)
            for kind, table in tables.items()
            for priority, (amount, unit) in table.items()
        )
    cause = apps.get_model("sla", "CauseCode")
    cause.objects.bulk_create(cause(code=code, name=name) for code, name in CAUSES.items())


class Migration(migrations.Migration):
    dependencies = [("sla", "0002_kept_by_the_database")]
    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
