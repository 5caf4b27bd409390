"""Half a request, and what is none, over a real socket to the server that `make run` starts."""

import os
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connection

from config.stack.servers import free_port
from tests.config.api.test_hostile import OPERATIONS
from tests.factories.api import PREFIX, Api, desk_state
from tests.factories.furnishing import address, furnished
from tests.factories.tenants import GrantFactory, UserFactory

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
ROOT = Path(__file__).resolve().parents[3]
PATIENCE = 30.0  # seconds


class Web:
    """granian, on the test's own database."""

    def __init__(self, folder):
        self.port = free_port()
        url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
        env = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"} | {
            "DATABASE_URL": url,
            "DESK_DB_ROLE": "desk_app",
            "DESK_DATA": str(folder),
            "DESK_DB_POOL": "2",
            "API_REQUESTS_PER_MINUTE": "1000000",
        }
        self.log = folder / "web.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [
                    *(str(Path(sys.executable).with_name("granian")), "--interface", "wsgi", "config.wsgi:application"),
                    *("--host", "127.0.0.1", "--port", str(self.port), "--blocking-threads", "16", "--no-access-log"),
                ],
                cwd=ROOT,
                env=env,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + PATIENCE
        while b" 200 " not in self.send(
            b"GET /healthz/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", whole=True
        ):
            assert time.monotonic() < deadline and self.process.poll() is None, self.log.read_text()  # noqa: PT018
            time.sleep(0.1)

    def send(self, raw, *, whole=False):
        """The answer's first line; empty when there is none. Unless it is `whole`, no byte more will come."""
        with suppress(OSError), closing(socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)) as wire:
            wire.sendall(raw)
            if not whole:
                wire.shutdown(socket.SHUT_WR)
            return wire.recv(65536).partition(b"\r\n")[0]
        return b""

    def stop(self):
        self.process.terminate()
        self.process.wait(PATIENCE)


@pytest.fixture
def desk(settings, tmp_path):
    settings.BLOB_ROOT = tmp_path / "blobs"
    return furnished("acme")


@pytest.fixture
def web(desk, tmp_path):
    running = Web(tmp_path)
    yield running
    running.stop()


@pytest.fixture
def token():
    user = UserFactory(role="po")
    GrantFactory(user=user, role="admin")
    return Api(user).token.secret


def request(method, path, token, body, *headers, length=None):
    lines = [
        f"{method} {PREFIX}{path} HTTP/1.1",
        "Host: localhost",
        f"Authorization: Bearer {token}",
        "Content-Type: application/json",
        *([f"Content-Length: {length}"] if length is not None else []),
        *headers,
    ]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def test_half_a_request_changes_nothing_anywhere(web, desk, token):
    before, found = desk_state(), {}
    for name in OPERATIONS:
        method, path = name.split(" ")
        if method == "GET":
            continue
        body = b'{"reason": "Half of'
        found[name] = web.send(request(method, address(path, desk), token, body, length=5000))
    wrong = {name: answer for name, answer in found.items() if answer and b" 4" not in answer[:13]}
    assert wrong == {}
    assert desk_state() == before


def test_callers_who_stop_in_the_middle_hold_up_nobody(web, desk, token):
    """More of them than connections to the database, fewer than threads."""
    with ExitStack() as stopped:
        for _ in range(12):
            wire = stopped.enter_context(closing(socket.create_connection(("127.0.0.1", web.port), timeout=PATIENCE)))
            wire.sendall(request("POST", "/cases/", token, b'{"subject": "Half of', length=5000))
        asked = request("GET", "/cases/", token, b"", "Connection: close")
        assert [web.send(asked, whole=True) for _ in range(3)] == [b"HTTP/1.1 200 OK"] * 3


def test_what_is_no_request_is_refused_and_the_next_one_served(web, desk, token):
    path = f"/cases/{desk.cases['new'].reference}/accept/"
    body = b'{"priority": "P0"}'
    size = len(body)
    before = desk_state()
    raws = {
        "a length that is no number": request("POST", path, token, body, length="0x12"),
        "a length below nothing": request("POST", path, token, body, length="-1"),
        "a length beyond all": request("POST", path, token, body, length="9" * 30),
        "two lengths": request("POST", path, token, body, f"Content-Length: {size + 1}", length=size),
        "a length and chunks": request("POST", path, token, body, "Transfer-Encoding: chunked", length=size),
        "chunks that are none": request("POST", path, token, b"zz\r\n", "Transfer-Encoding: chunked"),
        "a huge header": request("POST", path, token, body, "X-Long: " + "x" * 1_000_000, length=size),
        "NUL in a header": request("POST", path, token, body, "X-Odd: a\x00b", length=size),
        "a header that is none": request("POST", path, token, body, "no colon", length=size),
        "NUL in the address": request("POST", "/cases/\x00/", token, body, length=size),
        "no host": b"POST /api/v1/cases/ HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}",
        "another host": b"GET /api/v1/cases/ HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        "an unknown method": request("BREW", path, token, body, length=size),
        "noise": bytes(range(256)) * 20,
        "another protocol": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 200,
        "nothing": b"",
    }
    found = {what: web.send(raw) for what, raw in raws.items()}
    assert {what: answer for what, answer in found.items() if answer and b" 4" not in answer[:13]} == {}
    assert desk_state() == before
    assert b" 200 " in web.send(request("POST", path, token, body, "Connection: close", length=size), whole=True)
