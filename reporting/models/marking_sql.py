"""Days whose figures changed are marked by triggers: whoever changes a fact, through a door, by COPY or by hand.

Only what happened before `Keeping.watched_until` is marked, which is an hour ago or longer: opening a case and working
on it as time goes writes no mark. Where many rows come at once, one call looks at them all.
"""

from django.db.migrations import RunSQL

FUNCTION = """
CREATE FUNCTION public.{function}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO public.reporting_daymark (day, by_xid)
    SELECT DISTINCT (moment AT TIME ZONE 'UTC')::date, pg_current_xact_id()::text::bigint
    FROM ({moments}) AS facts (moment), public.reporting_keeping
    WHERE moment < watched_until
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$
"""
ROWS_OF = {"INSERT": "NEW", "DELETE": "OLD"}


def marked_as_rows_come(table: str, moments: str, *, and_go: bool = True) -> RunSQL:
    """`moments`: a SELECT of when the rows in `changed` count. `and_go`: they can be deleted, too."""
    function = f"{table}_marks_days"
    events = ("INSERT", "DELETE") if and_go else ("INSERT",)
    return RunSQL(
        [
            FUNCTION.format(function=function, moments=moments),
            *[
                f"CREATE TRIGGER marks_days_{event.lower()} AFTER {event} ON {table} "
                f"REFERENCING {ROWS_OF[event]} TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.{function}()"
                for event in events
            ],
        ],
        [
            *[f"DROP TRIGGER marks_days_{event.lower()} ON {table}" for event in events],
            f"DROP FUNCTION public.{function}()",
        ],
    )


def marked_as_it_changes(table: str, moments: str, *, what: str, when: str) -> RunSQL:
    """`moments`: a SELECT of the days' moments that an UPDATE from OLD to NEW touches, asked only `when` that is true:
    a condition on OLD and NEW alone, which costs an ordinary update next to nothing. `what` names it.
    """
    function = f"{table}_{what}_marks_days"
    return RunSQL(
        [
            FUNCTION.format(function=function, moments=moments),
            f"CREATE TRIGGER marks_days_{what} AFTER UPDATE ON {table} FOR EACH ROW WHEN ({when}) "
            f"EXECUTE FUNCTION public.{function}()",
        ],
        [f"DROP TRIGGER marks_days_{what} ON {table}", f"DROP FUNCTION public.{function}()"],
    )
