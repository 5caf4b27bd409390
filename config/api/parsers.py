"""What request bodies may be: JSON, and multipart where a view takes files."""

import codecs
from typing import Any, BinaryIO

from django.conf import settings
from django.http import UnreadablePostError
from rest_framework.exceptions import ParseError, UnsupportedMediaType
from rest_framework.parsers import BaseParser, MultiPartParser

from config.api.json_reader import read_json
from config.api.problems import LengthRequired, TooLarge, Unreadable


def declared_length(meta: dict[str, Any]) -> int:
    """Bytes the caller promised to send; 0 without a body. Raises LengthRequired for a body in chunks."""
    if "chunked" in meta.get("HTTP_TRANSFER_ENCODING", "").lower() and not meta.get("CONTENT_LENGTH"):
        raise LengthRequired
    raw = meta.get("CONTENT_LENGTH") or "0"
    if not (raw.isascii() and raw.isdigit() and len(raw) < 16):
        raise Unreadable("Content-Length is not a number.")
    return int(raw)


class StrictJSONParser(BaseParser):
    media_type = "application/json"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        request = parser_context["request"]
        charset = request.content_type and _charset(request.content_type)
        if charset and not _is_utf8(charset):
            raise UnsupportedMediaType(request.content_type, detail="JSON is UTF-8.")
        return read_json(read_body(request))


def read_body(request: Any) -> bytes:
    """The whole body. Raises TooLarge, Unreadable (cut short), LengthRequired."""
    length = declared_length(request.META)
    if length > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        raise TooLarge(f"A body may have {settings.DATA_UPLOAD_MAX_MEMORY_SIZE} bytes.")
    try:
        body: bytes = request._request.body
    except UnreadablePostError:
        raise Unreadable("The body ended early.") from None
    if len(body) != length:
        raise Unreadable("The body is shorter than its Content-Length.")
    return body


class WholeMultiPartParser(MultiPartParser):
    """Multipart that refuses a body cut short, where Django would take half a file for a whole one."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        request = parser_context["request"]
        length = declared_length(request.META)
        if length > settings.API_UPLOAD_BYTES:
            raise TooLarge(f"One upload may have {settings.API_UPLOAD_BYTES} bytes.")
        counted: Any = _Counted(stream)
        try:
            parsed = super().parse(counted, media_type, parser_context)
        except ParseError as exc:
            raise Unreadable(f"The body is not multipart: {exc.detail}") from None
        except UnreadablePostError:
            raise Unreadable("The body ended early.") from None
        while counted.read(64 * 1024):
            pass
        if counted.total != length:
            raise Unreadable("The body is shorter than its Content-Length.")
        return parsed


class _Counted:
    def __init__(self, stream: BinaryIO) -> None:
        self.stream, self.total = stream, 0

    def read(self, size: int = -1) -> bytes:
        chunk = self.stream.read(size)
        self.total += len(chunk)
        return chunk


def _charset(content_type: str) -> str:
    for part in content_type.split(";")[1:]:
        name, _, value = part.partition("=")
        if name.strip().lower() == "charset":
            return value.strip().strip('"')
    return ""


def _is_utf8(charset: str) -> bool:
    try:
        return codecs.lookup(charset).name == "utf-8"
    except (LookupError, ValueError):
        return False
