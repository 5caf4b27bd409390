"""Refusals that a caller can expect. Everything else is a bug and rises.

Each carries a stable `code` for programs, a sentence fit for the person who reads it, and the HTTP status that
every face gives it. `extra` holds further members of the answer (`allowed`, `errors`), plain JSON values.
"""

from typing import Any, ClassVar

from django.utils.translation import gettext as _


class DomainError(Exception):
    status: ClassVar[int] = 409
    default_code: ClassVar[str] = "refused"

    def __init__(self, message: str, *, code: str | None = None, **extra: Any) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.extra = extra


class Refused(DomainError):
    """The rules say no to this, now: 409."""


class TransitionRefused(Refused):
    """A move that the lifecycle does not allow; `allowed` lists the moves that would be."""

    default_code = "transition-refused"

    def __init__(self, message: str, *, allowed: list[str]) -> None:
        super().__init__(message, allowed=allowed)


class TooOften(Refused):
    """It may be asked again later: 429."""

    status = 429
    default_code = "too-often"


class Forbidden(DomainError):
    """The caller has no right to this: 403."""

    status = 403
    default_code = "forbidden"


class Absent(DomainError):
    """Not there, or not in the caller's tenants; the answer never says which: 404."""

    status = 404
    default_code = "not-found"


class Stale(DomainError):
    """Somebody was faster: 412."""

    status = 412
    default_code = "stale"


class Invalid(DomainError):
    """Readable but wrong: 422. `errors` is `[{"field", "code", "message"}]`."""

    status = 422
    default_code = "invalid"

    def __init__(self, message: str, *, field: str | None = None, code: str | None = None, errors: Any = None) -> None:
        if errors is None and field is not None:
            errors = [{"field": field, "code": code or "invalid", "message": message}]
        super().__init__(message, code="invalid" if field or errors else code, errors=errors or [])


class Unknown(Invalid):
    """A body or filter names a row that is not there, or not in the caller's tenants; the answer never says which:
    422, `does-not-exist` on the field. The row that the address itself names is Absent instead.
    """

    def __init__(self, what: str, *, field: str) -> None:
        super().__init__(
            _("There is no such %(what)s here, or not for you.") % {"what": what}, field=field, code="does-not-exist"
        )
