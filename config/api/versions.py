"""`ETag` and `If-Match`: the version that every door raises, as HTTP says it."""

import re

from rest_framework.request import Request

NEVER = -1
_TAG = re.compile(r'(?:W/)?"([0-9]{1,18})"')


def etag(version: int) -> str:
    return f'"{version}"'


def expected_version(request: Request) -> int | None:
    """The version the caller has read; None when it did not say.

    A tag that no object of ours ever had becomes NEVER, which no version equals, so that the door answers 412.
    A weak tag counts: proxies that compress make ours weak, and the number means the same.
    """
    raw = request.headers.get("If-Match")
    if raw is None or raw.strip() == "*":
        return None
    match = _TAG.fullmatch(raw.strip())
    return int(match[1]) if match else NEVER
