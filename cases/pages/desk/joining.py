"""Joining a case with another one of its client: looked for, shown beside it, then done. Three plain requests."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from cases.domain import linking, merging
from cases.domain.desk import joining
from cases.domain.desk.joining import Side
from cases.models import Case
from cases.pages.desk.case import OfCase
from cases.pages.desk.clock_face import faces_of
from cases.pages.desk.forms import JoinForm
from config import presses
from config.admin import blame
from config.errors import Absent, DomainError, Forbidden, Stale
from tenants.domain.access_log import note_view
from tenants.enums import Right


class JoinPage(OfCase):
    """`other`: the one that was picked; `q`: words to look for one by."""

    right = Right.WORK_CASES
    template_name = "cases/desk/join.html"
    http_method_names = ["get", "post"]
    label: Any
    open_only = False

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        asked = JoinForm({"other": request.GET.get("other")}, case=self.case, page=self)
        if "other" not in request.GET or not asked.is_valid():
            return self.show(None)
        try:
            other = joining.other_of(self.case, asked.cleaned_data["other"], actor=self.actor)
        except Absent as refusal:
            return self.show(None, nothing=refusal.message, status=404)
        first = {"other": other.pk, "version": self.case.version, "token": uuid4()}
        return self.show(JoinForm(initial=first, case=self.case, page=self), other=other)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        form = JoinForm(request.POST, case=self.case, page=self)
        if not form.is_valid():
            return self.show(None, nothing=_("Choose the other case."), status=422)
        other = joining.other_of(self.case, form.cleaned_data["other"], actor=self.actor)
        try:
            presses.once(
                request=request,
                token=form.cleaned_data["token"],
                at=self.at,
                work=partial(self.join, other, form.cleaned_data),
            )
        except (Absent, Forbidden):
            raise
        except DomainError as refusal:
            blame(form, refusal)
            if isinstance(refusal, Stale):  # who has read it again may press the same again
                form.data = request.POST.copy()
                form.data["version"] = str(Case.objects.values_list("version", flat=True).get(pk=pk))
            return self.show(form, other=other, status=refusal.status)
        return HttpResponseRedirect(reverse("desk:case", args=[self.goes_to(other)]))

    def show(
        self, form: JoinForm | None, *, other: Case | None = None, nothing: str = "", status: int = 200
    ) -> HttpResponse:
        words = self.request.GET.get("q", "").strip()[:200]
        found, shown = [], []
        if other is None:
            found = joining.others(self.case, words=words, open_only=self.open_only, actor=self.actor)
        else:
            shown = joining.sides([self.case, other], at=self.at)
        note_view(self.request, [self.case.tenant_id], 1 + len(found) + bool(other))
        context = self.get_context_data(
            title=f"{self.label} · {self.case.reference}",
            case=self.case,
            other=other,
            form=form,
            words=words,
            found=found,
            nothing=nothing,
            why_not="" if form is not None and form.is_bound else self.why_not(),
            sides=[(side, faces_of(side.running, at=self.at)) for side in shown],
            effects=self.effects(*shown) if shown else [],
        )
        return self.render_to_response(context, status=status)

    # What the two ways of joining differ in.
    def why_not(self) -> str:
        return ""

    def join(self, other: Case, data: dict[str, Any]) -> None:
        raise NotImplementedError

    def goes_to(self, other: Case) -> int:
        raise NotImplementedError

    def effects(self, mine: Side, theirs: Side) -> list[str]:
        raise NotImplementedError


class MergePage(JoinPage):
    label = gettext_lazy("Merge into another case")
    open_only = True

    def why_not(self) -> str:
        return merging.why_not(self.case)

    def join(self, other: Case, data: dict[str, Any]) -> None:
        merging.merge(
            case_id=self.case.pk,
            into=other.pk,
            reason=data["reason"],
            by=self.actor,
            at=self.at,
            expected_version=data["version"],
        )
        messages.success(
            self.request,
            _("{gone} is merged into this case. It can be taken back for a day.").format(gone=self.case.reference),
        )

    def goes_to(self, other: Case) -> int:
        return other.pk

    def effects(self, mine: Side, theirs: Side) -> list[str]:
        gone, root = mine.case, theirs.case
        count = len(mine.running)
        told = [
            _("{gone} closes as merged and counts in no figure.").format(gone=gone.reference),
            _("All that was said on it is read on {root}, and what is written to it lands there.").format(
                root=root.reference
            ),
        ]
        if count:
            ended = ngettext(
                "{n} running clock of {gone} ends as moved: neither kept nor missed.",
                "{n} running clocks of {gone} end as moved: neither kept nor missed.",
                count,
            )
            told.insert(1, ended.format(n=count, gone=gone.reference))
        if gone.customer_waiting_since is not None:
            since = date_format(localtime(gone.customer_waiting_since), _("j M H:i"))
            told.append(
                _("The client's word of {since}, not answered yet, is owed an answer on {root}.").format(
                    since=since, root=root.reference
                )
            )
        if gone.requester_id != root.requester_id:
            words = _("{asked} is told by mail that it goes on as {root}; {other} does not read what they wrote.")
            told.append(words.format(asked=gone.requester.name, root=root.reference, other=root.requester.name))
        return [*told, _("It can be taken back for a day.")]


class RelatePage(JoinPage):
    label = gettext_lazy("Link a related case")

    def join(self, other: Case, data: dict[str, Any]) -> None:
        linking.relate(
            case_id=self.case.pk, other_id=other.pk, by=self.actor, at=self.at, expected_version=data["version"]
        )
        messages.success(self.request, _("Linked: each of the two says so."))

    def goes_to(self, other: Case) -> int:
        return self.case.pk

    def effects(self, mine: Side, theirs: Side) -> list[str]:
        return [_("Each of the two shows the other. Nothing else changes; the link can be removed.")]
