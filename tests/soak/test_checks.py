"""The checker finds what it is there for: in a desk where all is well, one thing after the other is made wrong."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings as desk_settings
from django.db import connection
from django.test import override_settings
from django.utils import timezone

from cases.domain import attachments, lifecycle
from incidents.domain import communicate
from outbox.domain.relay import deliver, relay_round
from outbox.models import Delivery, Event
from sla.domain import alerts
from sla.domain.sweep import sweep
from sla.domain.telling import tell
from sla.models import Alert
from tenants.models import Blob, TenantPerson
from tests.factories.cases import opened, says
from tests.factories.incidents import IncidentFactory
from tests.factories.sla import CalendarFactory, PolicyFactory
from tests.factories.tenants import RequesterFactory, TenantFactory, actor
from tests.soak.checking import check, counted
from tests.soak.evidence import Evidence, Mail
from tests.soak.furnish import ALWAYS, SOON
from tests.soak.journal import ACCEPTED, REFUSED, UNKNOWN, Asked

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)


@dataclass
class World:
    evidence: Evidence

    def found(self) -> dict[str, list[str]]:
        """By the checks that found anything."""
        return {name: lines for name, lines in check(self.evidence).items() if lines}

    def told(self, place: int, **change) -> None:
        """The driver's own word on its request number `place` is another one."""
        asked = list(self.evidence.asked)
        asked[place] = replace(asked[place], **change)
        self.evidence = replace(self.evidence, asked=asked)


@pytest.fixture(scope="module")
def made(for_the_file, tmp_path_factory):
    """The evidence of what was done, and the folder of its files."""
    folder = tmp_path_factory.mktemp("blobs")
    with override_settings(BLOB_ROOT=folder):
        yield done_on_a_desk(), folder


@pytest.fixture
def world(made, settings, tmp_path):
    evidence, files = made
    settings.BLOB_ROOT = shutil.copytree(files, tmp_path / "blobs")
    return World(evidence)


def done_on_a_desk() -> Evidence:
    """A case that was opened, accepted, answered late and given a file; an incident with a word; all told and sent."""
    now = timezone.now()
    begun = now - timedelta(minutes=5)
    tenant = TenantFactory(slug="soak")
    PolicyFactory(tenant=tenant, target_table=SOON, calendar=CalendarFactory(spec=ALWAYS))
    po = actor("po", tenant=tenant)
    TenantPerson.objects.create(tenant=tenant, user_id=po.user_id, role="po")
    case = opened(
        requester=RequesterFactory(tenant=tenant), subject="soak-1-0-1", at=begun, external=named("soak-1-0-1")
    )
    lifecycle.accept(case_id=case.pk, reason="soak-1-0-2", by=po, at=begun + SECOND)
    word = says(case, "soak-1-0-3", by=po, at=begun + 20 * SECOND)
    stream = BytesIO(b"soak-1-0-4")
    file = attachments.attach(case_id=case.pk, name="soak-1-0-4.txt", stream=stream, by=po, at=begun + 21 * SECOND)
    incident = IncidentFactory(title="Incident soak-1-0-5", severity="sev3", tenants=[tenant], at=begun)
    update = communicate.publish_update(
        incident_id=incident.pk, seeing="soak-1-0-6", doing="Looking", next_word_text="Soon", by=po, at=begun + SECOND
    )
    sweep(at=now)
    for _round in range(3):
        relay_round(at=now)
    tell(at=now)
    deliver(at=now)
    alert = Alert.objects.filter(kind="breach").earliest("pk")
    alerts.acknowledge(alert_id=alert.pk, by=po, at=now)
    rows = [
        ("open", case), ("move", case), ("say", word), ("attach", file), ("declare", incident), ("update", update),
        ("acknowledge", alert),
    ]  # fmt: skip
    return Evidence(
        asked=[
            Asked(key=f"soak-1-0-{number}", what=what, outcome=ACCEPTED, row=str(row.pk), status=201)
            for number, (what, row) in enumerate(rows, 1)
        ],
        mails=[Mail(at=1000.0 + row.pk, message_id=row.message_id) for row in Delivery.objects.order_by("pk")],
        feed=list(Event.objects.filter(in_feed=True).order_by("feed_number").values_list("pk", flat=True)),
    )


def named(key):
    return {"system": "soak", "id": key}


def as_owner(*statements):
    """What neither the application nor its triggers would let happen."""
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        cursor.execute("reset role")
        for statement in statements:
            cursor.execute(statement)
        cursor.execute("set role desk_app")


def without_triggers(table, *statements):
    as_owner(
        f"alter table {table} disable trigger user", *statements, f"alter table {table} enable trigger user"
    )  # fmt: skip


def test_nothing_is_found_where_all_is_well(world):
    assert world.found() == {}
    figures = counted()
    assert (figures["cases"], figures["broken promises"], figures["files"]) == (1, 2, 1)
    assert figures["mails"] == len(world.evidence.mails) > 2


# --- requests ---------------------------------------------------------------------------------------------------------

TOLD: dict[str, tuple[int, dict, str]] = {
    "lost": (2, {"key": "soak-1-0-99"}, "say soak-1-0-99 was accepted (201) and is lost"),
    "another row": (0, {"row": "7"}, "open soak-1-0-1 was answered as 7 and is "),
    "refused and done": (3, {"outcome": REFUSED, "status": 409}, "attach soak-1-0-4 was refused (409) and is there"),
    "never acknowledged": (6, {"row": "7"}, "alert 7 was acknowledged and does not know it"),
}


@pytest.mark.parametrize(("place", "change", "words"), TOLD.values(), ids=TOLD)
def test_what_the_driver_was_told_must_be_so(world, place, change, words):
    world.told(place, **change)
    [first, *_rest] = next(iter(world.found().values()))
    assert first.startswith(words)


def test_a_request_that_was_given_up_may_be_there_once(world):
    world.told(2, outcome=UNKNOWN, row="")
    assert world.found() == {}


def test_a_request_done_twice_is_found_accepted_or_given_up(world):
    [asked] = [one for one in world.evidence.asked if one.what == "update"]
    as_owner(
        "insert into incidents_incidentupdate (incident_id, status, seeing, doing, next_word, public, published_at,"
        " by_label, by_name) select incident_id, status, seeing, doing, next_word, public, published_at, by_label,"
        " by_name from incidents_incidentupdate"
    )
    [line] = world.found()["each request once"]
    assert line.startswith("update soak-1-0-6 was accepted and is there 2 times: ")
    world.told(world.evidence.asked.index(asked), outcome=UNKNOWN)
    assert world.found() == {"each request once": ["update soak-1-0-6 was given up and is there 2 times"]}


# --- rows -------------------------------------------------------------------------------------------------------------

SECOND_ALERT = """
    insert into sla_alert (tenant_id, clock_id, kind, step, generation, title, raised_at, noticed_at, tell_at, status,
        reason, nobody)
    select tenant_id, clock_id, kind, step, generation, title, raised_at, noticed_at, tell_at, 'open', '', ''
    from sla_alert where kind = 'breach' limit 1
"""
PLANTED: dict[str, tuple[Callable[[], None], set[str]]] = {
    "a clock that used other time than its history": (
        lambda: as_owner("update sla_clock set used = used + 1 where kind = 'first_response'"),
        {"clocks equal the fold of their events"},
    ),
    "a clock that ended otherwise": (
        lambda: as_owner("update sla_clock set ended_as = 'met' where kind = 'first_response'"),
        {"clocks equal the fold of their events"},
    ),
    "a breach that nobody noticed": (
        lambda: without_triggers(
            "sla_alert",
            "delete from sla_alertrecipient", "delete from sla_alert where kind = 'breach' and acknowledged_at is null",
            "update sla_clock set breached_at = null, noticed_at = null where phase = 'running'",
        ),
        {"nothing due was passed over"},
    ),
    "a breach without its alert": (
        lambda: without_triggers(
            "sla_alert", "delete from sla_alertrecipient",
            "delete from sla_alert where kind = 'breach' and acknowledged_at is null",
        ),
        {"each breach has its alert at its deadline"},
    ),
    "an alert dated when it was noticed": (
        lambda: as_owner("update sla_alert set raised_at = noticed_at where kind = 'breach'"),
        {"each breach has its alert at its deadline"},
    ),
    "an alert raised twice": (
        lambda: as_owner("drop index sla_alert_exactly_once", SECOND_ALERT),
        {"each alert once", "each breach has its alert at its deadline"},
    ),
    "a person who was not told": (
        lambda: as_owner("update sla_alertrecipient set told_at = null, tell_at = now() - interval '10 minutes'"),
        {"everybody was told"},
    ),
    "an event that nobody heard": (
        lambda: as_owner("update outbox_consumption set status = 'pending', settled_at = null"),
        {"every event was heard"},
    ),
    "a mail that was never sent": (
        lambda: as_owner("update outbox_delivery set status = 'queued', settled_at = null"),
        {"every mail was sent once or again under its id"},
    ),
    "a gap in the feed": (
        lambda: as_owner("update outbox_event set feed_number = feed_number + 1000 where feed_number > 2"),
        {"the feed has no gap and no double"},
    ),
    "a change without a number": (
        lambda: as_owner("update outbox_event set feed_number = null where feed_number ="
                         " (select max(feed_number) from outbox_event)"),
        {"the feed has no gap and no double", "the reader saw each change once"},
    ),
    "a case that is elsewhere": (
        lambda: as_owner("update cases_case set status = 'in_progress'"), {"status is where the last move led"},
    ),
    "a move out of the air": (
        lambda: without_triggers("cases_transition", "update cases_transition set from_status = 'closed'"
                                 " where move = 'accept'"),
        {"each move begins where the last one ended"},
    ),
    "another deadline on the case": (
        lambda: as_owner("update cases_case set next_due_at = next_due_at + interval '1 second'"),
        {"next due is the first of its clocks"},
    ),
    "a case that does not know of its breach": (
        lambda: as_owner("update cases_case set breached = false"), {"a broken promise shows on its case"},
    ),
    "a file that is gone": (
        lambda: stored().unlink(), {"each file is there whole", "the sweep leaves no file without a row"},
    ),
    "a file that was changed": (lambda: overwrite(stored()), {"each file is there whole"}),
}  # fmt: skip


def stored() -> Path:
    return desk_settings.BLOB_ROOT / Blob.objects.get().path


def overwrite(path: Path) -> None:
    path.write_bytes(b"something1")


@pytest.mark.parametrize(("plant", "checks"), PLANTED.values(), ids=PLANTED)
def test_a_planted_fault_is_found_by_its_check(world, plant, checks):
    plant()
    assert set(world.found()) == checks


# --- the world outside ------------------------------------------------------------------------------------------------


def test_bytes_without_a_row_are_gone_after_the_sweep(world):
    left = stored().with_name("f" * 64)
    left.write_bytes(b"left behind")
    assert world.found() == {}
    assert not left.exists()
    assert stored().exists()


@pytest.mark.parametrize(("attempts", "hurt", "found"), [(1, [], True), (2, [], True), (2, [(-5, 2)], False)])
def test_a_mail_comes_twice_only_when_it_was_in_flight_in_trouble(world, attempts, hurt, found):
    """`hurt`: seconds before and after it came for the first time."""
    first = Delivery.objects.earliest("pk")
    came = next(mail.at for mail in world.evidence.mails if mail.message_id == first.message_id)
    mails = [*world.evidence.mails, Mail(at=came + 60, message_id=first.message_id)]
    hurt = [(came + begun, came + ended) for begun, ended in hurt]
    world.evidence = replace(world.evidence, mails=mails, hurt=hurt)
    if attempts == 2:
        as_owner(
            "insert into outbox_deliveryattempt (delivery_id, number, started_at, outcome, error)"
            f" select id, 2, created_at, 'sent', '' from outbox_delivery where id = {first.pk}"
        )
    assert ("every mail was sent once or again under its id" in world.found()) is found


def test_a_mail_that_never_came_and_one_of_nobody(world):
    mails = [*world.evidence.mails[1:], Mail(at=1.0, message_id="<stray@desk.example>")]
    first = Delivery.objects.earliest("pk").pk
    world.evidence = replace(world.evidence, mails=mails)
    assert world.found()["every mail was sent once or again under its id"] == [
        f"delivery {first} is sent and never came",
        "a mail <stray@desk.example> came that no delivery knows",
    ]


READ: dict[str, tuple[Callable[[list[int]], list[int]], str]] = {
    "never": (lambda feed: feed[1:], "was never read"),
    "twice": (lambda feed: [*feed, feed[0]], "1 changes were read twice"),
    "out of order": (lambda feed: [*feed[1:], feed[0]], "the changes were read in another order"),
    "what is not there": (lambda feed: [*feed, 10**9], "was read and is not there"),
}


@pytest.mark.parametrize(("change", "words"), READ.values(), ids=READ)
def test_what_the_feed_reader_saw(world, change, words):
    world.evidence = replace(world.evidence, feed=change(list(world.evidence.feed)))
    [line] = world.found()["the reader saw each change once"]
    assert words in line
