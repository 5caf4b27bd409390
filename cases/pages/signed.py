"""What pages behind a signed link share: the link is the key, looking stores nothing, every act is a POST that is done
once however often it arrives, and one link asks only so often.
"""

from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from config import presses, rates
from config.errors import Invalid


@method_decorator([csrf_exempt, never_cache], name="dispatch")
class SignedPage(View):
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Too large is refused before the body is read, as reading the token does."""
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal() or len(length) > 15 or int(length) > settings.API_UPLOAD_BYTES:
            return private(HttpResponse(status=413))
        # By its digest: what counts is not the place for keys.
        link = sha256(kwargs["signed"].encode()).hexdigest()
        if not rates.within(f"signed-rate:{link}", most=settings.SIGNED_REQUESTS_PER_MINUTE):
            return too_often(request)
        return csrf_protect(super().dispatch)(request, *args, **kwargs)


def act_once(request: HttpRequest, *, at: datetime, work: Callable[[], Any]) -> None:
    """`work` of a form with a field `press`; when that came before, nothing is done and nothing is wrong."""
    presses.once(request=request, token=presses.token_in(request), at=at, work=work)


def too_often(request: HttpRequest) -> HttpResponseBase:
    answer = private(render(request, "cases/client/too_often.html", status=429))
    answer["Retry-After"] = str(int(rates.wait()) + 1)
    return answer


def gone(request: HttpRequest) -> HttpResponseBase:
    return private(render(request, "cases/client/gone.html", status=404))


def private(answer: HttpResponseBase) -> HttpResponseBase:
    answer["X-Robots-Tag"] = "noindex, nofollow"
    # The link is the key, and no other site learns it. `no-referrer` would hide the origin of our own forms, too.
    answer["Referrer-Policy"] = "same-origin"
    return answer


def refuse_nul(request: HttpRequest) -> None:
    """No text of a database may hold it, and nobody can type it."""
    if any("\x00" in value for values in request.POST.lists() for value in values[1]):
        raise Invalid(_("Your text holds a character that can't be kept."), field="body", code="nul-character")
