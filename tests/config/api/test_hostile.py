"""Hostile requests at every address of the API: told what is wrong, nothing changed, never a 500.

The addresses come from the schema, so that none is forgotten; behind each stands a row that is really there.
"""

import json
import re
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test import override_settings
from django.utils import timezone

from config.api.schema import document
from tests.factories.api import PREFIX, Api, desk_state
from tests.factories.furnishing import Furnished, address, furnished
from tests.factories.sla import OFFICE_HOURS
from tests.factories.tenants import GrantFactory, UserFactory

pytestmark = pytest.mark.django_db
PROBLEM = "application/problem+json"
OPERATIONS = {
    f"{method.upper()} {path.removeprefix(PREFIX)}": operation
    for path, methods in document()["paths"].items()
    for method, operation in methods.items()
}
TAKES_JSON = [
    name
    for name, operation in OPERATIONS.items()
    if "application/json" in operation.get("requestBody", {}).get("content", {})
]
TAKES_NOTHING = [name for name, one in OPERATIONS.items() if name[:3] != "GET" and "requestBody" not in one]
TAKES_FILES = [
    name
    for name, operation in OPERATIONS.items()
    if "multipart/form-data" in operation.get("requestBody", {}).get("content", {})
]


def with_header(header):
    return [name for name, one in OPERATIONS.items() if header in {each["name"] for each in one.get("parameters", [])}]


TAKES_KEYS = with_header("Idempotency-Key")
TAKES_VERSIONS = with_header("If-Match")
READS = [name for name in OPERATIONS if name.startswith("GET ")]

UNREADABLE = {
    "cut short": b'{"subject": "x',
    "not UTF-8": b'{"subject": "\xff\xfe"}',
    "UTF-16": '{"subject": "x"}'.encode("utf-16"),
    "NaN": b'{"priority": NaN}',
    "a name twice": b'{"subject": "x", "subject": "y"}',
    "deep": b'{"telemetry": ' + b"[" * 40 + b"]" * 40 + b"}",
    "very deep": b"[" * 200_000,
    "a number too large": b'{"priority": 1e999}',
    "nothing but a comma": b",",
}
WRONG = {
    "NUL": b'{"subject": "a\\u0000b", "reason": "a\\u0000b", "body": "a\\u0000b"}',
    "NUL in a name": b'{"sub\\u0000ject": "x"}',
    "a lone surrogate": b'{"subject": "\\ud800", "reason": "\\udfff"}',
    "beyond 64 bits": b'{"requester": 9223372036854775808}',
    "a very long number": b'{"requester": ' + b"9" * 5000 + b"}",
    "a list": b"[]",
    "a text": b'"x"',
    "a number": b"5",
    "null": b"null",
    "an unknown name": b'{"no_such_field": 1}',
}
CHUNKED = {"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"}


@pytest.fixture(scope="module")
def desk(for_the_file, tmp_path_factory):
    with override_settings(BLOB_ROOT=tmp_path_factory.mktemp("blobs"), API_REQUESTS_PER_MINUTE=1_000_000):
        yield furnished("acme")


@pytest.fixture(scope="module")
def api(desk):
    """Somebody who may do everything."""
    user = UserFactory(role="po")
    GrantFactory(user=user, role="admin")
    return Api(user)


def split(name, desk):
    method, path = name.split(" ")
    return method, address(path, desk)


def bodies(desk: Furnished):
    """A right body for each address that takes one."""
    said = {"reason": "As agreed."}
    resolution = {"summary": "Done.", "validated": "Seen.", "evidence": ["x"], "preventive_actions": "none needed"}
    later = (timezone.now() + timedelta(days=1)).isoformat()
    target = {
        priority: {kind: {"wall_seconds": 600} for kind in ("first_response", "next_reply", "resolution")}
        for priority in ("P0", "P1", "P2", "P3")
    }
    reading = {"kind": "sli", "name": "p95", "value": 1.5, "status": "green", "taken_at": timezone.now().isoformat()}
    return {
        "POST /alerts/{id}/answer/": {"real": True, "reason": "Seen."},
        "POST /alerts/{id}/resolve/": {"reason": "Done.", "cause_code": "capacity"},
        "POST /cases/": {
            "tenant": "acme",
            "requester": {"email": "new@acme.example", "name": "New"},
            "subject": "Slow",
            "description": "Since ten.",
            "channel": "api",
            "opened_by": "customer",
            "severity": "sev2",
            "impact": "degraded",
            "category": "ingestion",
            "tags": ["x"],
            "error_ids": ["E-1"],
            "trace_links": ["https://traces.example/1"],
            "fields": {},
            "telemetry": {"p95": 1},
            "resources": [desk.resource.pk],
            "external": {"system": "zendesk", "id": "7"},
            "priority": "P2",
            "needed_by": later,
        },
        "PATCH /cases/{ref}/": {
            "subject": "Other",
            "description": "Other.",
            "category": "bug",
            "tags": [],
            "error_ids": [],
            "trace_links": [],
            "fields": {},
            "telemetry": {},
            "severity": "",
            "impact": "",
            "needed_by": None,
            "priority": "P1",
            "tier": "premium",
            "owner": None,
            "reason": "Asked for.",
        },
        "POST /cases/{ref}/accept/": {"priority": "P2", "note": "Taken.", "tier": "standard", **said},
        "POST /cases/{ref}/start/": said,
        "POST /cases/{ref}/wait/": {"ask": "Which?", "send_as": False, "attachments": [], **said},
        "POST /cases/{ref}/resume/": said,
        "POST /cases/{ref}/resolve/": {**resolution, "fields": {}, "send_as": False, "attachments": [], **said},
        "POST /cases/{ref}/confirm/": said,
        "POST /cases/{ref}/reject/": said,
        "POST /cases/{ref}/close/": said,
        "POST /cases/{ref}/reopen/": said,
        "POST /cases/{ref}/take-back/": said,
        "POST /cases/{ref}/merge/": {"into": desk.cases["triage"].reference, **said},
        "POST /cases/{ref}/split/": {"interactions": [desk.rows["question"].pk], "subject": "Another matter"},
        "POST /cases/{ref}/participants/": {"kind": "cc", "email": "new@acme.example", "stranger": True},
        "POST /cases/{ref}/side-conversations/": {
            "subject": "Gateway",
            "body": "Is it down?",
            "address": "vera@supplier.example",
            "name": "Vera",
        },
        "POST /cases/{ref}/side-conversations/{talk}/messages/": {"body": "Well?"},
        "POST /cases/{ref}/time/": {"minutes": 20, "note": "Logs", "worked_on": f"{timezone.now():%Y-%m-%d}"},
        "POST /cases/{ref}/links/": {"case": desk.cases["new"].reference},
        "POST /cases/{ref}/escalate/": {
            "to": "L3",
            "known_issues_searched": True,
            "target": {"at": later, "who": "Lars"},
            **said,
        },
        "POST /cases/{ref}/interactions/": {
            "body": "Hello.",
            "kind": "message",
            "public": True,
            "on_behalf_of": desk.requester.pk,
            "attachments": [],
            "data": {},
        },
        "POST /cases/{ref}/incidents/": {"incident": desk.incident.reference},
        "POST /incidents/": {
            "title": "Slow",
            "severity": "sev3",
            "detected_by": "us",
            "tenants": ["acme"],
            "resources": [desk.resource.key],
            "started_at": timezone.now().isoformat(),
            "comms_channel": "#x",
            "public": False,
        },
        "POST /incidents/{ref}/identify/": {"cause": "A lock.", **said},
        "POST /incidents/{ref}/monitor/": said,
        "POST /incidents/{ref}/investigate/": said,
        "POST /incidents/{ref}/resolve/": {"root_cause": "A lock.", "closing_word": "Over.", **said},
        "POST /incidents/{ref}/reopen/": said,
        "POST /incidents/{ref}/updates/": {
            "seeing": "x",
            "doing": "y",
            "next_word": "z",
            "next_word_at": (timezone.now() + timedelta(minutes=5)).isoformat(),
            "public": True,
        },
        "POST /incidents/{ref}/actions/": {
            "what": "An alarm at 80 %.",
            "owner": desk.colleague.username,
            "due_on": "2027-01-15",
            "chain_level": "code",
        },
        "POST /requesters/": {"tenant": "acme", "name": "New", "email": "n@acme.example", "time_zone": "Europe/Berlin"},
        "PATCH /requesters/{id}/": {"name": "Other", "role": "cto", "language": "de", "sees_all_tenant_cases": True},
        "POST /resources/": {"key": "new", "tenant": "acme", "name": "New", "kind": "service", "config_snapshot": {}},
        "PATCH /resources/{key}/": {"name": "Other", "version": "2", "config_snapshot": {"a": 1}},
        "POST /runbooks/{id}/run/": {"tenant": "acme", "incident": desk.incident.reference},
        "POST /sla/calendars/": {"name": "New", "spec": OFFICE_HOURS},
        "PATCH /sla/calendars/{id}/": {"name": "Other", "spec": OFFICE_HOURS, "recompute_open": True},
        "POST /sla/policies/": {
            "name": "New",
            "tier": "gold",
            "calendar": desk.rows["policy"].calendar_id,
            "valid_from": "2027-01-01T00:00:00Z",
            "valid_to": "2028-01-01T00:00:00Z",
            "warn_steps": [0.5],
            "escalation_meets": ["P3"],
            "meaning": {"P0": "Down"},
            "targets": target,
        },
        "PATCH /sla/policies/{id}/": {"name": "Other", "warn_steps": [0.5], "targets": target, "recompute_open": True},
        "POST /telemetry/": {"tenant": "acme", "snapshots": [reading | {"resource": desk.resource.key, "data": {}}]},
        "PATCH /tenants/{slug}/": {"name": "Other", "arr": "10.00", "reminder_days": [1], "no_answer_days": None},
    }


def undone(call):
    """The answer of a request whose effects are taken back."""
    with transaction.atomic():
        answer = call()
        transaction.set_rollback(True)
    return answer


def refused(answer, *statuses):
    return answer.status_code in statuses and answer["Content-Type"] == PROBLEM


def test_each_address_has_a_right_body_that_is_taken(desk, api):
    right = bodies(desk)
    assert sorted(right) == sorted(TAKES_JSON)
    found = {}
    for name, body in right.items():
        method, path = split(name, desk)
        found[name] = undone(lambda: api.send(method, path, json.dumps(body)))  # noqa: B023  called at once
    # A move that can't be made now is refused by the lifecycle, after the body was read and found right.
    taken = {name for name, answer in found.items() if answer.status_code in (200, 201, 409)}
    assert {name: answer.content for name, answer in found.items() if name not in taken} == {}
    assert sum(answer.status_code < 300 for answer in found.values()) >= len(right) * 3 // 4


def test_bodies_that_cannot_be_read_or_say_nonsense(desk, api):
    before, found = desk_state(), {}
    for name in [*TAKES_JSON, *TAKES_NOTHING]:
        method, path = split(name, desk)
        for what, raw in UNREADABLE.items():
            answer = api.send(method, path, raw)
            found[name, what] = (answer.status_code, refused(answer, 400))
        for what, raw in WRONG.items():
            answer = api.send(method, path, raw)
            found[name, what] = (answer.status_code, refused(answer, 422))
    assert {where: status for where, (status, right) in found.items() if not right} == {}
    assert desk_state() == before


def test_bodies_of_another_kind_or_size(desk, api, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 5000
    kinds = {
        "form": ("subject=x", "application/x-www-form-urlencoded", {}, 415),
        "multipart": ("--x--", "multipart/form-data; boundary=x", {}, 415),
        "text": ("x", "text/plain", {}, 415),
        "Latin-1": ('{"subject": "ä"}'.encode("latin-1"), "application/json; charset=latin-1", {}, 415),
        "no kind": ("{}", "", {}, 415),
        "a kind that is none": ("{}", "application/json\x00;;=", {}, 415),
        "huge": (b'{"subject": "' + b"x" * 5000 + b'"}', "application/json", {}, 413),
        "half-sent": (b'{"reason": "x"}', "application/json", {"CONTENT_LENGTH": "500"}, 400),
        "a length below nothing": (b"{}", "application/json", {"CONTENT_LENGTH": "-2"}, 400),
        "a length beyond all": (b"{}", "application/json", {"CONTENT_LENGTH": "9" * 30}, 400),
        "in chunks": (b'{"reason": "x"}', "application/json", CHUNKED, 411),
    }  # fmt: skip
    before, found = desk_state(), {}
    for name in TAKES_JSON:
        method, path = split(name, desk)
        for what, (raw, content_type, extra, status) in kinds.items():
            answer = api.send(method, path, raw, content_type=content_type, **extra)
            found[name, what] = (answer.status_code, refused(answer, status))
    assert {where: status for where, (status, right) in found.items() if not right} == {}
    assert desk_state() == before


HEAD = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
TAIL = b"\r\n--x--\r\n"
FILES = {
    "no parts": (b"--x--\r\n", 422),
    "no file": (b'--x\r\nContent-Disposition: form-data; name="public"\r\n\r\n1' + TAIL, 422),
    "a text for a file": (b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\nx' + TAIL, 422),
    "no name": (HEAD.replace(b"a.txt", b"") + b"x" + TAIL, 422),
    "an executable": (HEAD + b"\x7fELF\x02\x01\x01" + b"\0" * 60 + TAIL, 422),
    "empty": (HEAD + TAIL, 422),
    "cut short": (HEAD + b"half", 400),
    "nothing": (b"", 422),
}


def test_files_that_are_none(desk, api):
    before, found = desk_state(), {}
    for name in TAKES_FILES:
        method, path = split(name, desk)
        answers = {}
        for what, (raw, status) in FILES.items():
            extra = {"CONTENT_LENGTH": str(len(raw) + 500)} if what == "cut short" else {}
            answers[what] = status, api.send(method, path, raw, content_type="multipart/form-data; boundary=x", **extra)
        answers["no boundary"] = 400, api.send(method, path, b"x", content_type="multipart/form-data")
        answers["JSON"] = 415, api.send(method, path, b'{"file": "x"}')
        for what, (status, answer) in answers.items():
            found[name, what] = (answer.status_code, refused(answer, status))
    assert {where: status for where, (status, right) in found.items() if not right} == {}
    assert desk_state() == before


# By JSON type: values that are none of it. (NUL and surrogates are refused by the reader, before any field.)
WRONG_VALUES = {
    "string": [5, {}, "x" * 100_001],
    "date-time": ["soon", "2026-13-01T00:00:00Z", "2026-01-01T00:00:00", "0001-01-01T00:00:00Z",
                  "9999-12-31T23:59:59-23:59", "2026-01-01T00:00:00+99:00", 1767225600],
    "decimal": ["x", True, [], "1e400", "-1"],
    "integer": ["x", 1.5, True],
    "boolean": ["true", 1, []],
    "array": ["x", {}, [[]], [None], list(range(5000))],
    "object": ["x", [], 5],
    "choice": ["no such", 5, []],
    "one of": [True, [], 1.5, {}, -1, ""],
}  # fmt: skip


def values_for(schema):
    schema = resolved(schema)
    kinds = schema.get("type", [])
    kind = next((one for one in ([kinds] if isinstance(kinds, str) else kinds) if one != "null"), None)
    if "oneOf" in schema or "anyOf" in schema:
        kind = "one of"
    elif "enum" in schema:
        kind = "choice"
    elif schema.get("format") in WRONG_VALUES:
        kind = schema["format"]
    return WRONG_VALUES[kind]


def resolved(schema):
    while "$ref" in schema or len(schema.get("allOf", [])) == 1:
        if "allOf" in schema:
            schema = schema["allOf"][0]
        else:
            schema = document()["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def fields_of(name):
    return resolved(OPERATIONS[name]["requestBody"]["content"]["application/json"]["schema"]).get("properties", {})


def test_a_wrong_value_in_each_field(desk, api):
    """All else is right, so that each value gets as far as it can."""
    right, found, before = bodies(desk), {}, desk_state()
    for name in TAKES_JSON:
        method, path = split(name, desk)
        for field, schema in fields_of(name).items():
            for value in values_for(schema):
                body = right[name] | {field: value}
                answer = undone(lambda: api.send(method, path, json.dumps(body)))  # noqa: B023  called at once
                if not refused(answer, 422):
                    found[name, field, repr(value)[:60]] = (answer.status_code, answer.content[:200])
    assert found == {}
    assert desk_state() == before


EXTREME = {
    "string": ["\u202e'; drop table cases_case; -- {{7*7}} <script>x</script> 𝕏\u2028"],
    "date-time": ["1900-01-01T00:00:00Z", "2200-12-31T23:59:59Z"],
    "integer": [0, 2**63 - 1],
    "array": [[]],
    "object": [{"a": {"b": [1, None, "\u2028", 1e300]}, "x" * 5000: 1}],
    "one of": [2**62, {"seconds": 2**62}],
}


def test_an_extreme_value_in_each_field(desk, api):
    """Taken or refused, whichever: answered in either case."""
    right, found = bodies(desk), {}
    for name in TAKES_JSON:
        method, path = split(name, desk)
        for field, schema in fields_of(name).items():
            kind = next(kind for kind, values in WRONG_VALUES.items() if values is values_for(schema))
            for value in [*EXTREME.get(kind, []), None]:
                body = right[name] | {field: value}
                answer = undone(lambda: api.send(method, path, json.dumps(body)))  # noqa: B023  called at once
                if not (answer.status_code in (200, 201) or refused(answer, 404, 409, 422)):
                    found[name, field, repr(value)[:60]] = (answer.status_code, answer.content[:200])
    assert found == {}


NOWHERE = ["..", "%2e%2e", "%00", "1%00", "CASE-", "CASE-0", "INC-1", "-1", "0", "1e3", "9" * 32, "9" * 400, "%ff", "é",
           "a%2fb", "CASE-99999999999999999999", "999999999", "%E2%80%AE", "null", "١"]  # fmt: skip


def test_addresses_of_nothing(desk, api):
    """Whatever stands where a name should: 404 as for any row that is not there."""
    right, found, before = bodies(desk), {}, desk_state()
    for name in [name for name in OPERATIONS if "{" in name]:
        method, path = name.split(" ")
        for place in re.findall(r"{\w+}", path):
            for odd in NOWHERE:
                answer = api.send(method, address(path.replace(place, odd), desk), json.dumps(right.get(name, {})))
                # A file is looked at by its kind first; taking off a link that is not there changes nothing.
                also = {"POST": (415,) if name in TAKES_FILES else (), "DELETE": (200,)}.get(method, ())
                if not refused(answer, 404, 405, *also) and answer.status_code not in also:
                    found[name, place, odd] = (answer.status_code, answer.content[:200])
    assert found == {}
    assert desk_state() == before


ODD_QUERIES = ["a\x00b", "-1", "9" * 40, "0001-01-01T00:00:00Z", "' or 1=1 -- %_\\ é\u202e,"]
ODD_STRINGS = ["cursor=%00", "limit=9999999999", "ordering=password", "no=1", "%ff=%ff", "&&&", "q=" + "x" * 9000]


def test_queries_of_all_sorts(desk, api):
    found, before = {}, desk_state()
    for name in READS:
        _, path = split(name, desk)
        names = [one["name"] for one in OPERATIONS[name].get("parameters", []) if one["in"] == "query"]
        asked = {f"{field}={value}": {field: value} for field in names if field != "wait" for value in ODD_QUERIES}
        answers = {what: api.get(path, query) for what, query in asked.items()}
        answers |= {query: api.send("GET", f"{path}?{query}", "") for query in ODD_STRINGS}
        for what, answer in answers.items():
            if not (answer.status_code == 200 or refused(answer, 404, 410, 422)):
                found[name, what[:60]] = (answer.status_code, getattr(answer, "content", b"")[:200])
    assert found == {}
    assert desk_state() == before


ODD_VERSIONS = ["x", '"x"', '"-1"', '"99999999999999999999"', '"1", "2"', "é", "\x7f"]
ODD_HEADERS = [
    {"Accept": "*" * 3000},
    {"Accept-Language": "../../etc/passwd"},
    {"X-Request-ID": "x" * 5000},
    {"X-Request-ID": "a\nb"},
    {"X-Forwarded-For": "not an address"},
    {"Cookie": "sessionid=\x00; csrftoken=é"},
    {"Content-Encoding": "gzip"},
    {"Host": "evil.example"},
    {"Host": "..:99999"},
    {"Range": "bytes=99-1"},
    {"If-Modified-Since": "soon"},
    {"X-HTTP-Method-Override": "DELETE"},
    {"Idempotency-Key": "é"},
    {"Idempotency-Key": "x" * 5000},
]


def test_headers_of_all_sorts(desk, api):
    right, found = bodies(desk), {}
    asked = [("GET /cases/", one) for one in ODD_HEADERS] + [("POST /cases/", one) for one in ODD_HEADERS]
    asked += [(name, {"If-Match": version}) for name in TAKES_VERSIONS for version in ODD_VERSIONS]
    for name, headers in asked:
        method, path = split(name, desk)
        raw = "" if method == "GET" else json.dumps(right.get(name, {}))
        answer = undone(lambda: api.send(method, path, raw, headers))  # noqa: B023  called at once
        taken = answer.status_code in (200, 201) and "If-Match" not in headers
        if not (taken or refused(answer, 400, 406, 412, 415, 422)):
            found[name, str(headers)[:60]] = (answer.status_code, answer.content[:200])
    assert found == {}


def test_each_request_that_takes_a_key_is_done_once(desk, api):
    """The second of two equal requests with one key is answered as the first and changes nothing more."""
    right, found = bodies(desk), {}
    for name in set(TAKES_KEYS) & {*right, "POST /alerts/{id}/acknowledge/"}:
        method, path = split(name, desk)
        raw = json.dumps(right.get(name, {}))
        with transaction.atomic():
            first = api.send(method, path, raw, {"Idempotency-Key": "once"})
            between = desk_state()
            again = api.send(method, path, raw, {"Idempotency-Key": "once"})
            same = (first.status_code, first.content) == (again.status_code, again.content)
            if not (same and again.get("Idempotent-Replay") == "true" and desk_state() == between):
                found[name] = (first.status_code, again.status_code, first.content, again.content)
            transaction.set_rollback(True)
    assert found == {}


def test_the_digest_of_the_desk_sees_each_table():
    """What the tests above rest on: a row more in any table of ours changes the digest."""
    tables = set(desk_state())
    with connection.cursor() as cursor:
        ours = {
            name
            for name in connection.introspection.table_names(cursor)
            if name.partition("_")[0] in ("outbox", "tenants", "sla", "incidents", "cases", "reporting", "cadence")
        }
    assert ours - tables == {"tenants_accessentry", "tenants_apitoken", "tenants_auditentry"}
