"""The soak in a minute: every kind of fault once, the same ones each time, and nothing found afterwards."""

import json
import os
import subprocess
import sys

import pytest

from tests.e2e.processes.desk import NOT_THE_TESTS_OWN, ROOT
from tests.soak.faults import kinds

pytestmark = pytest.mark.e2e

MINUTES, SEED = "0.7", "4"


def test_a_hurt_desk_keeps_everything_that_it_accepted(tmp_path_factory):
    folder = tmp_path_factory.mktemp("soak", numbered=True)
    inherited = {name: value for name, value in os.environ.items() if name not in NOT_THE_TESTS_OWN}
    done = subprocess.run(
        [sys.executable, "-m", "tests.soak.run"],
        cwd=ROOT,
        env=inherited | {"SOAK_MINUTES": MINUTES, "SOAK_SEED": SEED, "SOAK_FOLDER": str(folder)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, f"{done.stdout[-6000:]}\n{done.stderr[-2000:]}"
    [written] = folder.glob("*/report.json")
    report = json.loads(written.read_text())
    assert set(report["kinds"]) == {kind.name for kind in kinds(1)}
    assert report["counted"]["broken promises"] > 0
    assert report["requests"]["open accepted"] > 5
