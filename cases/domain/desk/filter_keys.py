"""The keys of the line that says which cases: what each may be given, and which cases it finds."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, Subquery
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cases.domain import custom_fields
from cases.domain.custom_fields import Definition
from cases.domain.desk.queues import QUEUES, awake, snoozed
from cases.enums import Level, Priority, Status
from cases.models import OPEN, CaseIncident, Category
from cases.models.custom_fields import KEY
from config.errors import Invalid
from incidents.models import Incident
from tenants.domain.actors import Actor

FIELD = re.compile(rf"field\.({KEY})")
SPAN = re.compile(r"([1-9][0-9]{0,2})([hd])")
SPAN_OR_YES = re.compile(rf"yes|{SPAN.pattern}")
TODAY, YES, NO = "today", "yes", "no"
STATUSES = {status.value: Q(status=status) for status in Status if status != Status.WAITING} | {
    "waiting": Q(status=Status.WAITING),
    "open": OPEN,
    "any": Q(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Who asks, when (in their zone: `today` is theirs), and whom the line names, by number."""

    actor: Actor
    at: datetime
    tenant_ids: tuple[int, ...] = ()
    owner_ids: tuple[int, ...] = ()
    fields: Mapping[str, Definition] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """`values`: all there are; empty: any that `shape` fits. `also`: other spellings of a value."""

    name: str
    help: Any
    fits: Callable[[tuple[str, ...], Asked], Q]
    values: tuple[str, ...] = ()
    also: Mapping[str, str] = field(default_factory=dict)
    shape: re.Pattern[str] | None = None
    example: str = ""
    single: bool = False

    def clean(self, value: str) -> str:
        """Raises Invalid, which names the word."""
        if not value:
            raise wrong(
                gettext("“%(key)s:” wants a value, like %(key)s:%(sample)s.")
                % {"key": self.name, "sample": self.sample()}
            )
        folded = {known.casefold(): known for known in self.values} | dict(self.also)
        if self.values and (known := folded.get(value.casefold())) is not None:
            return known
        if self.values:
            raise wrong(
                gettext("“%(value)s” is nothing that %(key)s: can be. One of %(choices)s.")
                % {"value": value, "key": self.name, "choices": ", ".join(self.values)}
            )
        if self.shape is not None and not self.shape.fullmatch(value):
            raise wrong(
                gettext("“%(value)s” is nothing that %(key)s: can be. Write it like %(key)s:%(sample)s.")
                % {"value": value, "key": self.name, "sample": self.sample()}
            )
        return self.also.get(value.casefold(), value)

    def sample(self) -> str:
        return self.example or self.values[0]


def wrong(message: str) -> Invalid:
    return Invalid(message, field="line")


def _yes(condition: Q) -> Callable[[tuple[str, ...], Asked], Q]:
    return lambda values, _asked: condition if values == (YES,) else ~condition


def _any_of(conditions: list[Q]) -> Q:
    """Alternatives; one that holds for all makes all of them hold."""
    found = Q()
    for condition in conditions:
        if not condition:
            return Q()
        found |= condition
    return found


def _owner(values: tuple[str, ...], asked: Asked) -> Q:
    owned = [*asked.owner_ids] + ([asked.actor.user_id] if "me" in values else [])
    conditions = [Q(owner_id__in=owned)] if owned else []
    return _any_of([*conditions, *([Q(owner=None)] if "none" in values else [])])


def _waits(values: tuple[str, ...], asked: Asked) -> Q:
    return Q(status=Status.WAITING, waiting_since__lte=asked.at - _span(values[0]))


def _span(text: str) -> timedelta:
    number, unit = SPAN.fullmatch(text).groups()  # type: ignore[union-attr]  # the key's shape
    return timedelta(hours=int(number)) if unit == "h" else timedelta(days=int(number))


def _unanswered(values: tuple[str, ...], asked: Asked) -> Q:
    if values == (YES,):
        return Q(customer_waiting_since__isnull=False) & ~Q(status=Status.CLOSED)
    return Q(customer_waiting_since__lte=asked.at - _span(values[0])) & ~Q(status=Status.CLOSED)


def _incident(values: tuple[str, ...], asked: Asked) -> Q:
    numbers = [int(value.upper().removeprefix("INC-")) for value in values]
    known = Incident.objects.visible_to(asked.actor).filter(pk__in=numbers)
    return Q(pk__in=CaseIncident.objects.filter(incident__in=known, removed_at=None).values("case_id"))


def _category(values: tuple[str, ...], _asked: Asked) -> Q:
    # By a value, not by a join: the database then walks the index that is in the list's order.
    return _any_of([Q(category_id=Subquery(Category.objects.filter(slug=slug).values("pk")[:1])) for slug in values])


def _snoozed(values: tuple[str, ...], asked: Asked) -> Q:
    if values == (NO,):
        return awake(asked.at)
    condition = snoozed(asked.at)
    if values == (TODAY,):
        midnight = asked.at.replace(hour=0, minute=0, second=0, microsecond=0)
        condition &= Q(snoozed_until__lt=midnight + timedelta(days=1))
    return condition


KEYS: dict[str, Key] = {
    key.name: key
    for key in (
        Key(
            name="queue",
            help=_("one of the standing queues"),
            values=tuple(name for name in QUEUES if name != "all"),
            single=True,
            fits=lambda values, asked: QUEUES[values[0]].condition(asked.actor, asked.at),
        ),
        Key(
            name="tenant",
            help=_("a client, by its short name"),
            example="acme",
            shape=re.compile(r"[-\w]{1,50}"),
            fits=lambda _values, asked: Q(tenant_id__in=asked.tenant_ids),
        ),
        Key(
            name="status",
            help=_("where it stands; “open” is all but resolved and closed"),
            values=tuple(STATUSES),
            also={Status.WAITING.value: "waiting"},
            fits=lambda values, _asked: _any_of([STATUSES[value] for value in values]),
        ),
        Key(
            name="priority",
            help=_("P0 to P3"),
            values=tuple(Priority.values),
            fits=lambda values, _asked: Q(priority__in=values),
        ),
        Key(
            name="owner",
            help=_("me, none, or a colleague's user name"),
            example="me",
            shape=re.compile(r"[\w.@+-]{1,150}"),
            also={"me": "me", "none": "none", "nobody": "none"},
            fits=_owner,
        ),
        Key(
            name="level",
            help=_("L1 to L3"),
            values=tuple(Level.values),
            fits=lambda values, _asked: Q(level__in=values),
        ),
        Key(
            name="tag",
            help=_("a tag, in quotes if it has spaces"),
            example="quota",
            shape=re.compile(r".{1,80}"),
            fits=lambda values, _asked: Q(tags__overlap=list(values)) & ~Q(tags=[]),
        ),
        Key(
            name="category",
            help=_("what it is about: a category's short name"),
            example="how-to",
            shape=re.compile(r"[-\w]{1,80}"),
            fits=_category,
        ),
        Key(
            name="error",
            help=_("an error code that it came with"),
            example="ING-503",
            shape=re.compile(r".{1,120}"),
            fits=lambda values, _asked: Q(error_ids__overlap=list(values)),
        ),
        Key(
            name="incident",
            help=_("an incident that it is linked to"),
            example="INC-204",
            shape=re.compile(r"(?:INC-)?[0-9]{1,18}", re.IGNORECASE | re.ASCII),
            fits=_incident,
        ),
        Key(
            name="opened",
            help=_("for how long it has been here, at most"),
            example="1d",
            shape=SPAN,
            single=True,
            fits=lambda values, asked: Q(opened_at__gte=asked.at - _span(values[0])),
        ),
        Key(
            name="unanswered",
            help=_("for how long the client's word has stood without an answer of ours, at least; “yes”: at all"),
            example="1d",
            shape=SPAN_OR_YES,
            single=True,
            fits=_unanswered,
        ),
        Key(
            name="breached",
            help=_("whether a promise has been broken"),
            values=(YES, NO),
            single=True,
            fits=_yes(Q(breached=True)),
        ),
        Key(
            name="waiting",
            help=_("for how long we have waited for the client, at least"),
            example="3d",
            shape=SPAN,
            single=True,
            fits=_waits,
        ),
        Key(
            name="snoozed",
            help=_("whether it is snoozed; “today”: back before midnight"),
            values=(YES, NO, TODAY),
            single=True,
            fits=_snoozed,
        ),
        Key(
            name="reopened",
            help=_("whether it has been reopened"),
            values=(YES, NO),
            single=True,
            fits=_yes(Q(reopen_count__gt=0)),
        ),
    )
}


def key_of(name: str) -> Key | None:
    """Beside KEYS one for each of the desk's own fields, by its key: which there are, `asked_by` looks up."""
    named = FIELD.fullmatch(name)
    if named is None:
        return KEYS.get(name)
    key = named[1]
    return Key(
        name=name,
        help=_("one of the desk's own fields"),
        example="eu",
        shape=re.compile(r".{1,200}"),
        fits=lambda values, asked: custom_fields.holding(asked.fields[key], values),
    )
