"""One line says which cases: `tenant:acme status:waiting priority:P0,P1 owner:me quota "data loss"`.

`key:value` narrows; several values of a key are alternatives, several keys hold together. A value with spaces or
commas stands in quotes. Every other word is searched for as the search box does it. The queues' own line, the saved
views and whoever else asks for cases in words read it here.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from difflib import get_close_matches
from typing import Any, Self

from django.db.models import Q, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from cases.domain import custom_fields, search
from cases.domain.custom_fields import Definition
from cases.domain.desk.queues import QUEUES, awake, snoozed
from cases.enums import Level, Priority, Status
from cases.models import OPEN, Case, CaseIncident, Category
from cases.models.custom_fields import KEY
from cases.models.views import LINE_LENGTH
from config.errors import Invalid
from incidents.models import Incident
from tenants.domain.actors import Actor
from tenants.models import Tenant, User

PART = re.compile(r'(?:"[^"]*"|[^\s"]|")+')
KEYED = re.compile(rf"([A-Za-z]+(?:\.{KEY})?):(.*)", re.DOTALL)
FIELD = re.compile(rf"field\.({KEY})")
COMMA = re.compile(r',(?=(?:[^"]*"[^"]*")*[^"]*$)')  # outside of quotation marks
SPAN = re.compile(r"([1-9][0-9]{0,2})([hd])")
SPAN_OR_YES = re.compile(rf"yes|{SPAN.pattern}")
TODAY, YES, NO = "today", "yes", "no"
FOUND_BY = {"owner", "queue", "waiting"}  # keys with an index of their own
FINISHED = {"any", Status.RESOLVED.value, Status.CLOSED.value}
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
            raise wrong(f"“{self.name}:” wants a value, like {self.name}:{self.sample()}.")
        folded = {known.casefold(): known for known in self.values} | dict(self.also)
        if self.values and (known := folded.get(value.casefold())) is not None:
            return known
        if self.values:
            raise wrong(f"“{value}” is nothing that {self.name}: can be. One of {', '.join(self.values)}.")
        if self.shape is not None and not self.shape.fullmatch(value):
            raise wrong(f"“{value}” is nothing that {self.name}: can be. Write it like {self.name}:{self.sample()}.")
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
            fits=lambda values, _asked: Q(tags__overlap=list(values)),
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


def _known(name: str) -> Key:
    key = key_of(name)
    if key is None:
        raise KeyError(name)
    return key


def _in_order(names: Iterable[str]) -> list[str]:
    """KEYS first, then the desk's own fields."""
    given = set(names)
    return [*(name for name in KEYS if name in given), *sorted(given - set(KEYS))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """A line, read. `str` writes it in one way for all that mean the same, and reads back as equal."""

    given: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    words: str = ""

    def __bool__(self) -> bool:
        return bool(self.given or self.words)

    def __str__(self) -> str:
        keyed = [f"{name}:{','.join(map(_quoted, self.given[name]))}" for name in _in_order(self.given)]
        return " ".join([*keyed, *([self.words] if self.words else [])])

    def having(self, **given: Sequence[str]) -> Self:
        """The same and these keys; keys that it has stay as they are."""
        return type(self)(
            given={name: tuple(values) for name, values in given.items()} | dict(self.given), words=self.words
        )

    def without(self, *names: str) -> Self:
        return type(self)(
            given={name: values for name, values in self.given.items() if name not in names}, words=self.words
        )


def parse(line: str) -> Filter:
    """Raises Invalid on the field `line`, in words that name what they mean."""
    if len(line) > LINE_LENGTH:
        raise wrong(f"At most {LINE_LENGTH} characters.")
    if "\0" in line:
        raise wrong("A null character is nothing to search for.")
    given: dict[str, list[str]] = {}
    words = []
    for part in PART.findall(line):
        name, text = _split(part)
        if not name:
            words.append(part)
            continue
        values = given.setdefault(name, [])
        key = _known(name)
        values += [value for value in _values(key, text) if value not in values]
        if key.single and len(values) > 1:
            raise wrong(f"“{name}:” takes one value, not {' and '.join(values)}.")
    return Filter(given={name: tuple(given[name]) for name in _in_order(given)}, words=" ".join(words))


def _split(part: str) -> tuple[str, str]:
    """The key and what follows it; no key for a word (`https://…`, `ING:503` and `09:10` are words)."""
    keyed = KEYED.fullmatch(part)
    if keyed is None or keyed[2].startswith("//"):
        return "", part
    name = keyed[1].lower()
    if key_of(name) is not None:
        return name, keyed[2]
    if keyed[1].islower() and name.isalpha():
        near = get_close_matches(name, KEYS, n=1)
        hint = f"Did you mean “{near[0]}:”?" if near else f"There are {', '.join(KEYS)}."
        raise wrong(f"There is no filter “{name}:”. {hint}")
    return "", part


def _values(key: Key, text: str) -> Iterator[str]:
    for piece in COMMA.split(text):
        yield key.clean(" ".join(piece.replace('"', " ").split()))


def _quoted(value: str) -> str:
    return f'"{value}"' if re.search(r"[\s,]", value) else value


# --- What it finds --------------------------------------------------------------------------------------------------
def asked_by(asks: Filter, *, actor: Actor, at: datetime) -> Asked:
    """Raises Invalid for a tenant or colleague that is not there, or not for this reader: the answer never says which;
    and for a category or a field that is not there. A statement for each of the four, where the line names some.
    """
    slugs = asks.given.get("tenant", ())
    names = [name for name in asks.given.get("owner", ()) if name not in ("me", "none")]
    tenants = dict(Tenant.objects.visible_to(actor).filter(slug__in=slugs).values_list("slug", "pk")) if slugs else {}
    categories = asks.given.get("category", ())
    known = set(Category.objects.filter(slug__in=categories).values_list("slug", flat=True)) if categories else set()
    people = User.objects.filter(username__in=names, requester=None)
    owners = dict(people.values_list("username", "pk")) if names else {}
    for slug in slugs:
        if slug not in tenants:
            raise wrong(f"There is no tenant “{slug}” here, or not for you.")
    for name in names:
        if name not in owners:
            raise wrong(f"There is no colleague “{name}” here.")
    for slug in categories:
        if slug not in known:
            raise wrong(f"There is no category “{slug}”.")
    return Asked(
        actor=actor,
        at=at,
        tenant_ids=tuple(tenants.values()),
        owner_ids=tuple(owners.values()),
        fields=fields_of(asks),
    )


def fields_of(asks: Filter) -> dict[str, Definition]:
    """Raises Invalid for one that is not there. A statement, where the line names some."""
    keys = [named[1] for name in asks.given if (named := FIELD.fullmatch(name)) is not None]
    known = {one.key: one for one in custom_fields.definitions()} if keys else {}
    for key in keys:
        if key not in known:
            there = f"There are {', '.join(f'field.{name}' for name in known)}." if known else "There are none."
            raise wrong(f"There is no field “{key}”. {there}")
    return {key: known[key] for key in keys}


def narrowed(cases: QuerySet[Case], asks: Filter, asked: Asked, *, short: bool = False) -> tuple[QuerySet[Case], bool]:
    """What fits, and whether older ones that would may be left out. Words are looked up at once, in up to four
    statements; keys ask nothing. `short`: an index finds `cases`.
    """
    cases = keyed(cases, asks, asked)
    if not asks.words:
        return cases, False
    found = search.matches(
        asks.words, cases, actor=asked.actor, tenant_ids=within(asks, asked), short=short or is_short(asks)
    )
    return cases.filter(pk__in=found.said | found.named), found.cut


def keyed(cases: QuerySet[Case], asks: Filter, asked: Asked) -> QuerySet[Case]:
    """Narrowed by keys alone."""
    for name, values in asks.given.items():
        cases = cases.filter(_known(name).fits(values, asked))
    return cases


def within(asks: Filter, asked: Asked) -> tuple[int, ...] | None:
    """The tenants that the line means; None: all."""
    return asked.tenant_ids if "tenant" in asks.given else None


def is_short(asks: Filter) -> bool:
    """Whether an index finds what the keys leave; by others all cases might have to be read."""
    return bool(FOUND_BY & set(asks.given)) or ("status" in asks.given and not FINISHED & set(asks.given["status"]))


def suggestions(*, tenants: list[Tenant]) -> list[str]:
    """What may be typed next: every key with each of its values, and these tenants."""
    keys = [key for key in KEYS.values() if key.name != "tenant"]
    closed = [f"{key.name}:{value}" for key in keys for value in key.values or (key.example,)]
    return [*closed, "owner:none", *(f"tenant:{tenant.slug}" for tenant in tenants)]
