"""Every request that was accepted did its work once; one that was refused or given up did it never, or not twice."""

from collections import defaultdict
from collections.abc import Iterator

from django.db import connection

from tests.soak.evidence import Evidence
from tests.soak.journal import ACCEPTED, REFUSED, Asked

MARK = "soak-%"
# What was asked -> the rows that carry the key of the request.
MADE = {
    "open": "select subject, id from cases_case where subject like %s",
    "say": "select body, id from cases_interaction where kind = 'message' and body like %s",
    "move": "select reason, case_id from cases_transition where reason like %s",
    "attach": """
        select split_part(blob.name, '.', 1), attachment.id from cases_attachment as attachment
        join tenants_blob as blob on blob.id = attachment.blob_id where blob.name like %s
    """,
    "declare": "select replace(title, 'Incident ', ''), id from incidents_incident where title like 'Incident ' || %s",
    "update": "select seeing, id from incidents_incidentupdate where seeing like %s",
}
EXTERNAL = "select external_id, case_id from cases_externalref where system = 'soak' and external_id like %s"


def each_request_once(evidence: Evidence) -> Iterator[str]:
    made = {what: _rows(query) for what, query in MADE.items()}
    for asked in evidence.asked:
        if asked.what in made:
            yield from _judged(asked, made[asked.what].pop(asked.key, []))
    known = {asked.key for asked in evidence.asked if asked.outcome != REFUSED}  # a reason may be said as a message
    for what, rest in made.items():
        for key, rows in rest.items():
            if key in known and what == "say":
                continue
            yield f"{what} {key}: nobody asked for it, there it is {len(rows)} times"


def external_names_stand_on_the_case_they_were_given_to(evidence: Evidence) -> Iterator[str]:
    opened = {asked.key: asked.row for asked in evidence.asked if asked.what == "open" and asked.outcome == ACCEPTED}
    for key, rows in _rows(EXTERNAL).items():
        if key in opened and rows != [opened[key]]:
            yield f"external name {key} stands on {', '.join(rows)}, was given to {opened[key]}"


def acknowledged_alerts_are_acknowledged(evidence: Evidence) -> Iterator[str]:
    told = {asked.row for asked in evidence.asked if asked.what == "acknowledge" and asked.outcome == ACCEPTED}
    with connection.cursor() as cursor:
        cursor.execute("select id::text from sla_alert where acknowledged_at is not null")
        kept = {row[0] for row in cursor.fetchall()}
    for alert in sorted(told - kept):
        yield f"alert {alert} was acknowledged and does not know it"


def _judged(asked: Asked, rows: list[str]) -> Iterator[str]:
    if asked.outcome == ACCEPTED:
        if not rows:
            yield f"{asked.what} {asked.key} was accepted ({asked.status}) and is lost"
        elif len(rows) > 1:
            yield f"{asked.what} {asked.key} was accepted and is there {len(rows)} times: {', '.join(rows)}"
        elif rows != [asked.row]:
            yield f"{asked.what} {asked.key} was answered as {asked.row} and is {rows[0]}"
    elif asked.outcome == REFUSED and rows:
        yield f"{asked.what} {asked.key} was refused ({asked.status}) and is there all the same"
    elif len(rows) > 1:
        yield f"{asked.what} {asked.key} was given up and is there {len(rows)} times"


def _rows(query: str) -> dict[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(query, [MARK])
        for key, row in cursor.fetchall():
            found[key].append(str(row))
    return found
