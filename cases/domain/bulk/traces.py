"""What a desk's days leave on a share of its cases: who else takes part, checklists, time, canned answers, snoozes.

Drawn by the database from the number in a case's external name, a statement a kind, for cases that have nothing of the
kind yet: so a run that was interrupted goes on, and another one adds nothing. Nobody is told of any of it.
"""

from __future__ import annotations

from datetime import datetime

from django.db import connection

from cases.enums import FieldKind
from cases.models import CustomField
from cases.models.working_time import usual_week
from config.bulk import as_json
from config.db import unit_of_work
from tenants.domain.actors import SYSTEM

#: Stands before each trace: the cases of a seed. `number` is what they are drawn by.
MADE = """
    WITH made AS (
        SELECT cases_case.*, split_part(name.external_id, '/', 2)::bigint AS number,
            cases_case.status NOT IN ('resolved', 'closed') AS is_open
        FROM cases_externalref AS name JOIN cases_case ON cases_case.id = name.case_id
        WHERE name.system = %(system)s AND split_part(name.external_id, '/', 1) = %(seed)s
    )
"""
SNOOZED = """
    UPDATE cases_case SET snoozed_until = %(at)s + (1 + number %% 96) * interval '1 hour' FROM made
    WHERE cases_case.id = made.id AND number %% 50 = 0 AND is_open AND NOT made.breached
    AND made.snoozed_until IS NULL AND made.woken_at IS NULL
"""
BACK = """
    UPDATE cases_case SET woken_at = %(at)s - (1 + number %% 96) * interval '1 minute' FROM made
    WHERE cases_case.id = made.id AND number %% 200 = 1 AND is_open
    AND made.snoozed_until IS NULL AND made.woken_at IS NULL
"""
FILLED_IN = """
    UPDATE cases_case
    SET custom_fields = jsonb_build_object(%(field)s::text, (%(choices)s::text[])[1 + number %% %(count)s]) FROM made
    WHERE cases_case.id = made.id AND number %% 20 = 3 AND made.custom_fields = '{}'
"""
COPIES = """
    INSERT INTO cases_participant (case_id, tenant_id, kind, requester_id, added_at, added_by)
    SELECT made.id, made.tenant_id, 'cc', person.id, made.opened_at, 'system'
    FROM made CROSS JOIN LATERAL (
        SELECT id FROM tenants_requester AS person
        WHERE person.tenant_id = made.tenant_id AND person.id <> made.requester_id AND person.anonymised_at IS NULL
        ORDER BY person.id > made.requester_id DESC, person.id LIMIT 1
    ) AS person
    WHERE number %% 20 = 5 AND NOT EXISTS (SELECT FROM cases_participant AS known WHERE known.case_id = made.id)
"""
FOLLOWERS = """
    INSERT INTO cases_participant (case_id, tenant_id, kind, user_id, added_at, added_by)
    SELECT made.id, made.tenant_id, 'follower', another.owner_id, made.opened_at, 'system'
    FROM made CROSS JOIN LATERAL (
        SELECT another.owner_id FROM cases_case AS another
        WHERE another.tenant_id = made.tenant_id AND another.id > made.id AND another.owner_id <> made.owner_id
        ORDER BY another.id LIMIT 1
    ) AS another
    WHERE number %% 50 = 6 AND NOT EXISTS (SELECT FROM cases_participant AS known WHERE known.case_id = made.id)
"""
CHECKLISTS = """
    INSERT INTO cases_checkliststep (case_id, tenant_id, place, text, holds, added_at, added_by, done_at, done_by,
        done_name, removed_by)
    SELECT made.id, made.tenant_id, step, 'Step ' || step, false, made.opened_at, 'system', made.closed_at,
        CASE WHEN made.closed_at IS NULL THEN '' ELSE 'system' END, '', ''
    FROM made CROSS JOIN generate_series(1, 4) AS step
    WHERE number %% 50 = 7 AND NOT EXISTS (SELECT FROM cases_checkliststep AS known WHERE known.case_id = made.id)
"""
TIME = """
    INSERT INTO cases_timeentry (case_id, tenant_id, user_id, minutes, note, worked_on, booked_at, booked_by)
    SELECT made.id, made.tenant_id, made.owner_id, 5 * (1 + number %% 11 + part), '', made.accepted_at::date,
        made.accepted_at, 'user:' || made.owner_id
    FROM made CROSS JOIN generate_series(0, 1) AS part
    WHERE number %% 10 = 8 AND made.owner_id IS NOT NULL AND made.accepted_at IS NOT NULL
    AND NOT EXISTS (SELECT FROM cases_timeentry AS known WHERE known.case_id = made.id)
"""
CANNED = """
    INSERT INTO cases_interaction (case_id, tenant_id, at, recorded_at, kind, public, by_kind, user_id, actor_name,
        body, data, macro_id)
    SELECT made.id, made.tenant_id, made.accepted_at, %(at)s, 'note', false, 'person', made.owner_id, '',
        made.description, '{}', macro.id
    FROM made JOIN (
        SELECT id, row_number() OVER (ORDER BY id) - 1 AS place, count(*) OVER () AS count FROM cases_macro
    ) AS macro ON macro.place = number / 10 %% macro.count
    WHERE number %% 10 = 4 AND made.owner_id IS NOT NULL AND made.accepted_at IS NOT NULL
    AND NOT EXISTS (
        SELECT FROM cases_interaction AS known WHERE known.case_id = made.id AND known.macro_id IS NOT NULL
    )
"""
RELATED = """
    INSERT INTO cases_casetie (case_id, other_id, tenant_id, kind, made_at, made_by, maker_name, entries, other_version,
        undone_by)
    SELECT made.id, another.id, made.tenant_id, 'related', %(at)s, 'system', '', '{}', 0, ''
    FROM made CROSS JOIN LATERAL (
        SELECT another.id FROM cases_case AS another
        WHERE another.tenant_id = made.tenant_id AND another.id > made.id ORDER BY another.id LIMIT 1
    ) AS another
    WHERE number %% 100 = 9 AND NOT EXISTS (SELECT FROM cases_casetie AS known WHERE known.case_id = made.id)
"""
ANSWERS = """
    INSERT INTO cases_survey (case_id, tenant_id, requester_id, "window", sent_at, asks_nps, csat, words, answered_at,
        editable_until)
    SELECT made.id, made.tenant_id, made.requester_id, made."window", made.closed_at, false, 1 + number / 4 %% 5, '',
        made.closed_at, made.closed_at
    FROM made
    WHERE number %% 4 = 2 AND made.closed_as IN ('solved', 'no_answer')
    AND NOT EXISTS (SELECT FROM cases_survey AS known WHERE known.case_id = made.id)
"""
NOTICES = """
    INSERT INTO cases_notice (user_id, case_id, tenant_id, event_id, event, scope, at, who, words, in_inbox, read_at)
    SELECT made.owner_id, made.id, made.tenant_id, -made.id, 'customer', 'mine', %(at)s, '', '', true,
        CASE WHEN number %% 2 = 0 THEN %(at)s END
    FROM made
    WHERE number %% 5 = 1 AND is_open AND made.owner_id IS NOT NULL
    ON CONFLICT DO NOTHING
"""
DRAFTS = """
    INSERT INTO cases_draft (case_id, tenant_id, user_id, tab, body, saved_at)
    SELECT made.id, made.tenant_id, made.owner_id, 'reply', 'We have looked', %(at)s
    FROM made
    WHERE number %% 100 = 11 AND is_open AND made.owner_id IS NOT NULL
    ON CONFLICT DO NOTHING
"""
ALERTS = """
    INSERT INTO sla_alert (tenant_id, clock_id, kind, step, generation, title, raised_at, noticed_at, status,
        resolved_at, reason, tell_at, addressed_at, nobody)
    SELECT clock.tenant_id, clock.id, 'breach', 0, clock.generation, clock.label, clock.breached_at, clock.breached_at,
        CASE WHEN clock.stopped_at IS NULL THEN 'open' ELSE 'resolved' END, clock.stopped_at, '', clock.breached_at,
        clock.breached_at, ''
    FROM made JOIN cases_caseclock AS link ON link.case_id = made.id JOIN sla_clock AS clock ON clock.id = link.clock_id
    WHERE clock.breached_at > %(at)s - interval '30 days'
    ON CONFLICT DO NOTHING
"""
WORKING_TIMES = """
    INSERT INTO cases_workingtime (user_id, weekly_hours, holiday_region, capacity, tags, languages)
    SELECT id, %(week)s::jsonb, '', 100, '{}', '{}' FROM tenants_user AS person
    WHERE starts_with(username, %(people)s) AND requester_id IS NULL
    AND NOT EXISTS (SELECT FROM cases_workingtime AS known WHERE known.user_id = person.id)
"""
#: In any order; what takes longest first.
TRACES = (
    *(CANNED, TIME, ALERTS, ANSWERS, FILLED_IN, COPIES, CHECKLISTS, FOLLOWERS, NOTICES, RELATED, SNOOZED, BACK),
    *(DRAFTS, WORKING_TIMES),
)


class Tracer:
    """Leaves one kind of trace; its statement goes over the process's own connection."""

    def __init__(self, *, system: str, seed: int, people: str, at: datetime) -> None:
        """`people`: how the names of those begin that were made for this."""
        field = _field()
        self._values = {"system": system, "seed": str(seed), "people": people, "at": at, "week": as_json(usual_week())}
        self._values |= {"field": field.key, "choices": field.choices, "count": len(field.choices)}

    def leave(self, trace: str) -> None:
        with unit_of_work(SYSTEM.label), connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit = off")
            cursor.execute(MADE + trace, self._values)


def _field() -> CustomField:
    """The desk's own first one with a choice, or one made for it."""
    with unit_of_work(SYSTEM.label):
        known = CustomField.objects.filter(kind=FieldKind.CHOICE, archived=False).first()
        return known or CustomField.objects.create(
            key="bulk_area", label="Area", kind=FieldKind.CHOICE, choices=["eu", "us", "ap"]
        )
