"""Small bodies have arrived before the work begins; a connection is kept when nothing is left on it."""

import io

import pytest

from config.bodies import Coming, bodies_first

LARGE = 3 * 1024 * 1024


def test_what_is_left_is_counted_and_nothing_behind_it_is_read():
    body = Coming(io.BytesIO(b"one\ntwo, and the next request"), 7)
    assert [body.read(2), body.readline(), body.readline(2), body.left, body.read(), body.read(), body.left] == [
        b"on",
        b"e\n",
        b"tw",
        1,
        b"o",
        b"",
        0,
    ]


def answer(environ, *, reads):
    """What the application read, and the headers of its answer."""
    read, said = [], []

    def application(environ, start_response):
        if reads:
            read.append(environ["wsgi.input"].read())
        start_response("200 OK", [("X-Own", "1")])
        return [b""]

    list(bodies_first(application)(environ, lambda *told: said.append(told)))
    return read, said


@pytest.mark.parametrize(
    ("sent", "reads", "closes"),
    [
        ({"CONTENT_LENGTH": "4"}, True, False),
        ({"CONTENT_LENGTH": "4"}, False, False),  # it has arrived, read or not
        ({"CONTENT_LENGTH": str(LARGE)}, False, True),
        ({"CONTENT_LENGTH": str(LARGE)}, True, True),  # cut short
        ({}, False, False),
        ({"CONTENT_LENGTH": ""}, False, False),
        ({"CONTENT_LENGTH": "nonsense"}, False, False),
        ({"HTTP_TRANSFER_ENCODING": "chunked"}, False, True),
    ],
)
def test_a_connection_is_kept_only_when_nothing_is_left_on_it(sent, reads, closes):
    _, said = answer({"wsgi.input": io.BytesIO(b"half"), **sent}, reads=reads)
    assert said == [("200 OK", [("X-Own", "1"), *([("Connection", "close")] if closes else [])])]


def test_a_small_body_ends_where_it_ends():
    read, _ = answer({"wsgi.input": io.BytesIO(b"halfGET / HTTP/1.1"), "CONTENT_LENGTH": "4"}, reads=True)
    assert read == [b"half"]


def test_half_a_small_body_can_not_be_read_as_a_whole_one():
    with pytest.raises(OSError, match="cut short"):
        answer({"wsgi.input": io.BytesIO(b"half"), "CONTENT_LENGTH": "9"}, reads=True)


class HungUp:
    def read(self, size):
        raise OSError("reset by peer")


def test_a_caller_that_hung_up_is_no_fault_before_somebody_reads():
    sent = {"wsgi.input": HungUp(), "CONTENT_LENGTH": "9"}
    assert answer(sent, reads=False) == ([], [("200 OK", [("X-Own", "1"), ("Connection", "close")])])
