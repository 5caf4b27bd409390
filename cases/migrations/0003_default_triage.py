"""The desk's first triage table, in its order, and the first branches of the taxonomy. Both are edited in the admin."""

from django.db import migrations

RULES = [
    ("Open P0 incident on a named resource", "open_incident", "is", "P0", "P0"),
    ("Production is down", "impact", "mentions", "down", "P0"),
    ("Data loss", "impact", "mentions", "data loss", "P0"),
    ("A service level indicator is red", "sli", "is", "red", "P1"),
    ("Service is degraded", "impact", "mentions", "degraded", "P1"),
    ("Known issue", "known_issue", "present", "", ""),
    ("How-to question", "how_to", "is", "yes", "P3"),
    ("Everything else", "always", "is", "", "P2"),
]

CATEGORIES = [
    ("incident", "Incident", False),
    ("bug", "Bug", False),
    ("access", "Access and sign-in", False),
    ("ingestion", "Data ingestion", False),
    ("billing", "Billing and limits", False),
    ("interface", "User interface", False),
    ("how-to", "How-to", True),
    ("feature", "Feature request", False),
]


def add(apps, schema_editor):
    TriageRule = apps.get_model("cases", "TriageRule")
    TriageRule.objects.bulk_create(
        TriageRule(position=10 * place, name=name, fact=fact, operator=operator, value=value, priority=priority)
        for place, (name, fact, operator, value, priority) in enumerate(RULES, start=1)
    )
    Category = apps.get_model("cases", "Category")
    Category.objects.bulk_create(Category(slug=slug, name=name, how_to=how_to) for slug, name, how_to in CATEGORIES)


def remove(apps, schema_editor):
    apps.get_model("cases", "TriageRule").objects.filter(name__in=[name for name, *_ in RULES]).delete()
    apps.get_model("cases", "Category").objects.filter(slug__in=[slug for slug, *_ in CATEGORIES]).delete()


class Migration(migrations.Migration):
    dependencies = [("cases", "0002_database_rules")]
    operations = [migrations.RunPython(add, remove)]
