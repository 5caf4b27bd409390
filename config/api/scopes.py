"""What a token may be used for: one scope an operation, named by the view."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from config.errors import Forbidden

ALL = (
    "cases:read",
    "cases:write",
    "incidents:read",
    "incidents:write",
    "sla:read",
    "sla:write",
    "telemetry:write",
    "reports:read",
    "admin",
)


class HasScope(BasePermission):
    """Raises NotAuthenticated (401) without a token and Forbidden (403, `out-of-scope`) beyond its scopes.

    The view says which: `scopes = {"list": "cases:read", …}` by action, or by HTTP method in lower case. An
    operation without an entry is nobody's: a forgotten line must not open a door.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        if request.auth is None:
            return False
        method = (request.method or "").lower()
        if method == "options" or not hasattr(view, method):
            return True  # answered with 405
        needed = scope_of(view, method)
        if needed is None:
            raise Forbidden("Nobody may do this.", code="out-of-scope")
        token: Any = request.auth
        if needed not in token.scopes:
            raise Forbidden(f"This needs a token with the scope {needed}.", code="out-of-scope", scope=needed)
        return True


def scope_of(view: Any, method: str) -> str | None:
    """The scope an operation needs; None when the view names none."""
    scopes: dict[str, str] = view.scopes
    action = getattr(view, "action", None)
    return scopes.get(action or "") or scopes.get(method)
