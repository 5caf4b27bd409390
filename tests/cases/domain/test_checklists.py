"""Checklists: from a template or by hand, by themselves, ticked by whom and when, and what they hold."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection

from cases.domain import checklists, lifecycle
from cases.domain.checklists import checklist_of
from cases.domain.editing import edit_case
from cases.domain.priorities import change_priority
from cases.models import Case, ChecklistStep
from config.errors import Absent, Forbidden, Invalid, Refused
from outbox.domain.relay import relay_round
from outbox.models import Event
from tests.factories.cases import HOUR, MONDAY, RESOLUTION, opened, worked_to
from tests.factories.filling import checklist
from tests.factories.tenants import TenantFactory, actor

LATER = MONDAY + 2 * HOUR


def rows():
    return list(ChecklistStep.objects.order_by("pk").values_list())


def steps(case):
    return [(step.text, step.template, step.done_name) for step in checklist_of(case).steps]


def told():
    return Event.objects.filter(name="cases.checklist-changed").count()


@pytest.mark.django_db
def test_applied_by_hand_once_and_ticked_by_whom():
    template, case, by = checklist(), opened(), actor("l1")
    for _twice in range(2):
        checklists.apply_template(case_id=case.pk, template_id=template.pk, by=by, at=LATER)
    checklists.add_step(case_id=case.pk, text="  Call   them ", by=by, at=LATER)
    look, _ask, call = checklist_of(case).steps
    for _twice in range(2):
        checklists.tick(case_id=case.pk, step_id=look.pk, done=True, by=by, at=LATER)
    checklists.tick(case_id=case.pk, step_id=look.pk, done=True, by=actor("l2"), at=LATER + HOUR)
    assert steps(case) == [("Look", "Handover", by.name), ("Ask", "Handover", ""), ("Call them", "", "")]
    assert (checklist_of(case).done, checklist_of(case).next_step.text, checklist_of(case).steps[0].done_at) == (
        *(1, "Ask"),
        LATER,
    )
    checklists.tick(case_id=case.pk, step_id=look.pk, done=False, by=by, at=LATER)
    checklists.remove_step(case_id=case.pk, step_id=call.pk, by=by, at=LATER)
    assert steps(case) == [("Look", "Handover", ""), ("Ask", "Handover", "")]
    assert (told(), Case.objects.get(pk=case.pk).version) == (5, case.version)


@pytest.mark.django_db
def test_what_is_refused_changes_nothing():
    template, case, by = checklist(), opened(), actor("l1")
    off = checklist("Off", active=False)
    checklists.apply_template(case_id=case.pk, template_id=template.pk, by=by, at=LATER)
    [step, _other] = checklist_of(case).steps
    before = rows()
    stranger, reader, other = actor("l1", tenant=TenantFactory()), actor("auditor"), opened()
    for who, refusal in ((stranger, Absent), (reader, Forbidden)):
        who = {"case_id": case.pk, "by": who, "at": LATER}
        for door in (
            lambda told: checklists.apply_template(template_id=template.pk, **told),
            lambda told: checklists.add_step(text="x", **told),
            lambda told: checklists.tick(step_id=step.pk, done=True, **told),
            lambda told: checklists.remove_step(step_id=step.pk, **told),
        ):
            with pytest.raises(refusal):
                door(who)
    for text in ("  ", "x" * 301):
        with pytest.raises(Invalid):
            checklists.add_step(case_id=case.pk, text=text, by=by, at=LATER)
    with pytest.raises(Absent):
        checklists.apply_template(case_id=case.pk, template_id=off.pk, by=by, at=LATER)
    with pytest.raises(Absent):
        checklists.tick(case_id=other.pk, step_id=step.pk, done=True, by=by, at=LATER)
    long = checklist("Long", steps=[f"Step {n}" for n in range(99)])
    with pytest.raises(Refused):
        checklists.apply_template(case_id=case.pk, template_id=long.pk, by=by, at=LATER)
    assert rows() == before


@pytest.mark.django_db
def test_it_comes_by_itself_as_the_case_opens_or_becomes_of_that_sort():
    checklist("All", steps=["a"], by_itself=True)
    checklist("Billing", steps=["b"], category="billing", by_itself=True)
    checklist("Urgent", steps=["c"], for_priorities=["P0", "P1"], by_itself=True)
    checklist("By hand", steps=["d"])
    checklist("Off", steps=["e"], by_itself=True, active=False)
    case, by = opened(priority="P2", by=actor("l2")), actor("l2")
    relay_round(at=LATER)
    assert steps(case) == [("a", "All", "")]
    edit_case(case_id=case.pk, changes={"category": "billing"}, by=by, at=LATER)
    change_priority(case_id=case.pk, priority="P1", by=by, at=LATER)
    relay_round(at=LATER + timedelta(seconds=1))
    assert steps(case) == [("a", "All", ""), ("b", "Billing", ""), ("c", "Urgent", "")]
    for step in checklist_of(case).steps:
        checklists.remove_step(case_id=case.pk, step_id=step.pk, by=by, at=LATER)
    edit_case(case_id=case.pk, changes={"category": None}, by=by, at=LATER)
    edit_case(case_id=case.pk, changes={"category": "billing"}, by=by, at=LATER)
    relay_round(at=LATER + timedelta(seconds=2))
    assert steps(case) == []
    assert set(ChecklistStep.objects.values_list("added_by", flat=True)) == {"system"}


@pytest.mark.django_db
def test_a_case_that_was_resolved_meanwhile_gets_none():
    checklist("All", by_itself=True)
    case = worked_to("resolved")
    relay_round(at=LATER)
    assert steps(case) == []


@pytest.mark.django_db
def test_a_step_that_holds_must_be_done_before_the_case_is_resolved():
    case, by = worked_to("in_progress"), actor("l2")
    holding = checklist(steps=["Rotate the key"], holds_resolution=True)
    checklists.apply_template(case_id=case.pk, template_id=holding.pk, by=by, at=LATER)
    checklists.add_step(case_id=case.pk, text="Only mine", by=by, at=LATER)
    [step, _mine] = checklist_of(case).steps
    with pytest.raises(Refused) as refused:
        lifecycle.resolve(case_id=case.pk, **RESOLUTION, by=by, at=LATER)
    assert (refused.value.code, refused.value.message) == (
        "steps-open",
        "Before it is resolved, these steps must be done: Rotate the key.",
    )
    with pytest.raises(Refused):
        checklists.remove_step(case_id=case.pk, step_id=step.pk, by=by, at=LATER)
    assert Case.objects.get(pk=case.pk).status == "in_progress"
    checklists.tick(case_id=case.pk, step_id=step.pk, done=True, by=by, at=LATER)
    assert lifecycle.resolve(case_id=case.pk, **RESOLUTION, by=by, at=LATER).status == "resolved"


@pytest.mark.django_db
def test_the_lead_takes_off_what_holds():
    case, lead = opened(), actor("lead")
    holding = checklist(holds_resolution=True)
    checklists.apply_template(case_id=case.pk, template_id=holding.pk, by=lead, at=LATER)
    for step in checklist_of(case).steps:
        checklists.remove_step(case_id=case.pk, step_id=step.pk, by=lead, at=LATER)
    assert steps(case) == []


@pytest.mark.django_db(transaction=True)
def test_two_who_apply_and_tick_at_once_do_it_once():
    template, case = checklist(), opened()
    people = [actor("l1"), actor("l2")]
    ready, failed = Barrier(2), []

    def work(by):
        try:
            ready.wait(10)
            checklists.apply_template(case_id=case.pk, template_id=template.pk, by=by, at=LATER)
            for step in checklist_of(case).steps:
                checklists.tick(case_id=case.pk, step_id=step.pk, done=True, by=by, at=LATER)
        except Exception as wrong:  # noqa: BLE001  told below
            failed.append(wrong)
        finally:
            connection.close()

    threads = [Thread(target=work, args=[by]) for by in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert failed == []
    assert [(text, bool(name)) for text, _template, name in steps(case)] == [("Look", True), ("Ask", True)]
    assert told() == 3
