"""The real desk with real processes: what dies is started again, what stops leaves nothing behind.

The tests share one desk and stand in the order of its life.
"""

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import pytest

from tests.e2e.processes.desk import PARTS, ROOT, Desk

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def desk():
    folder = Path(tempfile.mkdtemp(prefix="desk-process-test-"))
    folder.chmod(0o711)
    desk = Desk(folder / "data")
    desk.start()
    yield desk
    if desk.process.poll() is None:
        desk.interrupt(signal.SIGTERM)
    shutil.rmtree(folder)


def manage(desk, *argv):
    python = ROOT / ".venv" / "bin" / "python"
    return subprocess.run([python, "manage.py", *argv], cwd=ROOT, env=desk.env, capture_output=True, text=True)


def test_a_fresh_desk_becomes_ready(desk):
    desk.wait_until_green()
    assert set(desk.parts()) == set(PARTS)
    desk.wait(lambda: desk.said("manage.py createsuperuser"), seconds=10, words="the first admin is not asked for")
    assert desk.said(f"ready: http://127.0.0.1:{desk.port}/")


def test_secrets_are_for_the_owner_alone(desk):
    secrets = [*desk.data.glob("*.secret"), desk.data / "desk.env"]
    assert len(secrets) == 5
    assert {file.stat().st_mode & 0o777 for file in secrets} == {0o600}


def test_manage_by_hand_works_on_the_running_desk(desk):
    found = manage(
        desk, "shell", "-v", "0", "-c", "from config.models import Heartbeat as H; print(H.objects.count() > 2)"
    )
    assert (found.stdout, found.returncode) == ("True\n", 0)


def test_a_second_desk_on_the_same_data_is_refused(desk):
    second = desk.spawn(stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    said, _ = second.communicate(timeout=20)
    assert second.returncode == 1
    assert f"a desk already runs on {desk.data} (process {desk.process.pid})" in said.decode()


def test_a_taken_port_is_said_with_who_has_it(desk, tmp_path):
    other = Desk(tmp_path / "data")
    other.port = desk.port
    refused = other.spawn(stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    said, _ = refused.communicate(timeout=20)
    assert refused.returncode == 1
    assert f"port {desk.port} is taken by process " in said.decode()
    assert other.left_behind() == []


@pytest.mark.parametrize("killed", [("web", "beat"), ("worker",), ("postgres", "valkey")], ids="+".join)
def test_a_killed_part_is_noticed_said_and_started_again(desk, killed):
    before = desk.parts()
    for name in killed:
        before[name].send_signal(signal.SIGKILL)
    for name in killed:
        desk.wait(
            lambda name=name: desk.parts().get(name, before[name]) != before[name],
            seconds=10,
            words=f"{name} is not started again",
        )
        assert desk.said(f"{name} ended (SIGKILL)")
    desk.wait_until_green()


def test_a_killed_supervisor_takes_all_with_it_and_the_next_start_finds_everything(desk):
    desk.wait_until_green()  # a web process that still waits for the database takes its time to go
    kept = "from config.heartbeat import beat; from django.utils.timezone import now; beat(name='kept', at=now())"
    assert manage(desk, "shell", "-v", "0", "-c", kept).returncode == 0
    desk.process.kill()
    desk.process.wait()
    desk.wait(lambda: desk.left_behind() == [], seconds=8, words="processes outlive their supervisor")
    desk.start()
    desk.wait_until_green()
    found = manage(
        desk, "shell", "-v", "0", "-c", "from config.models import Heartbeat as H; print(H.objects.get(name='kept'))"
    )
    assert found.stdout == "kept\n"


def test_ctrl_c_stops_all_in_five_seconds_and_leaves_nothing(desk):
    listening = desk.parts()["postgres"].net_connections("unix")
    sockets = [Path(one.laddr) for one in listening if one.laddr]
    assert len(sockets) == 1
    took = desk.interrupt(signal.SIGINT)
    assert desk.process.returncode == 0
    assert took < 5
    assert desk.left_behind() == []
    assert [socket for socket in sockets if os.path.exists(socket)] == []
    assert not (desk.data / "desk.env").exists()
    assert (desk.data / "lock").read_text() == ""
