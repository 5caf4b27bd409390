"""The desk's own fields: which are asked of a case, what may stand in one, and that a change of it is told.

A definition holds for all cases or for some categories. What was filled in stays when the category changes or the
field is archived; only what is asked of the case can be changed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q, QuerySet
from django.db.models.functions import JSONObject
from django.utils.translation import gettext as _

from cases.domain import fields
from cases.domain.changing import Change
from cases.enums import FieldKind, InteractionKind
from cases.models import CustomField
from cases.models.custom_fields import WITH_CHOICES
from config.errors import Invalid

TEXT_LENGTH = 2000
LARGEST = 10**15  # a number beyond it would lose digits on its way through JSON
DECIMALS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """A field as the admin has it. `category_ids` empty: asked of every case."""

    key: str
    label: str
    kind: str
    help: str
    choices: list[str]
    required: bool
    archived: bool
    category_ids: list[int]

    def asked_in(self, category_id: int | None) -> bool:
        return not self.archived and (not self.category_ids or category_id in self.category_ids)


def definitions() -> list[Definition]:
    """All there are, archived ones too, in the order in which they are asked. One statement."""
    return [Definition(**told) for told in _told()]


def of_column(told: Iterable[Mapping[str, Any]]) -> list[Definition]:
    return [Definition(**one) for one in told]


def column() -> ArraySubquery:
    """A column of any question that answers what `definitions` does, for `of_column`."""
    return ArraySubquery(_told())


def asked_of(category_id: int | None, known: Iterable[Definition]) -> list[Definition]:
    return [one for one in known if one.asked_in(category_id)]


def missing(category_id: int | None, values: Mapping[str, Any], known: Iterable[Definition]) -> list[Definition]:
    """What keeps a case with these values from being resolved."""
    return [one for one in asked_of(category_id, known) if one.required and one.key not in values]


def put(change: Change, given: Mapping[str, Any]) -> None:
    """As part of a change: {key: value}, None takes a value away. The timeline tells which of them are new.

    Raises Invalid on `fields.<key>`, for each that is wrong.
    """
    if not given:
        return
    case = change.case
    known = {one.key: one for one in definitions()}
    before = dict(case.custom_fields)
    after = cleaned(given, before, category_id=case.category_id, known=known.values())
    changed = [key for key in given if before.get(key) != after.get(key)]
    if not changed:
        return
    case.custom_fields = after
    told = [f"{known[key].label}: {shown(before.get(key))} → {shown(after.get(key))}" for key in changed]
    change.say(
        InteractionKind.SYSTEM,
        "; ".join(told),
        data={"fields": {key: [before.get(key), after.get(key)] for key in changed}},
    )


def cleaned(
    given: Mapping[str, Any], before: Mapping[str, Any], *, category_id: int | None, known: Iterable[Definition]
) -> dict[str, Any]:
    """All values of a case once `given` has been put. Raises Invalid."""
    by_key = {one.key: one for one in known}
    after = dict(before)
    errors: list[dict[str, str]] = []
    for key, value in given.items():
        definition = by_key.get(key)
        if definition is None or not definition.asked_in(category_id):
            words = (
                _("There is no such field.") if definition is None else _("This is not asked of a case like this one.")
            )
            errors.append({"field": f"fields.{key}"[:100], "code": "unknown-field", "message": words})
            continue
        try:
            clean = value_of(definition, value, before=before.get(key))
        except Invalid as refusal:
            errors += refusal.extra["errors"]
            continue
        after.pop(key, None)
        if clean is not None:
            after[key] = clean
    if errors:
        raise Invalid(_("A field can't take what it was given."), errors=errors)
    return after


def value_of(definition: Definition, given: Any, *, before: Any = None) -> Any:
    """The value as it is kept, JSON; None for nothing. A choice that was withdrawn may stay where it stands (`before`).

    Raises Invalid on `fields.<key>`.
    """
    if given is None:
        return None
    field = f"fields.{definition.key}"
    if definition.kind in WITH_CHOICES:
        kept = before if isinstance(before, list) else [before]
        return _chosen(definition, given, [*definition.choices, *(one for one in kept if one)], field)
    return READ[definition.kind](given, field)


def shown(value: Any) -> str:
    """In words, for people."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(value) if isinstance(value, list) else str(value)


def holding(definition: Definition, texts: Iterable[str]) -> Q:
    """Cases whose field has one of these values, as the search line writes them; `none` is a field that is empty.

    Raises Invalid on `line`.
    """
    found = Q()
    for text in texts:
        if text.casefold() == "none" and text not in definition.choices:
            found |= ~Q(custom_fields__has_key=definition.key)
            continue
        value = _of_line(definition, text)
        # The second half is the index's own condition.
        found |= Q(custom_fields__contains={definition.key: value}) & ~Q(custom_fields={})
    return found


def _told() -> QuerySet[CustomField, Any]:
    through = CustomField.categories.through
    places = through.objects.filter(customfield_id=OuterRef("pk")).order_by("category_id").values("category_id")
    told = JSONObject(
        key="key",
        label="label",
        kind="kind",
        help="help",
        choices="choices",
        required="required_to_resolve",
        archived="archived",
        category_ids=ArraySubquery(places),
    )
    return CustomField.objects.order_by("position", "pk").values_list(told, flat=True)


def _wrong(field: str, words: str) -> Invalid:
    return Invalid(words, field=field)


def _chosen(definition: Definition, given: Any, choices: list[str], field: str) -> Any:
    several = definition.kind == FieldKind.CHOICES
    if given in ("", []):
        return None
    wanted = given if several else [given]
    if not isinstance(wanted, list) or any(one not in choices for one in wanted):
        raise _wrong(
            field,
            (_("Some of %(choices)s.") if several else _("One of %(choices)s."))
            % {"choices": ", ".join(definition.choices)},
        )
    in_order = [one for one in dict.fromkeys(choices) if one in wanted]
    return in_order if several else in_order[0]


def _text(given: Any, field: str) -> str | None:
    if not isinstance(given, str) or "\0" in given:
        raise _wrong(field, _("A text."))
    return fields.text(given, field=field, longest=TEXT_LENGTH) or None


def _number(given: Any, field: str) -> int | float:
    if isinstance(given, bool) or not isinstance(given, int | float) or not math.isfinite(given):
        raise _wrong(field, _("A number."))
    if abs(given) >= LARGEST:
        raise _wrong(field, _("A number of fifteen digits at most."))
    number = round(given, DECIMALS)
    return int(number) if number == int(number) else number


def _yes_no(given: Any, field: str) -> bool:
    if not isinstance(given, bool):
        raise _wrong(field, _("Yes or no (true or false)."))
    return given


def _date(given: Any, field: str) -> str | None:
    if given == "":
        return None
    try:
        day = date.fromisoformat(given)
    except (TypeError, ValueError):
        raise _wrong(field, _("A date such as 2026-01-31.")) from None
    if not 1900 <= day.year <= 2200:
        raise _wrong(field, _("A date between the years 1900 and 2200."))
    return day.isoformat()


def _link(given: Any, field: str) -> str | None:
    address = _text(given, field)
    return None if address is None else fields.links([address], field=field)[0]


READ: dict[str, Callable[[Any, str], Any]] = {
    FieldKind.TEXT.value: _text,
    FieldKind.NUMBER.value: _number,
    FieldKind.YES_NO.value: _yes_no,
    FieldKind.DATE.value: _date,
    FieldKind.LINK.value: _link,
}


def _of_line(definition: Definition, text: str) -> Any:
    """What a value of the search line stands for; capitals make no difference in a choice."""
    given: Any = text
    if definition.kind in WITH_CHOICES:
        named = {choice.casefold(): choice for choice in definition.choices}
        given = named.get(text.casefold(), text)
        given = [given] if definition.kind == FieldKind.CHOICES else given
    elif definition.kind == FieldKind.YES_NO:
        given = {"yes": True, "no": False}.get(text.casefold(), text)
    elif definition.kind == FieldKind.NUMBER:
        try:
            given = float(text)
        except ValueError:
            given = text
    try:
        return value_of(definition, given)
    except Invalid as refusal:
        words = refusal.extra["errors"][0]["message"]
        raise Invalid(
            _("“%(text)s” is nothing that field.%(key)s: can be. %(words)s")
            % {"text": text, "key": definition.key, "words": words},
            field="line",
        ) from None
