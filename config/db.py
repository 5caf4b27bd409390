"""One transaction a change, and who makes it.

`unit_of_work` opens the transaction that every domain door works in and tells the database who acts, so that the
audit triggers can say so. It nests: an inner door joins the outer transaction under the inner actor's name, and what
the outer one changes afterwards is its own actor's again.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import connection, transaction

request_id: ContextVar[str] = ContextVar("request_id", default="")
client_address: ContextVar[str] = ContextVar("client_address", default="")  # empty: not known, or no request


_acting: ContextVar[str] = ContextVar("acting", default="")


@contextmanager
def unit_of_work(actor: str) -> Iterator[None]:
    """A transaction in which `actor` (`user:7`, `system`, `customer:12`) is the author of every change."""
    nested = connection.in_atomic_block
    before = _acting.get() if nested else ""
    token = _acting.set(actor)
    try:
        with transaction.atomic():
            if actor != before:
                _name(actor)
            yield
            if before and actor != before:
                _name(before)
    finally:
        _acting.reset(token)


def _name(actor: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "select set_config('app.actor', %s, true), set_config('app.request', %s, true),"
            " set_config('app.ip', %s, true)",
            [actor, request_id.get(), client_address.get()],
        )
