"""A desk with twenty thousand cases and what two years leave behind, made in seconds and never committed.

Some hundred cases come from the bulk path. The database copies each of them many times, a few seconds apart, with all
that hangs on it, and draws what the bulk path does not write: alerts, messages, readings, logs.
"""

from django.db import connection, models
from django.utils import timezone

from cases.domain.bulk.seeding import seed_bulk
from cases.models import Case, CaseClock, Escalation, ExternalRef, Interaction, Transition
from config.stack.servers import MODEST
from reporting.domain.keeping import keep_days
from sla.models import Clock, ClockEvent

LIVES = 500  # made by the bulk path
TIMES = 40  # how often each of them is there
APART = 10_000_000  # between the ids of a row and of its next copy
COPIED: list[type[models.Model]] = [
    *(Clock, Case, CaseClock, Interaction, Transition, Escalation, ExternalRef, ClockEvent),
]
# As `make run` starts the server; the servers of the tests know only what makes them fast.
PLANNED_WITH = {name: MODEST[name] for name in ("random_page_cost", "work_mem")}

LONG = 15_000  # rows of what is drawn
WAITING = 20  # of those, the newest: still to be told, numbered or sent
EACH = f"""
    generate_series(1, {LONG}) AS n
    JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM tenants_tenant) AS tenant
        ON tenant.place = n % (SELECT count(*) FROM tenants_tenant),
    LATERAL (SELECT now() - ({LONG} - n) * interval '10 minutes' AS at, n > {LONG} - {WAITING} AS waits) AS moment
"""
DRAWN = [
    """
    INSERT INTO cases_survey (case_id, tenant_id, requester_id, "window", sent_at, asks_nps, csat, nps, words,
        answered_at, editable_until)
    SELECT id, tenant_id, requester_id, "window", closed_at, true, 1 + id % 5, id % 11, '', closed_at, closed_at
    FROM cases_case WHERE status = 'closed' AND closed_as IN ('solved', 'no_answer')
    ON CONFLICT DO NOTHING
    """,
    """
    INSERT INTO cases_sidetalk (case_id, tenant_id, kind, subject, address, name, level, third_level, opened_at,
        opened_by_id)
    SELECT id, tenant_id, 'outside', subject, 'vera@supplier.example', 'Vera Supply', '', false, opened_at,
        (SELECT min(id) FROM tenants_user)
    FROM cases_case WHERE id % 4 = 0
    """,
    """
    INSERT INTO cases_sideword (talk_id, tenant_id, at, name, theirs, body)
    SELECT id, tenant_id, opened_at, name, n = 2, subject || ' We look into it.'
    FROM cases_sidetalk, generate_series(1, 3) AS n
    """,
    """
    INSERT INTO sla_alert (tenant_id, clock_id, kind, step, generation, title, raised_at, noticed_at, status,
        resolved_at, reason, tell_at, addressed_at, nobody)
    SELECT tenant_id, id, 'breach', 0, generation, label, at, at,
        CASE WHEN stands THEN 'open' ELSE 'resolved' END, CASE WHEN NOT stands THEN at END, '', at, at, ''
    FROM (SELECT *, coalesce(breached_at, stopped_at, started_at) AS at, id % 500 = 0 AS stands FROM sla_clock) AS clock
    WHERE id % 4 = 0
    ON CONFLICT DO NOTHING
    """,
    """
    INSERT INTO sla_alertrecipient (alert_id, user_id, email, role, stands_in, tell_at, told_at)
    SELECT alert.id, person.id, person.username || '@desk.example', 'po', false, raised_at,
        CASE WHEN status = 'resolved' THEN raised_at END
    FROM sla_alert AS alert
    JOIN (SELECT id, username, row_number() OVER (ORDER BY id) AS place FROM tenants_user) AS person
        ON person.place = 1 + alert.id % 30
    """,
    f"""
    INSERT INTO outbox_event (name, tenant_id, payload, key, at, created_at, in_feed, feed_number)
    SELECT (ARRAY['cases.case-opened', 'cases.case-moved', 'sla.clock-breached'])[1 + n % 3], tenant.id, '{{}}',
        'case:' || n / 5, at, at, true, CASE WHEN NOT waits THEN 1000 + n END
    FROM {EACH}
    """,
    """
    INSERT INTO outbox_consumption (event_id, consumer, key, status, attempts, forgiven, next_attempt_at, error,
        settled_at)
    SELECT id, 'plans.hear', key, CASE WHEN feed_number IS NULL THEN 'pending' ELSE 'done' END, 0, 0, at, '',
        CASE WHEN feed_number IS NOT NULL THEN at END
    FROM outbox_event WHERE name NOT LIKE 'tenants.%'
    """,
    f"""
    INSERT INTO outbox_delivery (key, channel, tenant_id, about_kind, about_id, "to", reply_to, subject, text, html,
        headers, message_id, automated, status, attempts, forgiven, next_attempt_at, error, created_at, claimed_at,
        settled_at, sent_via)
    SELECT gen_random_uuid(), 'mail', tenant.id, 'case', n, 'person' || n % 999 || '@client.example', '', 'Your case',
        'We look into it.', '', '{{}}', n || '@plans.example', true, CASE WHEN waits THEN 'queued' ELSE 'sent' END,
        1, 0, at, '', at, at, CASE WHEN NOT waits THEN at END, ''
    FROM {EACH}
    """,
    """
    INSERT INTO outbox_deliveryattempt (delivery_id, number, started_at, outcome, error)
    SELECT id, 1, created_at, 'sent', '' FROM outbox_delivery WHERE status = 'sent'
    """,
    f"""
    INSERT INTO tenants_accessentry (at, user_id, actor, request_id, method, path, tenant_ids, grant_ids, rows)
    SELECT at, n % 40, 'user:' || n % 40, '', 'GET', '/admin/desk/queues/mine/', ARRAY[tenant.id], ARRAY[n % 40], 25
    FROM {EACH}
    """,
    f"""
    INSERT INTO tenants_auditentry (at, actor, table_name, row_id, tenant_id, op, old, new)
    SELECT at, 'user:' || n % 40, 'cases_case', n::text, tenant.id, 'UPDATE', '{{}}', '{{"status": "triage"}}'
    FROM {EACH}
    """,
    f"""
    INSERT INTO incidents_incident (title, severity, priority, status, comms_channel, detected_by, started_at,
        detected_at, declared_at, resolved_at, root_cause, chain_level, public, version)
    SELECT 'Uploads fail', 'sev3', 'P2', CASE WHEN waits THEN 'investigating' ELSE 'resolved' END, '', 'alarm', began,
        began, began, CASE WHEN NOT waits THEN began + interval '1 hour' END, 'The disk was full.', '', n % 9 = 0, 1
    FROM {EACH}, LATERAL (SELECT now() - ({LONG} - n) * interval '2 hours' AS began) AS long_ago
    """,
    """
    INSERT INTO incidents_incidenttenant (incident_id, tenant_id, since)
    SELECT incident.id, tenant.id, declared_at
    FROM incidents_incident AS incident
    JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM tenants_tenant) AS tenant
        ON tenant.place = incident.id % 50
    """,
    """
    INSERT INTO incidents_page (key, step, tenant_id, incident_id, user_id, reason, url, status, sent_at, escalates_at)
    SELECT 'plans-' || incident.id, 1, tenant_id, incident.id, (SELECT min(id) FROM tenants_user), 'It fails', '',
        CASE WHEN status = 'resolved' THEN 'unreached' ELSE 'sent' END, declared_at,
        CASE WHEN status <> 'resolved' THEN declared_at END
    FROM incidents_incident AS incident JOIN incidents_incidenttenant AS link ON link.incident_id = incident.id
    """,
    f"""
    INSERT INTO tenants_healthsnapshot (tenant_id, kind, name, value, threshold, status, data, taken_at, received_at)
    SELECT tenant.id, 'sli', 'latency of ' || n % 4, n, 500, (ARRAY['green', 'amber', 'red'])[1 + n % 3], '{{}}', at, at
    FROM {EACH}
    """,
]
# Of what is open, some is put off until later and some is just back.
PUT_OFF = """
    UPDATE cases_case SET snoozed_until = CASE WHEN id % 2 = 0 THEN now() + id % 96 * interval '1 hour' END,
        woken_at = CASE WHEN id % 2 = 1 THEN now() - id % 96 * interval '1 minute' END
    WHERE status NOT IN ('resolved', 'closed') AND id % 50 < 2
"""


def filled() -> None:
    """Inside a transaction of the caller's, by the tables' owner: the application may neither switch off what guards
    and audits a table nor count its rows.
    """
    seed_bulk(cases=LIVES, processes=1, at=timezone.now(), told=lambda done, wanted: None)
    guarded = [model._meta.db_table for model in COPIED] + ["cases_sidetalk", "sla_alert"]
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # ALTER TABLE waits for nothing that is pending
        for table in guarded:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for statement in [*map(copies_of, COPIED), *DRAWN]:
            cursor.execute(statement)
        cursor.execute(PUT_OFF)
        for table in guarded:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        for name, value in PLANNED_WITH.items():
            cursor.execute("SELECT set_config(%s, %s, true)", [name, value])
        cursor.execute("ANALYZE")
        keep_days(at=timezone.now(), budget_ms=None)
        cursor.execute("ANALYZE reporting_daycount, reporting_dayvalues")
        cursor.execute("SET ROLE desk_app")


def copies_of(model: type[models.Model]) -> str:
    """Every row again and again: keys among what is copied point at the copy of the same number."""
    columns, values = [], []
    for field in model._meta.concrete_fields:
        name = connection.ops.quote_name(str(field.column))
        columns.append(name)
        if field.primary_key or field.related_model in COPIED:
            values.append(f"{name} + copy * {APART}")
        elif isinstance(field, models.DateTimeField):
            values.append(f"{name} + copy * interval '7 seconds'")
        elif field.unique or field.name == "external_id":
            values.append(f"{name} || '/' || copy")
        else:
            values.append(name)
    table = model._meta.db_table
    return (
        f"INSERT INTO {table} ({', '.join(columns)}) "
        f"SELECT {', '.join(values)} FROM {table}, generate_series(1, {TIMES - 1}) AS copy"
    )
