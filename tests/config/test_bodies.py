"""Bodies that nobody reads: the connection is closed, and the answer says so."""

import io

import pytest

from config.bodies import Body, told_when_closing


def test_what_is_left_is_counted_and_nothing_behind_it_is_read():
    body = Body(io.BytesIO(b"one\ntwo, and the next request"), 7)
    assert [body.read(2), body.readline(), body.readline(2), body.left, body.read(), body.read(), body.left] == [
        b"on",
        b"e\n",
        b"tw",
        1,
        b"o",
        b"",
        0,
    ]


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

    list(told_when_closing(application)({"wsgi.input": io.BytesIO(b"half"), **sent}, lambda *told: said.append(told)))
    assert said == [("200 OK", [("X-Own", "1"), *([("Connection", "close")] if closes else [])])]
