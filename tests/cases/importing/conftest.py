from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from cases.domain.importing.running import import_file
from tests.factories.tenants import TenantFactory

SHIPPED = Path(__file__).parents[3] / "mappings"
EXAMPLE = SHIPPED / "example_incidents.csv"
MAPPING = SHIPPED / "uci_incidents.yaml"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
PLAIN = {
    "rows": "event",
    "id": "id",
    "source": "otherdesk",
    "at": "at",
    "fields": {"requester": "who"},
    "priority": {"column": "prio", "map": {"high": "P1", "low": "P3"}, "default": "P2"},
    "status": {
        "column": "state",
        "map": {
            "new": "new",
            "triage": "triage",
            "work": "in_progress",
            "wait": "waiting_on_customer",
            "done": "resolved",
            "shut": "closed",
        },
    },
}


def silent(what, done, total):
    pass


@pytest.fixture
def tenant():
    return TenantFactory(slug="acme")


@pytest.fixture
def run(tenant, tmp_path):
    """`run(log, mapping)`: texts, bytes or paths; a mapping as a table. Import with `at=NOW`."""

    def path_of(given, name):
        if isinstance(given, Path):
            return given
        path = tmp_path / name
        if isinstance(given, dict):
            given = yaml.safe_dump(given)
        path.write_bytes(given if isinstance(given, bytes) else given.encode())
        return path

    def importing(log, mapping=PLAIN, *, to="acme", at=NOW, progress=silent, **options):
        return import_file(
            path_of(log, "log.csv"),
            mapping=path_of(mapping, "map.yaml"),
            tenant=to,
            at=at,
            progress=progress,
            **options,
        )

    return importing
