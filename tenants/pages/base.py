"""What every desk page begins with: who reads, at what moment; and how a refusal is answered."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.functional import cached_property
from django.views.generic import View
from django.views.generic.base import ContextMixin, TemplateResponseMixin

from config.admin import actor_for, user_may
from config.errors import Absent, Forbidden
from tenants.domain.actors import Actor
from tenants.enums import Right


class DeskPage(TemplateResponseMixin, ContextMixin, View):
    right: Right | None = Right.SEE_CASES  # None: the page's own reading asks
    title: Any = ""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if self.right is not None and not user_may(request, self.right):
            raise PermissionDenied
        try:
            return super().dispatch(request, *args, **kwargs)
        except Absent as refusal:
            raise Http404(refusal.message) from refusal
        except Forbidden as refusal:
            raise PermissionDenied(refusal.message) from refusal

    @cached_property
    def actor(self) -> Actor:
        return actor_for(self.request)

    @cached_property
    def at(self) -> datetime:
        return timezone.now()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        site = admin.site.each_context(self.request)
        return site | {"title": self.title, "now": self.at, "page": self} | super().get_context_data(**kwargs)
