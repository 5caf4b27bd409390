"""The part after the question mark, refused early when no filter could make sense of it."""

from urllib.parse import unquote_to_bytes

from django.http import HttpRequest

from config.errors import Invalid

MAX_BYTES = 8192
MAX_VALUE = 1024


def check_query_string(request: HttpRequest) -> None:
    """Raises Invalid (422) for what is not UTF-8, holds NUL, is too long, or names one parameter twice."""
    raw = request.META.get("QUERY_STRING", "")
    if len(raw) > MAX_BYTES:
        raise Invalid(f"A query string may have {MAX_BYTES} bytes.", code="query-too-long")
    try:
        unquote_to_bytes(raw.replace("+", " ")).decode("utf-8")
    except UnicodeDecodeError:
        raise Invalid("The query string is not UTF-8.", code="query-not-utf8") from None
    for name, values in request.GET.lists():
        field = name[:50].replace("\x00", "�")
        if "\x00" in name or any("\x00" in value for value in values):
            raise Invalid("NUL characters are not allowed.", field=field, code="nul-character")
        if any(len(value) > MAX_VALUE for value in values):
            raise Invalid(f"A value may have {MAX_VALUE} characters.", field=field, code="too-long")
        if len(values) > 1:
            raise Invalid("Give this once; separate several values by commas.", field=field, code="repeated")
