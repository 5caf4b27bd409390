"""The body of a request as the web server hands it over: nobody waits for it for ever, and none is left half read.

A thread that reads a body waits as long as its sender likes, so that a few senders who stop in the middle would hold
every thread of the desk. A body that was answered unread would be taken for the next request on its connection.
"""

import threading
from collections.abc import Callable, Iterable
from typing import Any

PIECE = 64 * 1024  # bytes
PATIENCE = 5.0  # seconds for each piece; who is slower than that holds a thread that others need


class Body:
    """`wsgi.input` of at most `length` bytes. Raises TimeoutError: an OSError, as Django expects of a stream."""

    def __init__(self, stream: Any, length: int, patience: float = PATIENCE) -> None:
        self.stream, self.left, self.patience, self.stalled = stream, length, patience, False

    def read(self, size: int = -1) -> bytes:
        wanted = self.left if size is None or size < 0 else min(size, self.left)
        pieces: list[bytes] = []
        while wanted > 0:
            piece = self._in_time(self.stream.read, min(wanted, PIECE))
            if not piece:
                break
            wanted -= len(piece)
            pieces.append(piece)
        return b"".join(pieces)

    def readline(self, size: int = -1) -> bytes:
        wanted = self.left if size is None or size < 0 else min(size, self.left)
        return self._in_time(self.stream.readline, wanted) if wanted else b""

    def _in_time(self, read: Callable[[int], bytes], size: int) -> bytes:
        if self.stalled:  # whoever asks again (a form, then the page that tells of its error) waits no second time
            raise TimeoutError("The body stopped coming")
        outcome: list[bytes | BaseException] = []

        def fetch() -> None:
            try:
                outcome.append(read(size))
            except BaseException as error:  # noqa: BLE001  raised below, where somebody hears of it
                outcome.append(error)

        # A thread of its own, as a read can't be given up. It ends with the connection, closed after the answer.
        reader = threading.Thread(target=fetch, name="body", daemon=True)
        reader.start()
        reader.join(self.patience)
        if not outcome:
            self.stalled = True
            raise TimeoutError(f"No {size} bytes of the body came within {self.patience:g} s")
        if isinstance(outcome[0], BaseException):
            raise outcome[0]
        self.left -= len(outcome[0])
        return outcome[0]


def whole_bodies(application: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    """`application` with such bodies; a connection whose body was not read to its end is closed after the answer."""

    def door(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        body = Body(environ["wsgi.input"], length_of(environ))
        in_chunks = "HTTP_TRANSFER_ENCODING" in environ  # has no length, and no view reads it

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            closing = [("Connection", "close")] if body.left or in_chunks else []
            return start_response(status, [*headers, *closing], *rest)

        return application({**environ, "wsgi.input": body}, start)

    return door


def length_of(environ: dict[str, Any]) -> int:
    raw = environ.get("CONTENT_LENGTH") or "0"
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 16 else 0
