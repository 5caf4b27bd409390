"""The broker wiped, the worker killed in the middle, PostgreSQL killed: what the outbox promises holds.

Nothing is lost, no effect in the database is doubled, a mail is repeated only under its own Message-ID.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack, suppress
from pathlib import Path

import psycopg
import pytest
import redis

from config.stack.scratch import wait_until_ready
from config.stack.servers import Postgres, Valkey
from tests.e2e.processes.desk import NOT_THE_TESTS_OWN, ROOT
from tests.outbox.smtp_server import smtp_server

pytestmark = pytest.mark.e2e

EACH_TIME = 30  # events and mails


class Building:
    """Servers and a worker of this test alone."""

    def __init__(self, folder, mail_port):
        self.log = (folder / "log").open("wb")
        self.log_path = folder / "log"
        self.postgres = Postgres(folder, sockets=folder / "s")  # as durable as the real one
        self.valkey = Valkey(folder)
        self.children = {}
        for server in (self.postgres, self.valkey):
            server.prepare()
            self.start_server(server)
        self.postgres.create_database()
        kept = {name: value for name, value in os.environ.items() if name not in NOT_THE_TESTS_OWN}
        self.env = kept | {
            "DATABASE_URL": self.postgres.url,
            "REDIS_URL": self.valkey.url,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DESK_ENV": "test",
            "OUTBOX_LEASE_SECONDS": "2",
            "MAIL_TRANSPORT": "smtp",
            "EMAIL_HOST": "127.0.0.1",
            "EMAIL_PORT": str(mail_port),
        }

    def start_server(self, server):
        child = self.children[server.name] = server.start(output=self.log.fileno())
        wait_until_ready(server, child, log=self.log_path)

    def start_load(self):
        pipe = subprocess.PIPE
        self.load = self.children["load"] = subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.processes.outbox_load"],
            cwd=ROOT,
            env=self.env,
            start_new_session=True,
            stdin=pipe,
            stdout=pipe,
            stderr=self.log,
            text=True,
        )
        self.heard_from_load("ready")

    def publish(self, count):
        self.load.stdin.write(f"{count}\n")
        self.load.stdin.flush()
        self.heard_from_load("done")

    def heard_from_load(self, word):
        said = self.load.stdout.readline().strip()
        assert said == word, self.log_path.read_text(errors="replace")[-4000:]

    def start_worker(self):
        argv = [sys.executable, "-m", "celery", "-q", "-A", "tests.e2e.processes.outbox_worker", "worker", "-B"]
        argv += [
            "-P",
            "threads",
            "-c",
            "3",
            "-Q",
            "outbox",
            "-l",
            "warning",
            "-s",
            str(self.log_path.with_name("beat")),
        ]
        env = self.env | {"DESK_DB_ROLE": "desk_system"}
        self.children["worker"] = subprocess.Popen(
            argv, cwd=ROOT, env=env, start_new_session=True, stdout=self.log, stderr=self.log
        )

    def kill(self, name):
        os.killpg(self.children[name].pid, signal.SIGKILL)
        self.children[name].wait()

    def ask(self, query):
        with psycopg.connect(self.postgres.url) as connection:
            return connection.execute(query).fetchall()

    def number(self, query):
        return self.ask(query)[0][0]

    def wait(self, query, *, seconds, words):
        """Until the query's number is true."""
        ends = time.monotonic() + seconds
        while True:
            with suppress(psycopg.OperationalError):
                if self.number(query):
                    return
            assert time.monotonic() < ends, f"{words}\n{self.log_path.read_text(errors='replace')[-4000:]}"
            time.sleep(0.05)

    def close(self):
        for child in self.children.values():
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
        self.log.close()


@pytest.fixture
def building():
    folder = Path(tempfile.mkdtemp(prefix="desk-outbox-test-"))
    folder.chmod(0o711)
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        mail = stack.enter_context(smtp_server(takes=0.05))
        building = Building(folder, mail.port)
        stack.callback(building.close)
        building.mail = mail
        building.start_load()
        with psycopg.connect(building.postgres.url) as connection:
            connection.execute("create table effects (event_id bigint)")
            connection.execute("grant all on effects to public")
        yield building


def at_work(building):
    building.wait(
        "select exists (select from outbox_consumption where status = 'pending' and attempts > 0) "
        "and exists (select from outbox_delivery where status = 'sending')",
        seconds=20,
        words="nothing is being consumed or sent",
    )


def test_nothing_is_lost_and_nothing_doubled(building):
    building.start_worker()

    building.publish(EACH_TIME)
    at_work(building)
    redis.Redis.from_url(building.valkey.url).flushall()

    building.publish(EACH_TIME)
    at_work(building)
    building.kill("worker")
    cut_off = building.number("select count(*) from outbox_consumption where status = 'pending' and attempts > 0")
    building.start_worker()

    building.publish(EACH_TIME)
    at_work(building)
    building.kill("postgres")
    building.start_server(building.postgres)

    building.wait(
        "select not exists (select from outbox_consumption where status <> 'done') "
        "and not exists (select from outbox_delivery where status <> 'sent')",
        seconds=25,
        words="something is still owed",
    )
    events = {row[0] for row in building.ask("select id from outbox_event where name = 'desk.fault-tested'")}
    effects = Counter(row[0] for row in building.ask("select event_id from effects"))
    assert effects == dict.fromkeys(events, 1)
    assert len(events) == 3 * EACH_TIME
    assert cut_off > 0

    asked = {row[0] for row in building.ask("select message_id from outbox_delivery")}
    taken = Counter(mail["Message-ID"] for mail in building.mail.taken)
    assert set(taken) == asked
    assert len(asked) == 3 * EACH_TIME
    repeated = {message_id for message_id, times in taken.items() if times > 1}
    tried_again = {row[0] for row in building.ask("select message_id from outbox_delivery where attempts > 1")}
    assert repeated <= tried_again
