"""A press of a button: what it asks for is done once, however often the same form arrives.

An answer may be lost on its way, and whoever pressed presses again. What was done is kept where the API keeps what it
answered (`config/api/idempotency.py`), and as long: by the person (behind a signed link the address alone says who),
the address, the form's token and all that stood in it. Whoever goes back to a form and writes something else into it
has pressed anew.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest

from config.fingerprints import fingerprint_of
from config.models import IdempotencyRecord

FIELD = "press"
UNTOLD = 204  # nothing is kept of the answer: a page says what it says anew


def token_in(request: HttpRequest) -> UUID | None:
    """For forms that have no field of their own for it."""
    try:
        return UUID(request.POST.get(FIELD, ""))
    except ValueError:
        return None


def once(*, request: HttpRequest, token: UUID | None, at: datetime, work: Callable[[], Any]) -> bool:
    """False: it was done before, and nothing is done now. Two at once wait for each other; what `work` raises undoes
    the keeping as well. Without a token it is simply done.
    """
    if token is None:
        work()
        return True
    fields = {name: values for name, values in request.POST.lists() if name != "csrfmiddlewaretoken"}
    print_of_form = fingerprint_of(fields, request.FILES.lists())
    with transaction.atomic():
        _kept, new = IdempotencyRecord.objects.get_or_create(
            token_id=request.user.pk or 0,
            path=request.path,
            key=f"{token}:{print_of_form}",
            defaults={"fingerprint": print_of_form, "status": UNTOLD, "body": b"", "created_at": at},
        )
        if new:
            work()
    return new
