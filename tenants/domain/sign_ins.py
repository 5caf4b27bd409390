"""Who came in, who left, who tried: in the audit beside the changes."""

from config.db import client_address, request_id
from tenants.enums import AuditOp
from tenants.models import AuditEntry, User


def note(op: AuditOp, *, user: User | None, username: str = "") -> None:
    """A failed try keeps the name that was typed, cut to what a name may be."""
    AuditEntry.objects.create(
        actor="" if user is None else f"user:{user.pk}",
        request_id=request_id.get()[:100],
        ip=client_address.get() or None,
        table_name="tenants_user",
        row_id="" if user is None else str(user.pk),
        op=op,
        new={} if user is not None else {"username": username.replace("\x00", "")[:150]},
        old={},
    )
