"""Two at once, in real threads on real connections: one wins, the other is told, nothing is half done."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from cases.domain import intake, lifecycle, timers
from cases.domain.attachments import attach
from cases.models import Case, Interaction, Transition
from config.errors import Refused, TransitionRefused
from sla.domain.sweep import sweep
from sla.models import Alert
from tenants.domain.actors import SYSTEM
from tests.factories.cases import DAY, HOUR, MINUTE, MONDAY, RESOLUTION, clocks_of, customer, opened, says, worked_to
from tests.factories.tenants import RequesterFactory, actor

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts):
    """Each act in a thread of its own, started together: what came of each, a refusal as its type."""
    barrier = Barrier(len(acts))

    def run(act):
        barrier.wait()
        try:
            act()
        except Refused as refusal:
            return type(refusal)
        finally:
            connection.close()
        return "ok"

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_two_agents_resolve_at_once():
    one, other = actor("l2", at=MONDAY), actor("l2", at=MONDAY)
    case = worked_to("in_progress", by=one)
    outcomes = at_once(
        *(lambda by=by: lifecycle.resolve(case_id=case.pk, by=by, at=MONDAY + DAY, **RESOLUTION) for by in (one, other))
    )
    assert sorted(map(str, outcomes)) == sorted(map(str, ["ok", TransitionRefused]))
    assert Transition.objects.filter(move="resolve").count() == 1
    assert Interaction.objects.filter(data__resolution=True).count() == 1


def test_a_customers_reply_against_a_close():
    l2 = actor("l2", at=MONDAY)
    case = worked_to("resolved", by=l2)
    outcomes = at_once(
        lambda: lifecycle.close(case_id=case.pk, reason="Silence", by=l2, at=MONDAY + DAY),
        lambda: says(case, "It is late again", at=MONDAY + DAY),
    )
    assert outcomes == ["ok", "ok"]
    now = Case.objects.get(pk=case.pk)
    said = case.interactions.filter(by_kind="customer", kind="message")
    assert said.count() == 1
    if now.status == "closed":  # the word came first; a person closed over it
        assert [one.move for one in case.transitions.order_by("pk")][-1] == "close"
        assert all(clock.phase == "ended" for clock in clocks_of(case).values())
    else:  # the close came first; the word reopened
        assert (now.status, now.window) == ("in_progress", 2)
        assert clocks_of(case)["next_reply", 1].phase == "running"


def test_a_sweep_against_a_move():
    l2 = actor("l2", at=MONDAY)
    cases = [opened() for _ in range(3)]
    late = MONDAY + 5 * HOUR
    outcomes = at_once(
        lambda: sweep(at=late),
        *(lambda case=case: says(case, "Hello", by=l2, at=late) for case in cases),
    )
    assert outcomes == ["ok"] * 4
    sweep(at=late + MINUTE)
    for case in cases:
        clock = clocks_of(case)["first_response", 1]
        assert (clock.ended_as, clock.breached_at) == ("late", MONDAY + 4 * HOUR)
        assert Alert.objects.filter(clock=clock, kind="breach").count() == 1


def test_two_timer_sweeps():
    cases = [worked_to("resolved") for _ in range(4)]
    at = MONDAY + 6 * DAY
    assert at_once(lambda: timers.run_due(at=at), lambda: timers.run_due(at=at)) == ["ok", "ok"]
    for case in cases:
        assert case.interactions.filter(at=at).count() == 1
        assert Case.objects.get(pk=case.pk).timer_step == 1


def test_a_timer_against_the_customers_word():
    case = worked_to("resolved")
    at = MONDAY + 20 * DAY
    Case.objects.filter(pk=case.pk).update(timer_step=1, next_timer="auto_close", next_timer_at=at)
    assert at_once(lambda: timers.run_due(at=at), lambda: says(case, "Late again", at=at)) == ["ok", "ok"]
    now = Case.objects.get(pk=case.pk)
    closed_first = now.transitions.filter(move="close").exists()
    assert now.status == ("in_progress" if closed_first else "resolved")
    assert case.interactions.filter(by_kind="customer", kind="message").count() == 1


def test_one_external_id_many_times_at_once():
    requester = RequesterFactory()

    def open_it():
        intake.open_case(
            tenant_id=requester.tenant_id, requester=requester.pk, subject="Late", description="",
            external={"system": "zendesk", "id": "7"}, by=SYSTEM, at=MONDAY,
        )  # fmt: skip

    outcomes = at_once(*[open_it] * 6)
    assert sorted(map(str, outcomes)) == sorted(map(str, ["ok", *[Refused] * 5]))
    assert Case.objects.count() == 1


def test_a_new_requester_writes_twice_at_once():
    tenant = RequesterFactory().tenant

    def open_it():
        intake.open_case(
            tenant_id=tenant.pk, requester={"email": "new@client.example", "name": "New"}, subject="Late",
            description="", by=SYSTEM, at=MONDAY,
        )  # fmt: skip

    assert at_once(open_it, open_it) == ["ok", "ok"]
    assert Case.objects.values("requester").distinct().count() == 1


def test_confirm_against_reject():
    case = worked_to("resolved")
    by = customer(case)
    outcomes = at_once(
        lambda: lifecycle.confirm(case_id=case.pk, by=by, at=MONDAY + DAY),
        lambda: lifecycle.reject(case_id=case.pk, reason="No", by=by, at=MONDAY + DAY),
    )
    assert sorted(map(str, outcomes)) == sorted(map(str, ["ok", TransitionRefused]))


def test_a_slow_upload_holds_nobody_up(settings, tmp_path):
    settings.BLOB_ROOT = tmp_path
    l2 = actor("l2", at=MONDAY)
    case = worked_to("in_progress", by=l2)

    class Slow:
        chunks = (b"half", b"")

        def read(self, _size):
            chunk, self.chunks = self.chunks[0], self.chunks[1:]
            if chunk:  # in the middle of the upload somebody else answers
                assert at_once(lambda: says(case, "Which region?", by=l2, at=MONDAY + DAY)) == ["ok"]
            return chunk

    file = attach(case_id=case.pk, name="log.txt", stream=Slow(), by=l2, at=MONDAY + DAY)
    assert (file.blob.size, case.interactions.filter(body="Which region?").count()) == (4, 1)
