import json
import threading

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from cases.models import Case
from tests.cases.importing.conftest import EXAMPLE, MAPPING
from tests.factories.tenants import TenantFactory

KEYS = [
    "rows",
    "cases",
    "created",
    "unchanged",
    "updated",
    "transitions",
    "rejected_resolutions",
    "reopened",
    "kept",
    "rejected",
    "without",
    "seconds",
]


def command(*more, tenant="acme", file=EXAMPLE):
    call_command("import_cases", str(file), "--mapping", str(MAPPING), "--tenant", tenant, *more)


@pytest.mark.django_db
def test_it_prints_one_json_document(capsys):
    TenantFactory(slug="acme")
    command()
    printed = capsys.readouterr()
    assert list(json.loads(printed.out)) == KEYS
    assert printed.err.splitlines() == ["1 rows rejected: no time", "1 rows rejected: 3 fields where the header has 15"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"tenant": "nobody"}, "There is no tenant 'nobody'."),
        ({"file": "nowhere.csv"}, "nowhere.csv cannot be read"),
        ({"file": MAPPING}, "the column 'number' is not in the header"),
    ],
)
def test_what_cannot_be_imported_is_said_in_one_line(options, says):
    TenantFactory(slug="acme")
    with pytest.raises(CommandError) as refusal:
        command(**options)
    assert says in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert not Case.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("target", [EXAMPLE, EXAMPLE.parent, EXAMPLE / "x"])
def test_rejects_never_overwrite_what_is_read(target):
    TenantFactory(slug="acme")
    before = EXAMPLE.read_bytes()
    with pytest.raises(CommandError):
        command("--rejects", str(target))
    assert EXAMPLE.read_bytes() == before
    assert not Case.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_second_import_of_the_source_is_refused_and_an_interrupted_one_goes_on(run, monkeypatch):
    monkeypatch.setattr("cases.domain.importing.staging.BATCH", 12)  # rows: several batches
    refusals = []

    def meanwhile():
        try:
            command()
        except CommandError as refusal:
            refusals.append(str(refusal))
        finally:
            connection.close()

    def interrupt(what, done, total):
        if what == "cases" and done > 20:
            other = threading.Thread(target=meanwhile)
            other.start()
            other.join()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(EXAMPLE, MAPPING, progress=interrupt)

    assert refusals == ["servicenow is being imported just now; wait until that has ended."]
    written = Case.objects.count()
    assert 0 < written < 12
    report = run(EXAMPLE, MAPPING)
    assert (report.created, report.unchanged, report.updated) == (12 - written, written, 0)
