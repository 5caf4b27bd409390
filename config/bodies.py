"""A request's body before anybody works on it: small ones have arrived whole, large ones are known when left unread.

A caller that stops in the middle of a small body holds a thread of the web server, and nothing else: no connection to
the database, no lock. The server closes a connection whose body nobody read, but does not say so: a caller's next
request on it would be lost unanswered.
"""

from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any

from django.conf import settings


class Arrived(BytesIO):
    """All of a body."""

    left = 0


class Torn:
    """A body that never came whole: reading it is the error that Django knows as an unreadable post."""

    def __init__(self, left: int) -> None:
        self.left = left

    def read(self, _size: int = -1) -> bytes:
        raise OSError("the body was cut short")

    readline = read


class Coming:
    """A large body, still on its way: how many of its bytes nobody has read."""

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


def body_of(environ: dict[str, Any]) -> Arrived | Torn | Coming:
    stream, length = environ["wsgi.input"], length_of(environ)
    if length > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        return Coming(stream, length)
    try:
        whole = stream.read(length) if length else b""
    except OSError:
        return Torn(length)
    return Arrived(whole) if len(whole) == length else Torn(length - len(whole))


def bodies_first(application: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    """`application`, behind the bodies of its requests; an answer says when its connection ends."""

    def door(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        body = body_of(environ)
        in_chunks = "HTTP_TRANSFER_ENCODING" in environ  # has no length, and no view reads it

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            closing = [("Connection", "close")] if body.left or in_chunks else []
            return start_response(status, [*headers, *closing], *rest)

        return application({**environ, "wsgi.input": body}, start)

    return door


def length_of(environ: dict[str, Any]) -> int:
    raw = environ.get("CONTENT_LENGTH") or "0"
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 16 else 0
