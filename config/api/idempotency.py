"""`Idempotency-Key`: the same request twice does its work once and is answered the same.

Everything happens in one transaction: an advisory lock that is tried and never waited for (409 while the first is
still running), the look for a kept answer, the work, the keeping. If the work is undone, so is the keeping.
Answers 401, 403, 429 and 5xx are not kept: the same request may fare better later.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.http import HttpResponse, HttpResponseBase
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from config.api.parsers import read_body
from config.errors import Invalid, Refused
from config.fingerprints import fingerprint_of
from config.models import IdempotencyRecord

KEPT_HEADERS = ("ETag", "Location", "Retry-After")
NOT_KEPT = frozenset({401, 403, 429})
REPLAYED = "Idempotent-Replay"


def idempotency_key(request: Request) -> str | None:
    """The caller's key; None without one. Raises Invalid."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not (1 <= len(key) <= 255 and key.isascii() and key.isprintable()):
        raise Invalid("1 to 255 printable ASCII characters.", field="Idempotency-Key", code="bad-key")
    return key


def once(*, request: Request, key: str, at: datetime, work: Callable[[], Response]) -> HttpResponseBase:
    """The answer of `work`, or the one it gave to the same key before.

    `work` answers its own refusals (as a Response) and leaves nothing behind when it does; what it raises undoes all.
    """
    fingerprint = _fingerprint(request)
    token_id, path = request.auth.pk, request.path
    with transaction.atomic():
        if not _lock(f"{token_id}:{path}:{key}"):
            raise Refused(
                "A request with this Idempotency-Key is still running. Ask again in a moment.", code="still-running"
            )
        kept = IdempotencyRecord.objects.filter(token_id=token_id, path=path, key=key).first()
        if kept is not None and kept.created_at > at - settings.IDEMPOTENCY_KEPT:
            if kept.fingerprint != fingerprint:
                raise Invalid("This Idempotency-Key was used with another body.", code="key-reused")
            return _replay(kept)
        if kept is not None:
            kept.delete()
        response = work()
        if response.status_code < 500 and response.status_code not in NOT_KEPT:
            IdempotencyRecord.objects.create(
                token_id=token_id,
                path=path,
                key=key,
                fingerprint=fingerprint,
                status=response.status_code,
                headers=_headers(response),
                body=b"" if response.data is None else JSONRenderer().render(response.data),
                created_at=at,
            )
        return response


def sweep_kept_answers(*, at: datetime) -> int:
    """Forgets answers older than IDEMPOTENCY_KEPT; returns how many. Safe to repeat."""
    return IdempotencyRecord.objects.filter(created_at__lte=at - settings.IDEMPOTENCY_KEPT).delete()[0]


def _lock(name: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [name])
        return bool(cursor.fetchone()[0])


def _fingerprint(request: Request) -> str:
    if not (request.content_type or "").startswith("multipart/"):
        return hashlib.sha256(read_body(request)).hexdigest()
    # The boundary differs from try to try, so the parts are compared, not the bytes.
    parts: Any = request.data
    fields = {name: values for name, values in parts.lists() if name not in request.FILES}
    return fingerprint_of(fields, request.FILES.lists())


def _headers(response: Response) -> dict[str, str]:
    kept = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
    return kept | {"Content-Type": response.content_type or "application/json"}  # set only when it is rendered


def _replay(kept: IdempotencyRecord) -> HttpResponse:
    return HttpResponse(bytes(kept.body), status=kept.status, headers={**kept.headers, REPLAYED: "true"})
