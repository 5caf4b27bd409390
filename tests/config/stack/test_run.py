import os
import socket

import pytest

from config.stack.attach import attach, explained
from config.stack.data import ADDRESSES, held
from config.stack.errors import StackError
from config.stack.run import address, own_address, wants_demo


@pytest.mark.parametrize(
    ("host", "expected"),
    [("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("::", "[::1]"), ("fe80::1", "[fe80::1]")],
)
def test_how_this_machine_reaches_what_listens(host, expected):
    assert own_address(host) == expected


@pytest.mark.parametrize("port", ["abc", "0", "65536", "-1", "8000 "])
def test_a_port_that_is_none_is_refused(monkeypatch, port):
    monkeypatch.setenv("PORT", port)
    with pytest.raises(StackError, match="PORT must be a number from 1 to 65535"):
        address()


def test_a_taken_port_is_said_with_who_has_it(monkeypatch):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        monkeypatch.setenv("PORT", str(taken.getsockname()[1]))
        monkeypatch.delenv("HOST", raising=False)
        with pytest.raises(StackError, match=f"is taken by process {os.getpid()}: "):
            address()


def test_an_address_of_another_machine_is_refused(monkeypatch):
    monkeypatch.setenv("HOST", "192.0.2.1")
    monkeypatch.setenv("PORT", "8000")
    with pytest.raises(StackError, match=r"cannot listen on 192\.0\.2\.1:8000"):
        address()


@pytest.mark.parametrize(
    ("demo", "environment", "expected"),
    [("", "", True), ("1", "", True), ("0", "", False), ("false", "development", False), ("", "production", False)],
)
def test_demo_data_is_the_default_but_never_in_production(monkeypatch, demo, environment, expected):
    monkeypatch.setenv("DEMO", demo)
    monkeypatch.setenv("DESK_ENV", environment)
    assert wants_demo() is expected


@pytest.mark.parametrize(("demo", "environment"), [("perhaps", ""), ("1", "production")])
def test_demo_that_makes_no_sense_is_refused(monkeypatch, demo, environment):
    monkeypatch.setenv("DEMO", demo)
    monkeypatch.setenv("DESK_ENV", environment)
    with pytest.raises(StackError, match="DEMO"):
        wants_demo()


def test_one_desk_holds_its_data_and_gives_it_back(tmp_path):
    with held(tmp_path), pytest.raises(StackError, match=f"a desk already runs on {tmp_path}"), held(tmp_path):
        pass
    with held(tmp_path):
        assert (tmp_path / "lock").read_text() == f"{os.getpid()}\n"


@pytest.fixture
def running_desk(tmp_path, monkeypatch):
    monkeypatch.setenv("DESK_DATA", str(tmp_path))
    (tmp_path / ADDRESSES).write_text("DATABASE_URL=postgres://here\nREDIS_URL=redis://:a=b@here/0\n")


def test_manage_by_hand_takes_the_running_desks_servers(running_desk):
    environment = {"REDIS_URL": "redis://mine"}
    assert attach(environment) is True
    assert environment == {"REDIS_URL": "redis://mine", "DATABASE_URL": "postgres://here"}


@pytest.mark.parametrize("named", [{"DATABASE_URL": "postgres://mine"}, {"DESK_ENV": "production"}])
def test_manage_by_hand_leaves_a_named_database_alone(running_desk, named):
    environment = dict(named)
    assert attach(environment) is False
    assert environment == named


def test_a_failure_is_explained_in_one_line():
    assert explained(ValueError("first\nsecond")) == "first"
    assert explained(ValueError()) == "ValueError"
