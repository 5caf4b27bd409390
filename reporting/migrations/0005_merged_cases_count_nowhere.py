"""Merged cases count nowhere, as duplicates do: what marks a kept day knows them, too.

The triggers of `0004_days_marked` whose condition names the closings that do not count, with one more name.
"""

from django.db import migrations

from reporting.models.marking_sql import marked_as_it_changes

STOPPED = "SELECT stopped_at FROM public.sla_clock"
OF_THE_CASE = "public.cases_caseclock AS held ON held.clock_id = sla_clock.id AND held.case_id = NEW.id"
RANKED = "OLD.priority <> NEW.priority"
CUT = "OLD.category_id IS DISTINCT FROM NEW.category_id OR OLD.opened_at <> NEW.opened_at"
TIMES = ("opened_at", "first_response_at", "accepted_at", "closed_at")
ALL_OWN = "unnest(ARRAY[" + ", ".join(f"OLD.{one}, NEW.{one}" for one in TIMES) + "])"
HISTORY = (
    "SELECT at FROM public.cases_transition WHERE case_id = NEW.id"
    " UNION ALL SELECT at FROM public.cases_escalation WHERE case_id = NEW.id"
    " UNION ALL SELECT answered_at FROM public.cases_survey WHERE case_id = NEW.id"
)


def marks(*, without):
    """The three triggers, where these closings do not count."""
    names = ", ".join(f"'{name}'" for name in without)
    counted = f"(OLD.closed_as IN ({names})) <> (NEW.closed_as IN ({names}))"
    return [
        marked_as_it_changes("cases_case", f"SELECT {ALL_OWN}", what="sort", when=f"{counted} OR {RANKED} OR {CUT}"),
        marked_as_it_changes(
            "cases_case", f"{STOPPED} JOIN {OF_THE_CASE}", what="windows", when=f"{counted} OR {RANKED}"
        ),
        marked_as_it_changes("cases_case", HISTORY, what="history", when=counted),
    ]


def undone(operation):
    return migrations.RunSQL(operation.reverse_sql, operation.sql)


BEFORE = ("duplicate", "spam", "withdrawn")


class Migration(migrations.Migration):
    dependencies = [
        ("reporting", "0004_days_marked"),
        ("cases", "0013_merged_split_and_linked"),
    ]
    operations = [
        *[undone(mark) for mark in reversed(marks(without=BEFORE))],
        *marks(without=(*BEFORE, "merged")),
    ]
