"""The admin's Content-Security-Policy: unfold's Alpine evaluates expressions and sets styles; nothing else may."""

from typing import Any

from csp.constants import SELF, UNSAFE_EVAL, UNSAFE_INLINE
from csp.middleware import CSPMiddleware, PolicyParts

ADMIN = {"script-src": [SELF, UNSAFE_EVAL], "style-src": [SELF, UNSAFE_INLINE]}


class DeskCSPMiddleware(CSPMiddleware):
    def get_policy_parts(self, request: Any, response: Any, report_only: bool = False) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        if not report_only and unfold_draws(request.path_info):
            parts.replace = ADMIN | (parts.replace or {})
        return parts


def unfold_draws(path: str) -> bool:
    """The desk's own pages and its door need none of it."""
    return path.startswith("/admin/") and not path.startswith(("/admin/desk/", "/admin/login/"))
