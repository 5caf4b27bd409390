from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings

from sla.domain.conversation import Happening
from sla.domain.excuse import excuse
from sla.domain.explain import explain
from sla.domain.rows import state_of
from sla.domain.sweep import sweep
from sla.models import Clock
from tenants.domain.actors import SYSTEM
from tests.factories.sla import HOUR, MONDAY, CalendarFactory, Conversing, PolicyFactory, minutes
from tests.sla.domain.test_conversations import OFFICE_TABLE, happenings

pytestmark = pytest.mark.django_db

THURSDAY_15 = datetime(2026, 4, 2, 13, 0, tzinfo=UTC)  # 15:00 in Berlin, the Thursday before Easter
TABLE = {
    "first_response": (2 * HOUR, "wall_seconds"),
    "next_reply": (HOUR, "seconds"),
    "resolution": (2, "business_days"),
}


def resolution_of(talk):
    return Clock.objects.get(pk__in=talk.clock_ids, kind="resolution")


def test_the_sum_over_a_holiday_weekend_with_a_pause():
    calendar = CalendarFactory()
    spec = calendar.spec | {"holiday_regions": ["DE-BE"]}
    calendar.versions.model.objects.create(calendar=calendar, version=2, spec=spec)
    calendar.version, calendar.spec = 2, spec
    calendar.save()
    policy = PolicyFactory(name="Office", calendar=calendar, target_table=TABLE)
    talk = Conversing(policy=policy, at=THURSDAY_15)
    talk.say(Happening.ACCEPTED, at=THURSDAY_15)
    tuesday = THURSDAY_15 + timedelta(days=5)
    talk.say(Happening.WAIT, at=tuesday - timedelta(hours=4))
    talk.say(Happening.RESUME, at=tuesday - timedelta(hours=3))
    clock = resolution_of(talk)

    told = explain(clock.pk, at=tuesday)
    assert told.due_at == clock.due_at == datetime(2026, 4, 8, 14, 0, tzinfo=UTC)
    assert [line.text for line in told.lines] == [
        "Resolution within 2 business days (policy Office, P2). Counted in opening hours (Europe/Berlin); "
        "a business day is 8 h.",
        "The clock started on Thu 02 Apr 2026 15:00 (Europe/Berlin).",
        "Thu 02 Apr 2026 15:00–17:00: 2 h, together 2 h.",
        "Closed: Fri 03 Apr (Good Friday), Sat 04 Apr, Sun 05 Apr, Mon 06 Apr (Easter Monday).",
        "Tue 07 Apr 2026 09:00–11:00: 2 h, together 4 h.",
        "Paused on Tue 07 Apr 2026 11:00. Time from here on does not count.",
        "Went on, on Tue 07 Apr 2026 12:00.",
        "Tue 07 Apr 2026 12:00–17:00: 5 h, together 9 h.",
        "Wed 08 Apr 2026 09:00–16:00: 7 h, together 16 h.",
        "Due on Wed 08 Apr 2026 16:00.",
    ]
    assert told.as_json()["lines"][2] == {
        "what": "counted",
        "text": "Thu 02 Apr 2026 15:00–17:00: 2 h, together 2 h.",
        "at": "2026-04-02T13:00:00Z",
        "until": "2026-04-02T15:00:00Z",
        "seconds": 7200.0,
        "total_seconds": 7200.0,
    }


def test_a_late_and_excused_promise_tells_when_it_broke():
    talk = Conversing(policy=PolicyFactory(name="Office"))
    sweep(at=MONDAY + minutes(61))
    talk.say(Happening.PUBLIC_REPLY, at=MONDAY + minutes(90))
    [clock_id] = talk.clock_ids
    excuse(clock_id=clock_id, agreed_with="Ada", reason="Their outage.", by=SYSTEM, at=MONDAY + minutes(100))
    assert [(line.what, line.text) for line in explain(clock_id, at=MONDAY).lines] == [
        ("promise", "First response within 1 h (policy Office, P2). Counted round the clock."),
        ("started", "The clock started on Mon 16 Nov 2026 10:00 (Europe/Berlin)."),
        ("counted", "Mon 16 Nov 2026 10:00–11:00: 1 h, together 1 h."),
        ("warned", "Early warning on Mon 16 Nov 2026 10:45."),
        ("due", "Due on Mon 16 Nov 2026 11:00."),
        ("breached", "The promise was broken on Mon 16 Nov 2026 11:00."),
        ("late", "Late: Mon 16 Nov 2026 11:00–11:30: 30 min, together 1 h 30 min."),
        ("stopped", "It ended late, on Mon 16 Nov 2026 11:30."),
        ("remark", "Excused, agreed with Ada: Their outage."),
    ]


@given(events=happenings())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_explained_is_what_is_due(events, db):
    policy = PolicyFactory(target_table=OFFICE_TABLE)
    talk = Conversing(policy=policy)
    for event, priority in events:
        talk.priority = priority
        talk.say(event.what, at=event.at, **({"target_at": event.target_at} if event.target_at else {}))
    for clock in Clock.objects.filter(pk__in=talk.clock_ids):
        told = explain(clock.pk, at=MONDAY + timedelta(days=90))
        due = [line for line in told.lines if line.what == "due"]
        counted = sum(line.seconds for line in told.lines if line.what in ("counted", "late"))
        state = state_of(clock)
        if state.due_at is None:
            assert told.lines[-1].what == ("left" if clock.phase == "paused" else "stopped")
        else:
            assert state.due_at in [line.at for line in due]
        if clock.phase == "running" and clock.kind != "target":
            assert (due[-1].at, counted) == (clock.due_at, state.target.open_seconds(state.hours))
        elif clock.phase == "ended":
            assert round(counted * 1_000_000) == clock.used
