"""A note of each change, for who has the case or a list open: that there is news, never what it is.

Notes stand in the short memory. A reader without one asks the database; none is believed for longer than KEPT.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import partial
from typing import Any
from uuid import uuid4

from django.db import transaction

from cases.models import Case
from config.short_memory import asked

KEPT = 60  # seconds
STAMP_KEPT = 24 * 3600  # seconds
EVERYWHERE = "live:all"
# Two commits may tell in the other order: the higher version stays.
NEWEST = """
local known = redis.call('GET', KEYS[1])
if not known or tonumber(string.match(known, '^%d+')) < tonumber(ARGV[1]) then
    redis.call('SET', KEYS[1], ARGV[1] .. ':' .. ARGV[2], 'EX', ARGV[3])
end
"""


def note_on_commit(cases: Collection[Case]) -> None:
    told = [(case.pk, case.version, case.tenant_id) for case in cases]
    transaction.on_commit(partial(_note, told))


def _note(told: Iterable[tuple[int, int, int]]) -> None:
    stamp = uuid4().hex[:12]

    def commands(pipeline: Any) -> None:
        tenants = set()
        for case_id, version, tenant_id in told:
            pipeline.eval(NEWEST, 1, of_case(case_id), version, tenant_id, KEPT)
            tenants.add(tenant_id)
        for key in (EVERYWHERE, *(of_tenant(tenant_id) for tenant_id in sorted(tenants))):
            pipeline.set(key, stamp, ex=STAMP_KEPT)

    asked(commands)


def of_case(case_id: int) -> str:
    """Key of `version:tenant`."""
    return f"live:case:{case_id}"


def of_tenant(tenant_id: int) -> str:
    """Key of a word that another change makes another."""
    return f"live:tenant:{tenant_id}"


def read(value: str) -> tuple[int, int]:
    """Version and tenant out of a case's note."""
    version, tenant_id = value.split(":")
    return int(version), int(tenant_id)


def written(version: int, tenant_id: int) -> str:
    return f"{version}:{tenant_id}"
