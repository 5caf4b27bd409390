"""The Content-Security-Policy: our own pages run our scripts and styles alone, from files. Unfold's Alpine evaluates
expressions and sets style attributes; its pages may do that and no more.
"""

from typing import Any

from csp.constants import SELF, UNSAFE_EVAL, UNSAFE_INLINE
from csp.middleware import CSPMiddleware, PolicyParts
from django.templatetags.static import static

UNFOLD = {"script-src": [SELF, UNSAFE_EVAL], "style-src-attr": [UNSAFE_INLINE]}


class DeskCSPMiddleware(CSPMiddleware):
    def get_policy_parts(self, request: Any, response: Any, report_only: bool = False) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        if not report_only and request.path_info.startswith("/admin/") and unfold_draws(response):
            parts.replace = UNFOLD | (parts.replace or {})
        return parts


def unfold_draws(response: Any) -> bool:
    """The page itself says so. A tag can't come in with somebody's text, which is escaped."""
    tag = f'<script src="{static("unfold/js/alpine/alpine.js")}"'
    return not response.streaming and tag.encode() in response.content
