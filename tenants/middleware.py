"""From where a request comes, for the audit, and what it showed, for the access log."""

from collections.abc import Callable
from contextlib import suppress
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from config.admin import actor_for
from config.db import client_address
from tenants.domain.access_log import Viewed, write_view

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class AccessLogMiddleware:
    """Writes after the answer is built and before it is sent: what can't be logged isn't shown."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        ip = address_of(request)
        address = client_address.set(ip or "")
        try:
            response = self.get_response(request)
            viewed: Viewed | None = getattr(request, "viewed", None)
            if viewed is not None and viewed.tenant_ids and response.status_code < 400:
                write_view(
                    viewed,
                    actor=viewed.actor or actor_for(request),
                    method=request.method or "",
                    path=request.path,
                    ip=ip,
                    at=timezone.now(),
                )
            return response
        finally:
            client_address.reset(address)


def address_of(request: HttpRequest) -> str | None:
    """The client's address; behind PROXY_COUNT proxies of ours, what the outermost of them saw."""
    seen = request.META.get("REMOTE_ADDR", "")
    if settings.PROXY_COUNT:
        told = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
        seen = told[-settings.PROXY_COUNT] if len(told) >= settings.PROXY_COUNT else seen
    with suppress(ValueError):  # a unix socket has no address, a client may send any text
        return str(ip_address(seen.partition("%")[0]))
    return None
