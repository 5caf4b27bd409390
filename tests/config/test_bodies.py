"""Bodies that stop in the middle, and bodies that nobody reads."""

import io
import os

import pytest

from config.bodies import PIECE, Body, whole_bodies


@pytest.fixture
def pipe():
    """What a connection is to its reader: a read waits until something comes or the sender has gone."""
    read_end, write_end = os.pipe()
    with os.fdopen(read_end, "rb") as reader, os.fdopen(write_end, "wb", buffering=0) as writer:
        yield reader, writer


def test_a_whole_body_is_read_piece_by_piece():
    sent = os.urandom(3 * PIECE + 7)
    body = Body(io.BytesIO(sent + b"the next request"), len(sent))
    assert (body.read(5), body.read(2 * PIECE), body.read(), body.read(), body.left) == (
        sent[:5],
        sent[5 : 5 + 2 * PIECE],
        sent[5 + 2 * PIECE :],
        b"",
        0,
    )


def test_lines_end_where_the_body_does():
    body = Body(io.BytesIO(b"one\ntwo three"), 7)
    assert [body.readline(), body.readline(2), body.readline(), body.readline()] == [b"one\n", b"tw", b"o", b""]


def test_who_stops_in_the_middle_is_not_waited_for(pipe):
    reader, writer = pipe
    writer.write(b"half")
    body = Body(reader, 10, patience=0.05)
    with pytest.raises(TimeoutError, match="No 10 bytes of the body came within"):
        body.read()
    body.patience = 60
    with pytest.raises(TimeoutError, match="stopped coming"):
        body.read()
    writer.close()  # the connection is closed, and the reading thread ends


def test_who_leaves_in_the_middle_has_sent_what_came(pipe):
    reader, writer = pipe
    writer.write(b"half")
    writer.close()
    body = Body(reader, 10)
    assert (body.read(), body.left) == (b"half", 6)


def test_what_the_stream_says_is_heard():
    class Broken:
        def read(self, size):
            raise ConnectionResetError("gone")

    with pytest.raises(ConnectionResetError, match="gone"):
        Body(Broken(), 3).read()


@pytest.mark.parametrize(
    ("sent", "reads", "closes"),
    [
        ({"CONTENT_LENGTH": "4"}, True, False),
        ({"CONTENT_LENGTH": "4"}, False, True),
        ({"CONTENT_LENGTH": "9"}, True, True),  # cut short
        ({}, False, False),
        ({"CONTENT_LENGTH": ""}, False, False),
        ({"CONTENT_LENGTH": "nonsense"}, False, False),
        ({"HTTP_TRANSFER_ENCODING": "chunked"}, False, True),
    ],
)
def test_a_connection_is_kept_only_when_its_body_was_read(sent, reads, closes):
    said = []

    def application(environ, start_response):
        if reads:
            environ["wsgi.input"].read()
        start_response("200 OK", [("X-Own", "1")])
        return [b""]

    list(whole_bodies(application)({"wsgi.input": io.BytesIO(b"half"), **sent}, lambda *told: said.append(told)))
    assert said == [("200 OK", [("X-Own", "1"), *([("Connection", "close")] if closes else [])])]
