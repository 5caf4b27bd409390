import json
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from hypothesis import given, settings
from hypothesis import strategies as st

from sla.domain.simulate import BadDocument, simulate

ROOT = Path(__file__).resolve().parents[3]
BERLIN = {
    "timezone": "Europe/Berlin",
    "weekly_hours": {
        "mon": [["08:00", "12:00"], ["13:00", "18:00"]],
        "fri": [["08:00", "18:00"]],
        "sat": [["22:00", "06:00"]],
    },
    "date_hours": {"2026-12-24": [["08:00", "12:00"]]},
    "holidays": ["2026-12-25"],
    "holiday_regions": ["DE-BE"],
}
OFFICE = {"timezone": "UTC", "weekly_hours": {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}}
CALENDARS = {"berlin": BERLIN, "office": OFFICE, "closed": {"timezone": "UTC"}, "bad": {"timezone": "Mars/Olympus"}}
Q1 = {
    "id": "q1",
    "calendar": "berlin",
    "ask": "due",
    "start": "2026-11-20T17:30:00+01:00",
    "target": {"seconds": 5400},
}
POLICY = {
    "first_response": {"seconds": 3600},
    "next_reply": {"seconds": 7200},
    "resolution": {"business_days": 1},
    "escalation_meets": True,
}


def ask(**question):
    """The one answer to one question, without its id."""
    (answer,) = simulate(
        json.dumps({"calendars": CALENDARS, "questions": [{"id": "q", "calendar": "office", **question}]})
    )
    assert answer.pop("id") == "q"
    return answer


def code(**question):
    return ask(**question).get("error", {}).get("code")


def clocks(*events, now="2026-11-16T16:00Z", **more):
    """`"<clock> <event>"` on Monday, 16 November 2026, or a whole event."""

    def whole(event):
        if isinstance(event, dict):
            return event
        clock, name = event.split()
        return {"at": f"2026-11-16T{clock}Z", "event": name}

    question = {"ask": "clock", "policy": POLICY, "events": [whole(event) for event in events], "now": now, **more}
    return ask(**question)


# --- answers --------------------------------------------------------------------------------------------------------


def test_the_example_in_the_order_asked():
    questions = [Q1, {**Q1, "id": "q0", "target": {"seconds": 0}}]
    assert list(simulate(json.dumps({"calendars": CALENDARS, "questions": questions}))) == [
        {"id": "q1", "due_at": "2026-11-21T22:00:00Z"},
        {"id": "q0", "due_at": "2026-11-20T16:30:00Z"},
    ]


FRIDAY = "2026-11-20T15:00:00Z"


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (
            {"ask": "due", "start": FRIDAY, "target": {"business_days": 2}},
            {"due_at": "2026-11-24T15:00:00Z"},
        ),
        ({"ask": "due", "start": FRIDAY, "target": {"seconds": 7201}, "pauses": [[FRIDAY, None]]}, {"due_at": None}),
        (
            {"ask": "due", "start": FRIDAY, "target": {"wall_seconds": 86400}, "calendar": "closed"},
            {"due_at": "2026-11-21T15:00:00Z"},
        ),
        (
            {"ask": "due", "start": "2026-11-20T15:00:00.25Z", "target": {"seconds": 1}},
            {"due_at": "2026-11-20T15:00:01.250000Z"},
        ),
        ({"ask": "elapsed", "start": FRIDAY, "end": "2026-11-23T10:00:00Z"}, {"seconds": 3 * 3600}),
        ({"ask": "elapsed", "start": FRIDAY, "end": "2026-11-20T15:00:00.5Z"}, {"seconds": 0.5}),
        ({"ask": "elapsed", "start": "2026-11-23T10:00:00Z", "end": FRIDAY}, {"seconds": 0}),
        (
            {"ask": "before", "end": "2026-11-23T10:00:00Z", "target": {"seconds": 7200}},
            {"start_at": "2026-11-20T16:00:00Z"},
        ),
        ({"ask": "is_open", "at": FRIDAY}, {"open": True}),
        ({"ask": "is_open", "at": "2026-11-20T18:00:00+01:00"}, {"open": False}),
        ({"ask": "windows", "start": FRIDAY, "count": 1}, {"windows": [[FRIDAY, "2026-11-20T17:00:00Z"]]}),
        ({"ask": "windows", "start": FRIDAY, "count": 3, "calendar": "closed"}, {"windows": []}),
    ],
)
def test_answers(question, answer):
    assert ask(**question) == answer


def test_a_wall_target_may_leave_the_calendar_out():
    question = {key: value for key, value in Q1.items() if key != "calendar"} | {"target": {"wall_seconds": 60}}
    assert list(simulate(json.dumps({"questions": [question]}))) == [{"id": "q1", "due_at": "2026-11-20T16:31:00Z"}]


# --- clocks ---------------------------------------------------------------------------------------------------------


def test_a_clock_whole():
    assert clocks("09:00 created", "09:30 public_reply", "10:00 accepted", "11:00 wait") == {
        "clocks": [
            {
                "kind": "first_response",
                "window": 1,
                "state": "met",
                "started_at": "2026-11-16T09:00:00Z",
                "due_at": "2026-11-16T10:00:00Z",
                "warn_at": "2026-11-16T09:45:00Z",
                "stopped_at": "2026-11-16T09:30:00Z",
                "breached_at": None,
                "used_seconds": 1800,
                "paused_seconds": 0,
                "left_seconds": 1800,
            },
            {
                "kind": "resolution",
                "window": 1,
                "state": "paused",
                "started_at": "2026-11-16T10:00:00Z",
                "due_at": None,
                "warn_at": None,
                "stopped_at": None,
                "breached_at": None,
                "used_seconds": 3600,
                "paused_seconds": 5 * 3600,
                "left_seconds": 7 * 3600,
            },
        ]
    }


def test_events_are_taken_by_time_and_ties_in_the_order_given():
    assert clocks("10:00 accepted", "09:00 created") == clocks("09:00 created", "10:00 accepted")
    tie = clocks("09:00 created", "09:00 public_reply")["clocks"]
    assert [clock["state"] for clock in tie] == ["met"]
    assert clocks("09:00 public_reply", "09:00 created")["clocks"][0]["state"] == "breached"


def test_opened_by_us():
    created = {"at": "2026-11-16T09:00Z", "event": "created", "by": "us"}
    assert clocks(created) == {"clocks": []}
    (clock,) = clocks(created, "15:30 customer_reply")["clocks"]
    assert (clock["kind"], clock["started_at"], clock["state"]) == (
        "first_response",
        "2026-11-16T15:30:00Z",
        "running",
    )


def test_escalation_policy_and_warning():
    answer = clocks(
        "09:00 created",
        "09:00 accepted",
        {"at": "2026-11-16T10:00Z", "event": "escalate", "target_at": "2026-11-16T20:00Z"},
        warn_at=0.1,
    )
    assert [(clock["kind"], clock["state"], clock["due_at"], clock["warn_at"]) for clock in answer["clocks"]] == [
        ("first_response", "breached", "2026-11-16T10:00:00Z", "2026-11-16T09:06:00Z"),
        ("resolution", "met", "2026-11-16T17:00:00Z", "2026-11-16T09:48:00Z"),
        ("target", "running", "2026-11-16T20:00:00Z", "2026-11-16T11:00:00Z"),
    ]


def test_set_policy_brings_the_whole_policy():
    change = {"at": "2026-11-16T12:00Z", "event": "set_policy", "policy": {"resolution": {"seconds": 7200}}}
    first, resolution = clocks("09:00 created", "09:00 accepted", change)["clocks"]
    assert (first["state"], first["breached_at"]) == ("breached", "2026-11-16T10:00:00Z")
    assert (resolution["state"], resolution["breached_at"], resolution["left_seconds"]) == (
        "breached",
        "2026-11-16T12:00:00Z",
        -5 * 3600,
    )


def test_many_windows_come_back_in_order_and_in_time():
    events = [{"at": "2026-11-16T09:00Z", "event": "created"}] + [
        {"at": f"2026-11-16T10:{second // 60 % 60:02}:{second % 60:02}.{second:06}Z", "event": name}
        for second in range(10_000)
        for name in ("public_reply", "customer_reply")
    ]
    events.sort(key=lambda event: event["at"])
    answer = clocks(*events)["clocks"]
    assert [clock["window"] for clock in answer if clock["kind"] == "next_reply"] == list(range(1, 10_001))


# --- refusals -------------------------------------------------------------------------------------------------------

DUE = {"ask": "due", "start": FRIDAY, "target": {"seconds": 60}}
CLOCK = {"ask": "clock", "policy": POLICY, "now": "2026-11-16T16:00Z"}
CREATED = {"at": "2026-11-16T09:00Z", "event": "created"}


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ({}, "bad-question"),
        ({"ask": 5}, "bad-question"),
        ({"ask": ["due"]}, "bad-question"),
        ({"ask": "when"}, "unknown-ask"),
        ({**DUE, "calendar": "nowhere"}, "unknown-calendar"),
        ({**DUE, "calendar": None}, "bad-question"),
        ({**DUE, "calendar": {"timezone": "UTC"}}, "bad-question"),
        ({**DUE, "calendar": "bad"}, "bad-calendar"),
        ({**DUE, "calendar": "bad", "target": {"wall_seconds": 1}}, "bad-calendar"),
        ({**DUE, "calendar": "closed"}, "never-opens"),
        ({**DUE, "calendar": "closed", "target": {"business_days": 1}}, "never-opens"),
        ({**DUE, "start": None}, "bad-question"),
        ({**DUE, "start": 1700000000}, "bad-question"),
        ({**DUE, "start": "2026-11-20T15:00:00"}, "bad-time"),
        ({**DUE, "start": "2026-11-20"}, "bad-time"),
        ({**DUE, "start": "2026-02-30T15:00:00Z"}, "bad-time"),
        ({**DUE, "start": "2026-11-20x15:00:00Z"}, "bad-time"),
        ({**DUE, "start": "0001-01-01T00:00:00+14:00"}, "bad-time"),
        ({**DUE, "start": "yesterday"}, "bad-time"),
        ({**DUE, "start": "\ud800"}, "bad-time"),
        ({**DUE, "start": ""}, "bad-time"),
        ({**DUE, "start": "0001-01-01T00:00:00Z"}, "too-far"),
        ({**DUE, "start": "9999-12-31T23:59:59Z"}, "too-far"),
        ({**DUE, "target": None}, "bad-question"),
        ({**DUE, "target": {"seconds": -1}}, "bad-question"),
        ({**DUE, "target": {"seconds": 1.5}}, "bad-question"),
        ({**DUE, "target": {"seconds": True}}, "bad-question"),
        ({**DUE, "target": {"seconds": 10**13}}, "too-far"),
        ({**DUE, "target": {"seconds": 10**60}}, "too-far"),
        ({**DUE, "target": {"seconds": -(10**60)}}, "bad-question"),
        ({**DUE, "target": {"wall_seconds": 10**60}}, "too-far"),
        ({**DUE, "pauses": {}}, "bad-question"),
        ({**DUE, "pauses": [[FRIDAY]]}, "bad-question"),
        ({**DUE, "pauses": [[None, FRIDAY]]}, "bad-question"),
        ({**DUE, "pauses": [[FRIDAY, "2026-11-20T15:00:00"]]}, "bad-time"),
        ({**DUE, "pauses": [["2026-11-20T15:00:01Z", FRIDAY]]}, "bad-pause"),
        ({"ask": "elapsed", "start": FRIDAY, "end": "2126-11-20T15:00:00Z"}, "too-far"),
        ({"ask": "elapsed", "start": FRIDAY}, "bad-question"),
        ({"ask": "before", "end": FRIDAY, "target": {"seconds": 10**11}}, "too-far"),
        ({"ask": "windows", "start": FRIDAY, "count": 0}, "bad-question"),
        ({"ask": "windows", "start": FRIDAY, "count": 1001}, "bad-question"),
        ({"ask": "windows", "start": FRIDAY, "count": True}, "bad-question"),
        ({**CLOCK, "events": []}, "bad-events"),
        ({**CLOCK, "events": [CREATED, CREATED]}, "bad-events"),
        ({**CLOCK, "events": [CREATED, {**CREATED, "event": "explode"}]}, "bad-events"),
        ({**CLOCK, "events": [CREATED, {**CREATED, "event": "merged"}]}, "bad-events"),
        ({**CLOCK, "events": [CREATED, {**CREATED, "event": "wait", "at": FRIDAY}]}, "bad-events"),
        ({**CLOCK, "events": [{**CREATED, "at": "2026-11-16T09:00"}]}, "bad-time"),
        ({**CLOCK, "events": [{**CREATED, "by": "them"}]}, "bad-question"),
        ({**CLOCK, "events": [CREATED, {**CREATED, "event": "set_policy"}]}, "bad-question"),
        ({**CLOCK, "events": None}, "bad-question"),
        ({**CLOCK, "events": ["created"]}, "bad-question"),
        ({**CLOCK, "events": [CREATED], "policy": []}, "bad-question"),
        ({**CLOCK, "events": [CREATED], "policy": {"escalation_meets": 1}}, "bad-question"),
        ({**CLOCK, "events": [CREATED], "policy": {"first_response": {"seconds": 10**12}}}, "too-far"),
        ({**CLOCK, "events": [CREATED], "warn_at": 2}, "bad-question"),
        ({**CLOCK, "events": [CREATED], "warn_at": True}, "bad-question"),
        ({**CLOCK, "events": [CREATED], "now": None}, "bad-question"),
    ],
)
def test_a_bad_question_is_refused_by_its_code(question, expected):
    assert code(**question) == expected


def test_a_number_without_end_is_a_bad_question():
    document = json.dumps({"calendars": CALENDARS, "questions": [{**Q1, "target": {"seconds": 7}}]})
    for number in ("1e999", "-1e999", "1E400"):
        (answer,) = simulate(document.replace("7}", f"{number}}}"))
        assert answer["error"]["code"] == "bad-question"
    (answer,) = simulate(document.replace("7}", "9" * 10_000 + "}"))
    assert answer["error"]["code"] == "too-far"


def test_a_bad_question_leaves_the_others_alone():
    questions = [{"id": "a", "ask": "?"}, Q1, {**DUE, "id": "b", "calendar": "bad"}]
    answers = list(simulate(json.dumps({"calendars": CALENDARS, "questions": questions})))
    assert [(answer["id"], "error" in answer) for answer in answers] == [("a", True), ("q1", False), ("b", True)]


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("", "not JSON: Expecting value at line 1 column 1"),
        ("{", "not JSON: Expecting property name enclosed in double quotes at line 1 column 2"),
        (b"\xff\xfe\xfa", "the document is not UTF-8"),
        (b'{"questions": ["\xe4"]}', "the document is not UTF-8"),
        ("[" * 100_000, "the document is nested too deeply"),
        ("[]", "the document is not an object"),
        ("{}", "questions is not a list"),
        ('{"questions": {}}', "questions is not a list"),
        ('{"questions": [], "calendars": []}', "calendars is not an object"),
        ('{"questions": [{"id": "a", "x": NaN}]}', "not JSON: NaN is no number"),
        ('{"questions": [{"id": "a", "x": -Infinity}]}', "not JSON: -Infinity is no number"),
        ('{"questions": [{}]}', "question 1 has no id"),
        ('{"questions": [5]}', "question 1 has no id"),
        ('{"questions": [{"id": 5}]}', "question 1 has no id"),
        ('{"questions": [{"id": ""}]}', "question 1 has no id"),
        ('{"questions": [{"id": "a"}, {"id": "a"}]}', "question 2 repeats the id 'a'"),
        ('{"questions": [{"id": "\\ud800\\n"}, {"id": "\\ud800\\n"}]}', "question 2 repeats the id '\\ud800\\n'"),
        (f'{{"questions": [{{"id": "{"a" * 201}"}}]}}', "question 1 has an id of more than 200 characters"),
    ],
)
def test_a_bad_document(document, message):
    with pytest.raises(BadDocument) as refusal:
        simulate(document)
    assert str(refusal.value) == message


TEXT = st.text("a0:-Z\ud800\0", max_size=4) | st.sampled_from([FRIDAY, "mon", "DE", "2026-12-24", "08:00"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
FIELDS = ("calendar", "start", "end", "at", "target", "pauses", "count", "policy", "warn_at", "events", "now")


@settings(max_examples=300)
@given(
    st.fixed_dictionaries({"ask": st.sampled_from(["due", "elapsed", "before", "is_open", "windows", "clock"])}),
    st.dictionaries(st.sampled_from(FIELDS), JSON),
    st.sampled_from([{**DUE, "end": FRIDAY, "at": FRIDAY, "count": 1}, {**CLOCK, "events": [CREATED]}]),
)
def test_whatever_is_asked_there_is_an_answer(kind, wrong, right):
    answer = ask(**{**right, **kind, **wrong})
    json.dumps(answer, allow_nan=False)
    if "error" in answer:
        assert set(answer["error"]) == {"code", "message"}


@given(JSON, st.sampled_from(["timezone", "weekly_hours", "date_hours", "holidays", "holiday_regions"]))
def test_whatever_a_calendar_says_there_is_an_answer(value, name):
    document = {"calendars": {"odd": {**OFFICE, name: value}}, "questions": [{**Q1, "calendar": "odd"}]}
    (answer,) = simulate(json.dumps(document))
    assert answer["id"] == "q1"


# --- the command ----------------------------------------------------------------------------------------------------


def test_the_command_prints_one_document(tmp_path):
    file = tmp_path / "questions.json"
    file.write_text(json.dumps({"calendars": CALENDARS, "questions": [Q1]}))
    out = StringIO()
    call_command("sla_simulate", str(file), stdout=out)
    assert json.loads(out.getvalue()) == {"answers": [{"id": "q1", "due_at": "2026-11-21T22:00:00Z"}]}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("absent.json", None, "cannot be read (FileNotFoundError)"),
        ("bad\0name", None, "cannot be read (ValueError)"),
        ("nan.json", '{"questions": NaN}', "not JSON: NaN is no number"),
    ],
)
def test_the_command_refuses_a_bad_document(tmp_path, name, content, message):
    if content is not None:
        (tmp_path / name).write_text(content)
    out = StringIO()
    with pytest.raises(CommandError) as refusal:
        call_command("sla_simulate", f"{tmp_path}/{name}", stdout=out)
    assert (refusal.value.returncode, out.getvalue()) == (2, "")
    assert message in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_the_command_reads_standard_input_needs_no_database_and_says_one_line():
    def run(text):
        return subprocess.run(
            [sys.executable, "manage.py", "sla_simulate", "-"],
            input=text,
            capture_output=True,
            text=True,
            cwd=ROOT,
            env={"DATABASE_URL": "postgres://nobody@127.0.0.1:1/none", "PATH": ""},
            check=False,
        )

    good = run(json.dumps({"calendars": CALENDARS, "questions": [Q1]}))
    assert (good.returncode, good.stderr, len(json.loads(good.stdout)["answers"])) == (0, "", 1)
    bad = run("{")
    assert (bad.returncode, bad.stdout, bad.stderr.count("\n")) == (2, "", 1)
