"""What this room does when a lower room tells it something, and what it answers when one asks."""

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from cases.domain import attachments, checklists, consequences, sending
from cases.domain.assignment import giving
from cases.domain.automation import pausing, reacting, triggers
from cases.domain.client import stand_in
from cases.domain.desk import mail, of_tenant
from cases.domain.desk.queues import SOON
from cases.domain.people import hearing
from cases.domain.side import mail as side_mail
from cases.domain.side import reading as side_reading
from cases.domain.side import talks
from cases.enums import Move, Priority, Status
from cases.models import Case, SideTalk
from config.admin import actor_for
from config.counting import up_to
from config.spans import span_words
from outbox.answers import Reply
from outbox.domain.consuming import EventValue, consumes, consumes_batch
from outbox.hooks import answer_as_recipient
from outbox.models import Delivery
from tenants.domain.actors import Actor
from tenants.enums import Right
from tenants.hooks import Glance, Section, blob_in_use, console_sections
from tenants.models import Requester, Tenant


def _clock(event: EventValue) -> str:
    return f"clock:{event.payload['clock_id']}"


def _reached(events: list[EventValue]) -> list[consequences.Reached]:
    return [consequences.Reached(event.payload["clock_id"], event.payload["due_at"]) for event in events]


@consumes_batch("sla.clock-breached", key=_clock)
def answer_a_breach(*, events: list[EventValue], at: datetime) -> None:
    consequences.on_breaches(reached=_reached(events), at=at)


@consumes_batch("sla.clock-warned", key=_clock)
def note_a_warning(*, events: list[EventValue], at: datetime) -> None:
    consequences.on_warnings(reached=_reached(events), at=at)


@consumes_batch("sla.clock-retargeted", key=_clock)
def follow_a_policy(*, events: list[EventValue], at: datetime) -> None:
    consequences.on_retargeted(reached=_reached(events), at=at)


def _is_p0(event: EventValue) -> bool:
    return bool(event.payload["priority"] == Priority.P0)


def _is_a_clients_word(event: EventValue) -> bool:
    return mail.is_a_clients_word(kind=event.payload["kind"], by_kind=event.payload["by_kind"])


@consumes("cases.case-opened", when=_is_p0)
def page_for_a_p0(*, event: EventValue, at: datetime) -> None:
    consequences.on_p0(case_id=event.payload["case_id"], at=at)


@consumes("cases.priority-raised", when=_is_p0)
def page_for_a_raised_p0(*, event: EventValue, at: datetime) -> None:
    consequences.on_p0(case_id=event.payload["case_id"], at=at)


@consumes("cases.case-opened")
def tell_of_a_case(*, event: EventValue, at: datetime) -> None:
    mail.tell_of_case(case_id=event.payload["case_id"], at=at)


@consumes("cases.case-opened")
def bring_checklists(*, event: EventValue, at: datetime) -> None:
    checklists.apply_by_itself(case_id=event.payload["case_id"], at=at)


@consumes("cases.case-sorted")
def bring_checklists_of_its_sort(*, event: EventValue, at: datetime) -> None:
    checklists.apply_by_itself(case_id=event.payload["case_id"], at=at)


@consumes("cases.interaction-added", when=_is_a_clients_word)
def tell_of_a_word(*, event: EventValue, at: datetime) -> None:
    mail.tell_of_word(interaction_id=event.payload["interaction_id"], at=at)


# --- Automation rules -----------------------------------------------------------------------------------------------
# Each hears in small batches: what it does to a case keeps that case locked until the batch is done.
rules_hear = partial(consumes_batch, size=20)


@rules_hear("cases.case-opened")
def rules_on_a_new_case(*, events: list[EventValue], at: datetime) -> None:
    reacting.hear(events=events, at=at)


@rules_hear("cases.interaction-added", when=triggers.is_said, not_before=sending.not_before)
def rules_on_a_word(*, events: list[EventValue], at: datetime) -> None:
    reacting.hear(events=events, at=at)


@rules_hear("cases.case-moved", not_before=sending.not_before)
def rules_on_a_move(*, events: list[EventValue], at: datetime) -> None:
    reacting.hear(events=events, at=at)


@rules_hear("cases.priority-raised")
def rules_on_a_raised_priority(*, events: list[EventValue], at: datetime) -> None:
    reacting.hear(events=events, at=at)


@rules_hear("cases.priority-lowered")
def rules_on_a_lowered_priority(*, events: list[EventValue], at: datetime) -> None:
    reacting.hear(events=events, at=at)


@rules_hear("cases.case-escalated")
def rules_on_an_escalation(*, events: list[EventValue], at: datetime) -> None:
    reacting.hear(events=events, at=at)


@rules_hear("cases.case-warned")
def rules_on_a_warning(*, events: list[EventValue], at: datetime) -> None:
    reacting.hear(events=events, at=at)


@rules_hear("cases.case-breached")
def rules_on_a_breach(*, events: list[EventValue], at: datetime) -> None:
    reacting.hear(events=events, at=at)


@rules_hear("cases.case-woken")
def rules_on_an_end_of_snooze(*, events: list[EventValue], at: datetime) -> None:
    reacting.hear(events=events, at=at)


@rules_hear("cases.time-reached")
def rules_on_their_time(*, events: list[EventValue], at: datetime) -> None:
    reacting.hear(events=events, at=at)


@consumes("cases.rule-paused")
def tell_of_a_paused_rule(*, event: EventValue, at: datetime) -> None:
    pausing.tell(rule_id=event.payload["rule_id"], at=at)


def _left_the_desk(event: EventValue) -> bool:
    return event.payload["to"] in (Status.RESOLVED, Status.CLOSED)


def _owner_changed(event: EventValue) -> bool:
    return "owner" in event.payload["fields"]


@consumes("cases.case-opened")
def assign_a_new_case(*, event: EventValue, at: datetime) -> None:
    giving.give(case_id=event.payload["case_id"], at=at)


@consumes("cases.case-escalated")
def assign_an_escalated_case(*, event: EventValue, at: datetime) -> None:
    giving.give(case_id=event.payload["case_id"], at=at)


@consumes("cases.case-changed", when=_owner_changed)
def assign_after_a_change_of_owner(*, event: EventValue, at: datetime) -> None:
    giving.after_a_change_of_owner(case_id=event.payload["case_id"], at=at)


@consumes("cases.case-moved", when=_left_the_desk)
def assign_to_who_has_room_again(*, event: EventValue, at: datetime) -> None:
    giving.give_longest_waiting(at=at)


def _is_for_people(event: EventValue) -> bool:
    return hearing.is_for_people(kind=event.payload["kind"], by_kind=event.payload["by_kind"])


def _is_a_move(event: EventValue) -> bool:
    return bool(event.payload["move"] != Move.OPEN)


# Colleagues hear of what stands: nothing that its author takes back ten seconds later.
@consumes_batch("cases.interaction-added", when=_is_for_people, not_before=sending.not_before)
def tell_people_of_a_word(*, events: list[EventValue], at: datetime) -> None:
    hearing.on_words(events=events, at=at)


@consumes_batch("cases.case-moved", when=_is_a_move, not_before=sending.not_before)
def tell_people_of_a_move(*, events: list[EventValue], at: datetime) -> None:
    hearing.on_moves(events=events, at=at)


@consumes_batch("cases.side-word-written", not_before=sending.not_before)
def tell_people_of_a_side_word(*, events: list[EventValue], at: datetime) -> None:
    hearing.on_side_words(events=events, at=at)


@consumes_batch("cases.case-assigned", not_before=hearing.once_it_stands)
def tell_the_new_owner(*, events: list[EventValue], at: datetime) -> None:
    hearing.on_assigned(events=events, at=at)


@blob_in_use.answered_by
def files_on_cases(*, blob_ids: Iterable[int]) -> set[int]:
    return attachments.linked_blobs(blob_ids)


@console_sections.answered_by
def open_cases_of(*, tenant: Tenant, actor: Actor, at: datetime) -> Section | None:
    if not actor.can(Right.SEE_CASES, tenant.pk):
        return None
    seen = of_tenant.open_cases(tenant.pk, actor=actor, at=at)
    url = f"{reverse('desk:queue', args=['all'])}?{urlencode({'tenant': tenant.slug, 'open': 1})}"
    broken = _("{n} with a broken promise").format(n=up_to(seen.broken, of_tenant.COUNTED_TO)) if seen.broken else ""
    glances = [
        Glance(
            number=up_to(seen.open, of_tenant.COUNTED_TO),
            words=_("cases open"),
            url=url,
            tone="bad" if seen.broken else "",
            beneath=broken,
        )
    ]
    if seen.cases and (due_at := (soonest := seen.cases[0][0]).next_due_at):
        glances.append(_next_promise(soonest, due_at, at=at))
    return Section(
        rank=1,
        title=_("Open cases"),
        template="cases/desk/of_tenant.html",
        context={"standing": seen, "counted_to": of_tenant.COUNTED_TO, "url": url},
        glances=tuple(glances),
    )


def _next_promise(case: Case, due_at: datetime, *, at: datetime) -> Glance:
    left = due_at - at
    late = left.total_seconds() < 0
    return Glance(
        number=span_words(left.total_seconds()),
        words=_("over, on a promise") if late else _("until the next promise"),
        url=reverse("desk:case", args=[case.pk]),
        tone="bad" if late else "warn" if left <= SOON else "",
        beneath=f"{case.reference} {case.subject}",
    )


@answer_as_recipient.answered_by
def answer_as_client(*, delivery: Delivery, request: HttpRequest) -> Reply | None:
    """Only where the desk is tried out: nobody may speak for a real client."""
    if not settings.DEMO or delivery.about_kind != "case":
        return None
    found = stand_in.reader_of_mail(case_id=delivery.about_id, address=delivery.to, actor=actor_for(request))
    if found is None:
        return None
    case, reader = found
    return Reply(label=_("Answer as %(name)s") % {"name": reader.name}, send=partial(_send, case, reader))


@answer_as_recipient.answered_by
def answer_as_somebody_outside(*, delivery: Delivery, request: HttpRequest) -> Reply | None:
    """As `answer_as_client`, of a side talk."""
    if not settings.DEMO or delivery.about_kind != side_mail.ABOUT or delivery.about_id is None:
        return None
    talk = side_reading.mailed_talk(delivery.about_id, actor=actor_for(request))
    if talk is None:
        return None
    return Reply(label=_("Answer as %(name)s") % {"name": side_reading.whom(talk)}, send=partial(_hear, talk))


def _hear(talk: SideTalk, *, body: str, at: datetime) -> str:
    talks.hear(talk_id=talk.pk, body=body, at=at)
    return reverse("desk:side-talk", args=[talk.case_id, talk.pk])


def _send(case: Case, reader: Requester, *, body: str, at: datetime) -> str:
    stand_in.answer_as(case=case, reader=reader, body=body, at=at)
    return reverse("desk:case", args=[case.pk])
