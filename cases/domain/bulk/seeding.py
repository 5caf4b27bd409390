"""A desk's years in minutes: many made cases through the history door, by several processes, without a double.

Case n of a seed is `bulk` `<seed>/<n>` in its external name. Cases are made and written in batches, each one
transaction with dice of its own, so that any process may take any batch, and a run that was interrupted goes on with
the batches that are missing. The same seed tells the same stories, at times relative to `at`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, connection, models

from cases.domain.bulk import cast
from cases.domain.bulk.lives import past
from cases.domain.bulk.plots import Stage
from cases.domain.bulk.quiet import Quiet
from cases.domain.bulk.traces import TRACES, Tracer
from cases.domain.bulk.vocabulary import Vocabulary
from cases.domain.history import Historian
from cases.models import Case, CaseClock, Escalation, ExternalRef, Interaction, Transition
from config.db import unit_of_work
from config.errors import Invalid, Refused
from config.indexes import build_missing, drop_declared
from config.processes import spread
from sla.models import Clock, ClockEvent
from tenants.domain.actors import SYSTEM
from tenants.models import AuditEntry

SYSTEM_NAME = "bulk"
BATCH = 500
MOST = 100_000_000
MANY, NEW_TO_OLD = 20_000, 4
#: In the order in which they are finished: what takes longest first.
WRITTEN: tuple[type[models.Model], ...] = (
    *(Interaction, Case, Transition, ClockEvent, Clock, CaseClock, AuditEntry, ExternalRef, Escalation),
)
KNOWN = """
    SELECT split_part(external_id, '/', 2)::bigint / %s, count(*)
    FROM cases_externalref WHERE system = %s AND split_part(external_id, '/', 1) = %s GROUP BY 1
"""

Told = Callable[[int, int], None]  # how many cases are there, of how many


@dataclass(frozen=True, slots=True)
class Report:
    """`known`: cases that stood there before."""

    cases: int
    written: int
    known: int


def seed_bulk(
    *, cases: int, open_share: float = 0.2, seed: int = 1, processes: int = 2, at: datetime, told: Told
) -> Report:
    """Raises Invalid for numbers that make no sense, Refused in production and while the same seed is being written."""
    if settings.PRODUCTION:
        raise Refused("This is a production desk: made cases don't belong there.", code="production")
    _check(cases=cases, open_share=open_share, seed=seed, processes=processes)
    stage = Stage(cast.found_or_made(at=at), Vocabulary(), Quiet(at=at), at)
    known = _known(seed)
    sizes = {first // BATCH: min(BATCH, cases - first) for first in range(0, cases, BATCH)}
    missing = [batch for batch, size in sizes.items() if known.get(batch, 0) < size]
    there = sum(min(known.get(batch, 0), size) for batch, size in sizes.items())
    writer = Writer(stage, seed=seed, open_share=open_share)
    written = 0
    told(there, cases)
    with _one_run_a_seed(), _finished_tables(coming=cases - there, processes=processes):
        for count in spread(writer.write, [(batch, sizes[batch]) for batch in missing], processes=processes):
            written += count
            told(there + written, cases)
        tracer = Tracer(system=SYSTEM_NAME, seed=seed, people=cast.MADE, at=at)
        for _trace in spread(tracer.leave, TRACES, processes=processes):
            pass
    return Report(cases=cases, written=written, known=there)


class Writer:
    """Makes and writes batches in one process; its statements go over the process's own connection."""

    def __init__(self, stage: Stage, *, seed: int, open_share: float) -> None:
        self._stage, self._seed, self._open_share = stage, seed, open_share
        self._historian = Historian(by=SYSTEM, at=stage.at, timers=True)

    def write(self, wanted: tuple[int, int]) -> int:
        """The cases of a batch (its number, its size) that are not there yet; how many those were."""
        batch, size = wanted
        dice = random.Random(f"{self._seed}/{batch}")  # noqa: S311  test data
        names = [(SYSTEM_NAME, f"{self._seed}/{batch * BATCH + place}") for place in range(size)]
        pasts = [past(dice, self._stage, open_share=self._open_share, external=name) for name in names]
        refs = ExternalRef.objects.filter(system=SYSTEM_NAME, external_id__in=[name for _, name in names])
        there = set(refs.values_list("external_id", flat=True))
        with unit_of_work(SYSTEM.label):
            with connection.cursor() as cursor:  # what a crash loses is made again, so no batch waits for the disk
                cursor.execute("SET LOCAL synchronous_commit = off")
            return len(self._historian.write([one for one in pasts if one.external and one.external[1] not in there]))


@contextmanager
def _one_run_a_seed() -> Iterator[None]:
    try:
        yield
    except IntegrityError as refusal:
        if "cases_externalref_once" not in str(refusal):
            raise
        raise Refused("Another run is writing cases of this seed.", code="seeding") from None


@contextmanager
def _finished_tables(*, coming: int, processes: int) -> Iterator[None]:
    """Tables whose rows will be new, nearly all, are filled without their indexes. Afterwards every table of a bulk has
    all of them, also those that a run left away which was killed, and the planner knows its million new rows.
    """
    if coming > max(NEW_TO_OLD * Case.objects.count(), MANY):
        drop_declared(WRITTEN)
    try:
        yield
    finally:
        for _table in spread(_finish, WRITTEN, processes=processes):
            pass


def _finish(model: type[models.Model]) -> None:
    build_missing([model])
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {connection.ops.quote_name(model._meta.db_table)}")


def _check(*, cases: int, open_share: float, seed: int, processes: int) -> None:
    if not 1 <= cases <= MOST:
        raise Invalid(f"From 1 to {MOST:,} cases.", field="cases")
    if not 0 <= open_share <= 1:
        raise Invalid("The share of open cases is a number from 0 to 1.", field="open_share")
    if not 0 <= seed < 2**31:
        raise Invalid("A seed is a whole number from 0 to 2,147,483,647.", field="seed")
    if not 1 <= processes <= 64:
        raise Invalid("From 1 to 64 processes.", field="processes")


def _known(seed: int) -> dict[int, int]:
    """How many cases of each batch are there."""
    with connection.cursor() as cursor:
        cursor.execute(KNOWN, [BATCH, SYSTEM_NAME, str(seed)])
        return dict(cursor.fetchall())
