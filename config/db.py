"""One transaction a change, and who makes it.

`unit_of_work` opens the transaction that every domain door works in and tells the database who acts, so that the
audit triggers can say so. It nests: an inner door joins the outer transaction under the inner actor's name.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import connection, transaction

request_id: ContextVar[str] = ContextVar("request_id", default="")
client_address: ContextVar[str] = ContextVar("client_address", default="")  # empty: not known, or no request


@contextmanager
def unit_of_work(actor: str) -> Iterator[None]:
    """A transaction in which `actor` (`user:7`, `system`, `customer:12`) is the author of every change."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "select set_config('app.actor', %s, true), set_config('app.request', %s, true),"
                " set_config('app.ip', %s, true)",
                [actor, request_id.get(), client_address.get()],
            )
        yield
