"""The desk's standing lists: what each holds, in which order, and how long it is.

The desk's pages, the API's filter and the counts of the sidebar all read these definitions.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cases.domain.desk.orders import BY_NUMBER, FIRST_BACK, SOONEST, Order
from cases.enums import URGENT, OpenedBy, Status
from cases.models import OPEN, WAITS_FOR_US, Case
from config.errors import Absent
from incidents.models import Incident
from sla.domain.reading import alert_list
from sla.enums import AlertStatus
from tenants.domain.actors import Actor

SOON = timedelta(hours=4)  # how far ahead 'breaching next' looks
IS_URGENT = Q(priority__in=URGENT)


def snoozed(at: datetime) -> Q:
    """Put off until later, and nothing of it late."""
    return Q(snoozed_until__gt=at) & (Q(next_due_at=None) | Q(next_due_at__gt=at))


def awake(at: Any) -> Q:
    """The opposite of `snoozed`, by the deadline itself: nobody need have noticed that it passed."""
    return Q(snoozed_until=None) | Q(snoozed_until__lte=at) | Q(next_due_at__lte=at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """`nothing`: what an empty one says. `condition` holds for a reader at a moment or what stands for one. In a queue
    for `work` what is snoozed does not stand, and what is back from snooze stands in front.
    """

    name: str
    label: Any
    help: Any
    nothing: Any
    fits: Callable[[Actor, Any], Q]
    order: Order = SOONEST
    work: bool = True

    def condition(self, actor: Actor, at: Any) -> Q:
        return self.fits(actor, at) & awake(at) if self.work else self.fits(actor, at)


QUEUES: dict[str, Queue] = {
    queue.name: queue
    for queue in (
        Queue(
            name="mine",
            label=_("Mine"),
            help=_("Yours, not closed."),
            nothing=_("Nothing of yours is open."),
            fits=lambda actor, at: Q(owner_id=actor.user_id) & ~Q(status=Status.CLOSED),
        ),
        Queue(
            name="needs-first-word",
            label=_("Needs first word"),
            help=_("The client has heard from no person yet."),
            nothing=_("Every client has had a first word."),
            fits=lambda actor, at: (
                OPEN
                & Q(first_response_at=None)
                & (Q(opened_by=OpenedBy.CUSTOMER) | Q(customer_waiting_since__isnull=False))
            ),
        ),
        Queue(
            name="breaching-next",
            label=_("Breaching next"),
            help=_("A promise is late or ends within four hours."),
            nothing=_("No promise is late or ends within four hours."),
            fits=lambda actor, at: Q(next_due_at__lte=at + SOON),
        ),
        Queue(
            name="waiting-on-us",
            label=_("Waiting on us"),
            help=_("The client spoke last, or work is ours."),
            nothing=_("Nobody waits for us."),
            fits=lambda actor, at: WAITS_FOR_US,
        ),
        Queue(
            name="waiting-on-customer",
            label=_("Waiting on customer"),
            help=_("We asked and wait for an answer."),
            nothing=_("We wait for nobody."),
            fits=lambda actor, at: Q(status=Status.WAITING),
        ),
        Queue(
            name="answered-not-accepted",
            label=_("Answered, not accepted"),
            help=_("The client had a first word, but nobody has taken the case in hand."),
            nothing=_("Whatever was answered has been taken in hand."),
            fits=lambda actor, at: Q(status=Status.NEW, first_response_at__isnull=False),
        ),
        Queue(
            name="unassigned",
            label=_("Unassigned"),
            help=_("Open and nobody's."),
            nothing=_("Every open case has an owner."),
            fits=lambda actor, at: OPEN & Q(owner=None),
        ),
        Queue(
            name="breached",
            label=_("Breached"),
            help=_("Open, and a promise has been broken."),
            nothing=_("No open case has a broken promise."),
            fits=lambda actor, at: OPEN & Q(breached=True),
            work=False,
        ),
        Queue(
            name="snoozed",
            label=_("Snoozed"),
            help=_("Put off until later: the first to come back stands first."),
            nothing=_("Nothing is snoozed."),
            fits=lambda actor, at: OPEN & snoozed(at),
            order=FIRST_BACK,
            work=False,
        ),
        Queue(
            name="all",
            label=_("All"),
            help=_("Everything you may see."),
            nothing=_("No case fits."),
            fits=lambda actor, at: Q(),
            order=BY_NUMBER,
            work=False,
        ),
    )
}


def queue(name: str, *, actor: Actor, at: datetime) -> QuerySet[Case]:
    """In the queue's order. Raises Absent for a name that is no queue."""
    if name not in QUEUES:
        raise Absent(gettext("There is no such queue."))
    cases = Case.objects.visible_to(actor).filter(QUEUES[name].condition(actor, at))
    return cases.order_by(*QUEUES[name].order.by())


def lists(*, actor: Actor, at: datetime, names: Iterable[str]) -> dict[str, QuerySet[Any]]:
    """What the sidebar counts, each in the order that it is shown in.

    Beside the queues: `urgent` (open P0 and P1), `incidents` (open ones), `alerts` (that nobody has acknowledged).
    """
    return {name: _listed(name, actor=actor, at=at) for name in names}


def _listed(name: str, *, actor: Actor, at: datetime) -> QuerySet[Any]:
    if name == "urgent":
        return queue("all", actor=actor, at=at).filter(OPEN & IS_URGENT).order_by("priority", "opened_at")
    if name == "incidents":
        return Incident.objects.visible_to(actor).open().order_by()
    if name == "alerts":
        return alert_list(actor=actor).filter(status=AlertStatus.OPEN).order_by("-raised_at")
    return queue(name, actor=actor, at=at)
