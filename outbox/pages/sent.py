"""`Sent`: every message as its recipient got it, or would have where no mail leaves."""

from collections.abc import Callable
from typing import Any

from csp.decorators import csp
from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.generic import View
from django.views.generic.base import ContextMixin, TemplateResponseMixin

from config.admin import say_refusal
from config.errors import Absent, DomainError
from outbox.answers import Reply
from outbox.domain import reading
from outbox.hooks import answer_as_recipient, deliveries_of_tenants
from outbox.models import Delivery

# A mail brings its own styles and data images and nothing else: no script, no request that tells that it was read.
MAIL_POLICY = {
    "default-src": ["'none'"],
    "style-src": ["'unsafe-inline'"],
    "img-src": ["data:"],
    "frame-ancestors": ["'self'"],
    "sandbox": ["allow-popups", "allow-popups-to-escape-sandbox"],
}


class Search(forms.Form):
    q = forms.CharField(max_length=200, required=False)
    before = forms.IntegerField(min_value=1, max_value=2**63 - 1, required=False)
    dead = forms.BooleanField(required=False)


class AnswerForm(forms.Form):
    body = forms.CharField(max_length=10_000, label=_("Your answer"), widget=forms.Textarea(attrs={"rows": 4}))


class SentPage(TemplateResponseMixin, ContextMixin, View):
    """Base of the pages: nobody sees messages of tenants that are not theirs; without any, there is no page."""

    title: Any = _("Sent")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if self.tenant_ids is not None and not self.tenant_ids:
            raise PermissionDenied
        try:
            return super().dispatch(request, *args, **kwargs)
        except Absent as refusal:
            raise Http404(refusal.message) from refusal

    @cached_property
    def tenant_ids(self) -> frozenset[int] | None:
        tenant_ids: frozenset[int] | None = deliveries_of_tenants.ask_one(request=self.request)
        return tenant_ids

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        site = admin.site.each_context(self.request)
        return site | {"title": self.title, "page": self} | super().get_context_data(**kwargs)


class SentList(SentPage):
    template_name = "outbox/sent_list.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        asked = Search(request.GET)
        asked.is_valid()
        words, dead = asked.cleaned_data.get("q") or "", bool(asked.cleaned_data.get("dead"))
        rows, before = reading.messages(
            tenant_ids=self.tenant_ids, words=words, before=asked.cleaned_data.get("before"), dead=dead
        )
        slugs = reading.slugs([row.tenant_id for row in rows])
        return self.render_to_response(
            self.get_context_data(
                rows=[(row, slugs.get(row.tenant_id or 0, "")) for row in rows],
                words=words,
                before=before,
                dead=dead,
            )
        )


class SentMessage(SentPage):
    template_name = "outbox/sent_message.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._shown(AnswerForm())

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Answer in the recipient's stead."""
        form = AnswerForm(request.POST)
        if self.reply is None:
            raise PermissionDenied
        if not form.is_valid():
            return self._shown(form, status=422)
        try:
            result = self.reply.send(body=form.cleaned_data["body"], at=timezone.now())
        except DomainError as refusal:
            say_refusal(request, refusal)
            return self._shown(form, status=refusal.status)
        messages.success(request, str(_("Answered as %(to)s.")) % {"to": self.message.to})
        return HttpResponseRedirect(result)

    @cached_property
    def message(self) -> Delivery:
        return reading.message(pk=self.kwargs["pk"], tenant_ids=self.tenant_ids)

    @cached_property
    def reply(self) -> Reply | None:
        answers = answer_as_recipient.ask(delivery=self.message, request=self.request)
        return next((answer for answer in answers if answer is not None), None)

    def _shown(self, form: AnswerForm, status: int = 200) -> HttpResponse:
        context = self.get_context_data(
            message=self.message,
            tries=reading.tries(self.message),
            tenant=reading.slugs([self.message.tenant_id]).get(self.message.tenant_id or 0, ""),
            reply=self.reply,
            form=form,
        )
        return self.render_to_response(context, status=status)


class SentHtml(SentPage):
    """The HTML part alone, for a frame: shut in by its policy even when somebody opens it by itself."""

    @method_decorator(xframe_options_sameorigin)
    @method_decorator(csp(MAIL_POLICY))
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        message = reading.message(pk=pk, tenant_ids=self.tenant_ids)
        return HttpResponse(f'<!doctype html><base target="_blank">{message.html}')


def staff(page: type[View]) -> Callable[..., Any]:
    return admin.site.admin_view(page.as_view())
