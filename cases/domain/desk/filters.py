"""One line says which cases: `tenant:acme status:waiting priority:P0,P1 owner:me quota "data loss"`.

`key:value` narrows; several values of a key are alternatives, several keys hold together. A value with spaces or
commas stands in quotes. Every other word is searched for as the search box does it. The queues' own line, the saved
views and whoever else asks for cases in words read it here.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches
from typing import Self

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from cases.domain import custom_fields, search
from cases.domain.custom_fields import Definition
from cases.domain.desk.filter_keys import FIELD, KEYS, Asked, Key, key_of, wrong
from cases.enums import Status
from cases.models import Case, Category
from cases.models.custom_fields import KEY
from cases.models.views import LINE_LENGTH
from tenants.domain.actors import Actor
from tenants.models import Tenant, User

PART = re.compile(r'(?:"[^"]*"|[^\s"]|")+')
KEYED = re.compile(rf"([A-Za-z]+(?:\.{KEY})?):(.*)", re.DOTALL)
COMMA = re.compile(r',(?=(?:[^"]*"[^"]*")*[^"]*$)')  # outside of quotation marks
FOUND_BY = {"owner", "queue", "waiting"}  # keys with an index of their own
FINISHED = {"any", Status.RESOLVED.value, Status.CLOSED.value}


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
        raise wrong(_("At most %(most)s characters.") % {"most": LINE_LENGTH})
    if "\0" in line:
        raise wrong(_("A null character is nothing to search for."))
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
            raise wrong(
                _("“%(name)s:” takes one value, not %(values)s.") % {"name": name, "values": _(" and ").join(values)}
            )
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
        hint = (
            _("Did you mean “%(key)s:”?") % {"key": near[0]}
            if near
            else _("There are %(keys)s.") % {"keys": ", ".join(KEYS)}
        )
        raise wrong(_("There is no filter “%(name)s:”. %(hint)s") % {"name": name, "hint": hint})
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
            raise wrong(_("There is no tenant “%(slug)s” here, or not for you.") % {"slug": slug})
    for name in names:
        if name not in owners:
            raise wrong(_("There is no colleague “%(name)s” here.") % {"name": name})
    for slug in categories:
        if slug not in known:
            raise wrong(_("There is no category “%(slug)s”.") % {"slug": slug})
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
            all_of_them = ", ".join(f"field.{name}" for name in known)
            there = _("There are %(keys)s.") % {"keys": all_of_them} if known else _("There are none.")
            raise wrong(_("There is no field “%(key)s”. %(there)s") % {"key": key, "there": there})
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
