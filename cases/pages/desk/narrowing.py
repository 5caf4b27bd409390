"""How a list's address says what narrows it: the line, and beside it the picks that most people click."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from django import forms
from django.http import QueryDict

from cases.domain.desk import filters
from cases.domain.desk.filters import Filter
from cases.enums import Level, Priority
from config.errors import DomainError


class Picks(forms.Form):
    """Everything is optional; what makes no sense is left out."""

    priority = forms.MultipleChoiceField(choices=Priority.choices, required=False)
    tenant = forms.SlugField(required=False)
    owner = forms.RegexField(r"^[\w.@+-]{1,150}$", required=False)
    level = forms.MultipleChoiceField(choices=Level.choices, required=False)
    open = forms.BooleanField(required=False)
    reopened = forms.BooleanField(required=False)
    after = forms.CharField(max_length=80, required=False)
    run = forms.UUIDField(required=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowing:
    """`typed`: what the line's field shows, without what a pick shows. `wrong`: why the line can't be read."""

    asks: Filter
    typed: str
    wrong: str
    after: str
    run: Any
    picked: Mapping[str, str] = field(default_factory=dict)

    def shown(self, **choices: Iterable[str]) -> Self:
        """With what the picks can show in them, and only the rest in the line's field."""
        single = {name: self.asks.given.get(name, ()) for name in choices}
        picked = {name: values[0] for name, values in single.items() if len(values) == 1 and values[0] in choices[name]}
        return replace(self, picked=picked, typed=str(self.asks.without(*picked)))


def narrowing(asked: QueryDict) -> Narrowing:
    """What the line says holds against a pick."""
    picks = Picks(asked)
    picks.is_valid()
    wanted = picks.cleaned_data
    line, wrong = asked.get("q", ""), ""
    try:
        asks = filters.parse(line)
    except DomainError as refusal:
        asks, wrong = Filter(), refusal.message
    asks = asks.having(**_picked(wanted))
    return Narrowing(
        asks=asks,
        typed=line if wrong else str(asks),
        wrong=wrong,
        after=wanted.get("after", ""),
        run=wanted.get("run"),
    )


def _picked(wanted: Mapping[str, Any]) -> dict[str, list[str]]:
    owner = wanted.get("owner", "")
    picked: dict[str, Any] = {
        "priority": wanted.get("priority"),
        "level": wanted.get("level"),
        "tenant": [wanted["tenant"]] if wanted.get("tenant") else [],
        "owner": ["none" if owner == "nobody" else owner] if owner else [],
        "status": ["open"] if wanted.get("open") else [],
        "reopened": ["yes"] if wanted.get("reopened") else [],
    }
    return {name: values for name, values in picked.items() if values}
