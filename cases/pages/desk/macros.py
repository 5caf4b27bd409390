"""A macro into the composer: its text to edit, and what it would be sent as. Nothing is sent or written here."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from cases.domain import macros
from cases.domain.macros import Taken
from cases.pages.desk.case import CasePage
from cases.pages.desk.forms import SayForm
from config.casing import lowered
from config.numbers import row_number
from tenants.enums import Right


class MacroPage(CasePage):
    """Asked by our script, the text as JSON; else the whole page, with the text in its box behind what stood there."""

    right = Right.WORK_CASES

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        number = row_number(request.GET.get("macro"))
        if number is None:
            raise Http404
        taken = self.taken(number)
        if "X-Desk-Sheet" in request.headers:
            return JsonResponse(in_words(taken))
        return self.filled(taken, body="")

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        tab = "note" if request.POST.get("tab") == "note" else "reply"
        form = SayForm(request.POST, case=self.case, page=self, prefix=tab)
        form.is_valid()  # an empty box is no error here; of a pick that is no number nothing is left
        picked = form.cleaned_data.get("pick")
        if picked is None:
            form = SayForm(initial={"body": request.POST.get(f"{tab}-body", "")}, case=self.case, page=self, prefix=tab)
            return self.show(said=form)
        return self.filled(self.taken(picked), body=form.cleaned_data.get("body", ""))

    def taken(self, macro_id: int) -> Taken:
        return macros.take(self.case, macro_id=macro_id, by=self.actor, at=self.at)

    def filled(self, taken: Taken, *, body: str) -> HttpResponse:
        """`body`: what was written before; it stays."""
        initial: dict[str, Any] = {
            "body": f"{body}\n\n{taken.text}" if body else taken.text,
            "macro": taken.macro.pk,
            "preset": taken.macro.send_as,
        }
        tab = "reply" if taken.macro.public else "note"
        form = SayForm(initial=initial, case=self.case, page=self, prefix=tab)
        return self.show(said=form, taken=in_words(taken))


def in_words(taken: Taken) -> dict[str, Any]:
    """What the composer is told: the text, the macro and what to send as, and one line of what it does besides."""
    macro = taken.macro
    does = [_("macro “{name}”").format(name=macro.name)]
    if macro.send_as:
        does.append(_("sent as {status}").format(status=lowered(macro.get_send_as_display())))
    if macro.validated:
        does.append(_("checked: {how}").format(how=macro.validated))
    if macro.sets_category is not None:
        does.append(_("category {name}").format(name=macro.sets_category))
    if macro.sets_tags:
        does.append(_("tags {names}").format(names=", ".join(macro.sets_tags)))
    if taken.unknown:
        does.append(_("check what is unknown: {names}").format(names=", ".join(taken.unknown)))
    return {
        "macro": macro.pk,
        "tab": "reply" if macro.public else "note",
        "text": taken.text,
        "preset": macro.send_as,
        "does": " · ".join(does),
        "warns": bool(taken.unknown),
    }
