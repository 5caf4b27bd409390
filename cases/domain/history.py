"""The second door: pasts that happened elsewhere, written in bulk through the fold that the first doors use.

Nobody is told: no mail, no page, no alert, no event, no survey. What is still open when it is written is a case like
any other from then on: its next deadline is swept, people move it through `lifecycle`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from cases.domain.history_events import PastCase
from cases.domain.history_replay import Replayed, Written, replay
from cases.models import Case, CaseClock, ExternalRef
from config.bulk import bare, copy_in, fresh_plans, new_ids
from config.db import unit_of_work
from sla.models import Clock
from tenants.domain.actors import Actor
from tenants.models import Tenant


@dataclass
class Historian:
    """Writes for one actor at one moment, any number of times; ids are drawn in blocks and kept between calls."""

    by: Actor
    at: datetime
    timers: bool = False
    case_ids: Iterator[int] = field(default_factory=lambda: new_ids(Case))
    clock_ids: Iterator[int] = field(default_factory=lambda: new_ids(Clock))
    written: Written = field(init=False)
    _tenants: dict[int, Tenant] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.written = Written(by_label=self.by.label, actor_name=self.by.name, at=self.at, timers=self.timers)

    def tenant(self, pk: int) -> Tenant:
        if pk not in self._tenants:
            self._tenants[pk] = Tenant.objects.get(pk=pk)
        return self._tenants[pk]

    def replay(self, past: PastCase) -> Replayed:
        """As a new case, not yet written."""
        return replay(
            past,
            pk=next(self.case_ids),
            clock_ids=self.clock_ids,
            known_clocks={},
            tenant=self.tenant(past.tenant_id),
            written=self.written,
        )

    def write(self, pasts: Sequence[PastCase]) -> list[Replayed]:
        """New cases, all or none, a statement a table however many there are.

        `external` must not be taken; the database refuses it (IntegrityError).
        """
        with unit_of_work(self.by.label):
            fresh_plans()
            replayed = [self.replay(past) for past in pasts]
            copy_in([one.case for one in replayed])
            copy_in([_reference(one, *one.past.external) for one in replayed if one.past.external is not None])
            copy_in([clock for one in replayed for clock in one.clocks.clocks])
            copy_in([link(one, clock) for one in replayed for clock in one.clocks.clocks])
            copy_in([event for one in replayed for event in one.clocks.history])
            copy_in([transition for one in replayed for transition in one.transitions])
            copy_in([interaction for one in replayed for interaction in one.interactions])
            copy_in([escalation for one in replayed for escalation in one.escalations])
        return replayed


def write(pasts: Sequence[PastCase], *, by: Actor, at: datetime, timers: bool = False) -> list[Replayed]:
    """Once; who writes many batches keeps a `Historian`."""
    return Historian(by=by, at=at, timers=timers).write(pasts)


def link(one: Replayed, clock: Clock) -> CaseClock:
    return bare(
        CaseClock,
        case_id=one.case.pk,
        tenant_id=one.case.tenant_id,
        clock_id=clock.pk,
        kind=clock.kind,
        window=clock.window,
    )


def _reference(one: Replayed, system: str, external_id: str) -> ExternalRef:
    return bare(ExternalRef, case_id=one.case.pk, tenant_id=one.case.tenant_id, system=system, external_id=external_id)
