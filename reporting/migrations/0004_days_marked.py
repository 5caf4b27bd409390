"""What marks a kept day. Each trigger names the facts of `reporting/domain/facts.py` that its rows are."""

from django.db import migrations

from reporting.models.marking_sql import marked_as_it_changes, marked_as_rows_come

STOPPED = "SELECT stopped_at FROM public.sla_clock"
OF_THE_CASE = "public.cases_caseclock AS held ON held.clock_id = sla_clock.id AND held.case_id = NEW.id"
COUNTED = (
    "(OLD.closed_as IN ('duplicate', 'spam', 'withdrawn')) <> (NEW.closed_as IN ('duplicate', 'spam', 'withdrawn'))"
)
RANKED = "OLD.priority <> NEW.priority"
CUT = "OLD.category_id IS DISTINCT FROM NEW.category_id OR OLD.opened_at <> NEW.opened_at"
OWN = ("first_response_at", "accepted_at", "closed_at")
ALL_OWN = "unnest(ARRAY[OLD.opened_at, NEW.opened_at, " + ", ".join(f"OLD.{c}, NEW.{c}" for c in OWN) + "])"


class Migration(migrations.Migration):
    dependencies = [
        ("reporting", "0003_days_kept"),
        ("cases", "0008_nobodys_oldest_by_index"),
        ("sla", "0005_alerts_and_ended_clocks_by_time"),
    ]
    operations = [
        marked_as_rows_come(
            "cases_case", "SELECT unnest(ARRAY[opened_at, first_response_at, accepted_at, closed_at]) FROM changed"
        ),
        marked_as_it_changes(
            "cases_case",
            " UNION ALL ".join(
                f"SELECT unnest(ARRAY[OLD.{c}, NEW.{c}]) WHERE OLD.{c} IS DISTINCT FROM NEW.{c}" for c in OWN
            ),
            what="times",
            when=" OR ".join(f"OLD.{c} IS DISTINCT FROM NEW.{c}" for c in OWN),
        ),
        marked_as_it_changes(
            "cases_case", f"SELECT {ALL_OWN}", what="sort", when=f"{COUNTED} OR {RANKED} OR {CUT}"
        ),
        marked_as_it_changes(
            "cases_case", f"{STOPPED} JOIN {OF_THE_CASE}", what="windows", when=f"{COUNTED} OR {RANKED}"
        ),
        marked_as_it_changes(
            "cases_case",
            "SELECT at FROM public.cases_transition WHERE case_id = NEW.id"
            " UNION ALL SELECT at FROM public.cases_escalation WHERE case_id = NEW.id"
            " UNION ALL SELECT answered_at FROM public.cases_survey WHERE case_id = NEW.id",
            what="history",
            when=COUNTED,
        ),
        marked_as_rows_come(
            "cases_transition",
            "SELECT at FROM changed UNION ALL"
            " SELECT undone.at FROM changed JOIN public.cases_transition AS undone ON undone.id = changed.undoes_id",
            and_go=False,
        ),
        marked_as_rows_come("cases_escalation", "SELECT at FROM changed", and_go=False),
        marked_as_rows_come("cases_survey", "SELECT answered_at FROM changed"),
        marked_as_it_changes(
            "cases_survey",
            "SELECT unnest(ARRAY[OLD.answered_at, NEW.answered_at])",
            what="answer",
            when="(OLD.answered_at, OLD.csat, OLD.nps) IS DISTINCT FROM (NEW.answered_at, NEW.csat, NEW.nps)",
        ),
        marked_as_rows_come("cases_caseclock", f"{STOPPED} JOIN changed ON changed.clock_id = sla_clock.id"),
        marked_as_it_changes(
            "cases_caseclock",
            f"{STOPPED} WHERE id IN (OLD.clock_id, NEW.clock_id)",
            what="clock",
            when="(OLD.clock_id, OLD.case_id, OLD.kind) IS DISTINCT FROM (NEW.clock_id, NEW.case_id, NEW.kind)",
        ),
        marked_as_it_changes(
            "sla_clock",
            "SELECT unnest(ARRAY[OLD.stopped_at, NEW.stopped_at])",
            what="end",
            when="(OLD.stopped_at IS NOT NULL OR NEW.stopped_at IS NOT NULL) AND"
            " (OLD.stopped_at, OLD.started_at, OLD.ended_as, OLD.breached_at, OLD.excused_at) IS DISTINCT FROM"
            " (NEW.stopped_at, NEW.started_at, NEW.ended_as, NEW.breached_at, NEW.excused_at)",
        ),
    ]
