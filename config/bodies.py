"""No connection is kept whose request was answered before its body was read.

The web server closes such a connection, but does not say so: a caller's next request on it would be lost unanswered.
"""

from collections.abc import Callable, Iterable
from typing import Any


class Body:
    """`wsgi.input`, which knows how many of its `length` bytes nobody has read."""

    def __init__(self, stream: Any, length: int) -> None:
        self.stream, self.left = stream, length

    def read(self, size: int = -1) -> bytes:
        return self._counted(self.stream.read, size)

    def readline(self, size: int = -1) -> bytes:
        return self._counted(self.stream.readline, size)

    def _counted(self, read: Callable[[int], bytes], size: int) -> bytes:
        got = read(self.left if size is None or size < 0 else min(size, self.left))
        self.left -= len(got)
        return got


def told_when_closing(application: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    """`application`, whose answers say that their connection ends when there was more to read on it."""

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
