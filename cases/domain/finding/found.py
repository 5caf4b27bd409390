"""What a search answers with: rows of many kinds, told alike."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from cases.domain.desk.filters import Filter
from cases.domain.finding.snippets import Text


class Kind(TextChoices):
    """In the order in which they stand when nothing else decides."""

    CASES = "cases", _("Cases")
    INCIDENTS = "incidents", _("Incidents")
    KNOWN_ISSUES = "known-issues", _("Known issues")
    RUNBOOKS = "runbooks", _("Runbooks")
    MACROS = "macros", _("Macros")
    TENANTS = "tenants", _("Tenants")
    REQUESTERS = "requesters", _("Requesters")


class Rank(IntEnum):
    """What decides first; then what is open, then what is newest."""

    TEXT = 1
    NAME = 2
    EXACT = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """`key`: by which its page is addressed. `mark`: its priority or severity. `at`: when it came.
    `tenant_ids`: whose it is.
    """

    kind: Kind
    key: str
    reference: str
    name: Text
    text: Text
    about: Sequence[str]
    mark: str = ""
    is_open: bool = True
    at: datetime | None = None
    tenant_ids: Sequence[int] = ()
    rank: Rank


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """`total`: how many there are, these `hits` among them; `cut`: there may be more than were looked for."""

    kind: Kind
    hits: Sequence[Hit]
    total: int
    cut: bool = False

    @property
    def rank(self) -> Rank:
        return max(hit.rank for hit in self.hits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """`instead`: {word as it was written: as it was searched for}. `sections`: only those that hold something."""

    asks: Filter
    sections: Sequence[Section] = ()
    instead: dict[str, str] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return sum(section.total for section in self.sections)

    @property
    def of_tenants(self) -> list[Hit]:
        """What is shown of some tenant's."""
        return [hit for section in self.sections for hit in section.hits if hit.tenant_ids]

    @property
    def written(self) -> str:
        return " ".join(self.instead)

    @property
    def searched(self) -> str:
        return " ".join(self.instead.values())
