"""The case page: all of one case on a screen, and each thing that can be done to it as a small form."""

from functools import partial
from typing import Any
from uuid import UUID, uuid4

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.translation import gettext as _

from cases.domain import (
    answering,
    merging,
    reading,
    resolution,
    sending,
    splitting,
    taking_back,
    talking,
    ties,
)
from cases.domain.desk import known_issues, workspace
from cases.domain.promised_times import PromisesATime
from cases.enums import ComposerTab, InteractionKind, MacroSends, Move, Status
from cases.models import Attachment, Case
from cases.pages.desk import timeline, undo
from cases.pages.desk.action import Action
from cases.pages.desk.actions import ACTIONS, buttons
from cases.pages.desk.base import DeskPage
from cases.pages.desk.clock_face import faces_of
from cases.pages.desk.forms import CaseForm, SayForm, SpokenForm
from cases.pages.desk.radius import drawing
from cases.pages.desk.side_talks_card import asides_of
from cases.pages.desk.taking_part import taking_part
from cases.pages.desk.trail import Trail, trail_of
from config import presses
from config.admin import blame
from config.errors import Absent, DomainError, Forbidden, Stale
from incidents.models import Incident
from tenants.domain.access_log import note_view
from tenants.enums import Right
from tenants.models import User

SUGGESTED = 5  # macros on the right, each under its number
SIDE = (
    *("assign", "priority", "tier", "edit", "escalate", "link", "unlink", "declare", "attach", "split"),
    *("snooze", "wake"),
    *("fields", "steps", "time"),
)
LEAVES_IT = (Move.WAIT, Move.RESOLVE, Move.CLOSE, Move.CONFIRM)  # we have nothing to do on it for now


class OfCase(DeskPage):
    """A page about the case that the address names."""

    @cached_property
    def case(self) -> Case:
        return reading.case_header(case_id=self.kwargs["pk"], actor=self.actor)

    @cached_property
    def trail(self) -> Trail:
        return trail_of(self.request)

    def url(self) -> str:
        return reverse("desk:case", args=[self.case.pk]) + self.trail.query

    def onward(self, *, done: bool, said: str, token: UUID | None = None) -> str:
        """Where one goes after an act. A case that is done with for now is left for the next of its list, where one
        came out of a list. `token`: of a press that can be taken back for a moment.
        """
        left = done and bool(self.trail)
        if left:
            link = format_html('<a href="{}">{}</a>', self.url(), self.case.reference)
            said = format_html("{}: {}", link, said)
        undo.offer(self.request, said, case=self.case, token=token, trail=self.trail, at=self.at)
        return self.trail.following if left else self.url()

    # What the forms ask for their choices.
    def assignable(self) -> QuerySet[User]:
        return workspace.assignable(self.case, by=self.actor, at=self.at)

    def may_hand_over(self) -> bool:
        return self.actor.can(Right.HAND_OVER, self.case.tenant_id)

    def files(self) -> list[Attachment]:
        return list(reading.attachments(self.case, actor=self.actor))

    def splittable(self) -> list[tuple[int, str]]:
        found = splitting.splittable(self.case, by=self.actor)
        return [(said.pk, timeline.in_short(said)) for said in found]

    def ties(self) -> list[tuple[int, str]]:
        found = ties.ties_of(self.case, actor=self.actor)
        return [(tie.pk, timeline.tie_words(ties.shown(tie, self.case))) for tie in found]

    def linkable_incidents(self) -> QuerySet[Incident]:
        return workspace.linkable_incidents(self.case, actor=self.actor)

    def linked_incidents(self) -> QuerySet[Incident]:
        return workspace.linked_incidents(self.case)


class CasePage(OfCase):
    template_name = "cases/desk/case.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.show()

    def show(
        self, *, said: SayForm | None = None, changed: Any = (), taken: Any = None, status: int = 200
    ) -> HttpResponse:
        """`said`: a composer with its text: one that was refused, then `changed` is what came in between; or one that
        `taken`, a macro in words, has filled.
        """
        everything = "all" in self.request.GET
        work = workspace.workspace(case_id=self.kwargs["pk"], actor=self.actor, at=self.at, everything=everything)
        case = work.case
        note_view(self.request, [case.tenant_id], 1)
        writes = self.actor.can(Right.WORK_CASES, case.tenant_id)
        context = self.get_context_data(
            title=f"{case.reference} {case.subject}",
            case=case,
            work=work,
            counted_to=workspace.COUNTED_TO,
            clocks=faces_of(work.clocks, at=self.at),
            buttons=buttons(case, self.actor),
            side={name: self.side_action(name, case, work) for name in SIDE},
            take_back=ACTIONS["take-back"] if writes and self.may_take_back(work) else None,
            lines=timeline.folded(timeline.lines(work.entries)),
            handover=timeline.handover(work.entries),
            ties=[(tie, timeline.ROLES[tie.role], ties.why_not_undone(tie.tie, at=self.at)) for tie in work.ties],
            joinable=writes and not merging.why_not(case),
            radius=drawing(work.radius, at_tenant=case.tenant_id),
            writes=writes,
            said=said,
            changed=changed,
            taken=taken,
            drafts={draft["tab"]: draft for draft in work.drafts},
            token=uuid4(),
            note_token=uuid4(),
            trail=self.trail,
            people=taking_part(case, self.actor),
            asides=asides_of(case),
            suggested=[offer for offer in work.macros if offer.reasons][:SUGGESTED],
            send_as=case.status in (Status.NEW, Status.TRIAGE, Status.IN_PROGRESS),
            how_to=case.category is not None and case.category.how_to,
        )
        return self.render_to_response(context, status=status)

    def may_take_back(self, work: workspace.Workspace) -> bool:
        return not taking_back.why_not(work.case, workspace.last_move(work.entries), by=self.actor, at=self.at)

    def side_action(self, name: str, case: Case, work: workspace.Workspace) -> dict[str, Any]:
        action = ACTIONS[name]
        why_not = action.why_not(case, self.actor)
        if not why_not and name == "unlink" and not work.incidents:
            why_not = _("No incident is linked.")
        return {"action": action, "why_not": why_not}


class SayPage(CasePage):
    """The composer's posts: a reply, or a note. What is refused comes back with its text on the whole page."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int, tab: str) -> HttpResponse:
        if tab not in ("reply", "note"):
            raise Http404
        form = SayForm(request.POST, case=self.case, page=self, prefix=tab)
        if not form.is_valid():
            return self.show(said=form, status=422)
        send_as = request.POST.get("send_as", "")
        if send_as == MacroSends.RESOLVED and not resolution.is_whole(self.gates(form)):
            return self.ask_for_the_resolution(form)
        try:
            self.say(tab, send_as, form)
        except (Absent, Forbidden):
            raise
        except (Stale, sending.AlreadySent) as refusal:
            if self.is_done(form):
                return self.sent(tab, send_as, form)
            form.put(token=str(uuid4()))
            seen = form.cleaned_data["seen"]
            changed = timeline.lines(workspace.since(self.case, actor=self.actor, at=seen) if seen else [])
            form.add_error(None, timeline.guard(changed, at=self.at) or refusal.message)
            return self.show(said=form, changed=changed, status=refusal.status)
        except PromisesATime as refusal:
            blame(form, refusal)
            form.mean(refusal, preset=send_as)
            return self.show(said=form, status=refusal.status)
        except DomainError as refusal:
            if self.is_done(form):
                return self.sent(tab, send_as, form)
            blame(form, refusal)
            return self.show(said=form, status=refusal.status)
        return self.sent(tab, send_as, form)

    def is_done(self, form: SayForm) -> bool:
        """The same press came before: what is refused is only its second coming."""
        data = form.cleaned_data
        return sending.done(token=data["token"], body=data["body"], by=self.actor)

    def sent(self, tab: str, send_as: str, form: SayForm) -> HttpResponse:
        token = form.cleaned_data["token"]
        onward = self.onward(done=bool(send_as), said=self.words(tab, send_as), token=token)
        return HttpResponseRedirect(f"{onward}#end")

    def say(self, tab: str, send_as: str, form: SayForm) -> None:
        data = form.cleaned_data
        token = data["token"]
        told = {
            "press": sending.Press(token, ComposerTab(tab)) if token else None,
            "attachment_ids": [int(pk) for pk in data["attached"]],
            "body": data["body"],
            "macro_id": data["macro"],
            "by": self.actor,
            "at": self.at,
            "expected_version": data["version"],
        }
        if tab == "note":
            kind = data["kind"] or InteractionKind.NOTE
            talking.add_interaction(case_id=self.case.pk, kind=kind, public=False, follow=False, **told)
        else:
            answering.answer(self.case, send_as, promise_meant=data["promise_meant"], **told)

    def gates(self, said: SayForm) -> dict[str, Any]:
        data = said.cleaned_data
        return answering.gates(self.case, body=data["body"], macro_id=data["macro"], by=self.actor)

    def ask_for_the_resolution(self, said: SayForm) -> HttpResponse:
        """The text is the summary; what else a resolution needs is asked for, nothing has been sent yet."""
        action = ACTIONS["resolve"]
        if why_not := action.why_not(self.case, self.actor):
            said.add_error(None, why_not)
            return self.show(said=said, status=409)
        about = {
            "macro": said.cleaned_data["macro"],
            "version": self.case.version,
            "token": uuid4(),
            "composed": True,
        }
        form = action.form(initial=self.gates(said) | about, case=self.case, page=self)
        context = self.get_context_data(
            title=f"{action.label} · {self.case.reference}",
            form=form,
            action=action,
            case=self.case,
            first=action.first(self.case),
            trail=self.trail,
        )
        return TemplateResponse(self.request, "cases/desk/action.html", context)

    def words(self, tab: str, send_as: str) -> str:
        if tab == "note":
            return _("Noted, for the team only.")
        name = self.case.requester.name
        if send_as == MacroSends.WAITING:
            return _("Sent to {name}. We wait for the answer.").format(name=name)
        if send_as == MacroSends.RESOLVED:
            return _("Sent to {name} as resolved. They may confirm or reject it.").format(name=name)
        return _("Sent to {name}.").format(name=name)


class ActionView(OfCase):
    """One action's form: a page of its own, or, asked by our script, its sheet alone."""

    http_method_names = ["get", "post"]

    @cached_property
    def action(self) -> Action:
        if self.kwargs["action"] not in ACTIONS:
            raise Http404
        return ACTIONS[self.kwargs["action"]]

    def get(self, request: HttpRequest, pk: int, action: str) -> HttpResponse:
        initial = self.action.initial(self.case, self.actor) | {"version": self.case.version, "token": uuid4()}
        initial |= {name: request.GET[name] for name in request.GET if name in self.action.form.proposable()}
        form = self.action.form(initial=initial, case=self.case, page=self)
        return self.sheet(form)

    def post(self, request: HttpRequest, pk: int, action: str) -> HttpResponse:
        form = self.action.form(request.POST, request.FILES, case=self.case, page=self)
        if not form.is_valid():
            return self.sheet(form, status=422)
        try:
            self.act(form)
        except Absent:
            raise
        except DomainError as refusal:
            data = form.cleaned_data
            words = data.get("ask") or data.get("summary") or ""
            if sending.done(token=data.get("token"), body=words, by=self.actor):  # the same press, twice
                return self.sent(form)
            blame(form, refusal)
            if isinstance(refusal, PromisesATime) and isinstance(form, SpokenForm):
                form.mean(refusal)
            elif isinstance(refusal, Stale):  # who has read what was said may send the same again
                version = reading.case_header(case_id=pk, actor=self.actor).version
                form.put(version=str(version), token=str(uuid4()))
            return self.sheet(form, status=refusal.status)
        return self.sent(form)

    def act(self, form: CaseForm) -> None:
        """Once for each press. Of words that go to the client the door itself knows, and takes them back."""
        data = form.cleaned_data
        call = partial(self.action.call, self.case, data, self.actor, self.at)
        if isinstance(form, SpokenForm):
            call()
        else:
            presses.once(request=self.request, token=data["token"], at=self.at, work=call)

    def sent(self, form: CaseForm) -> HttpResponse:
        done, token = self.action.move in LEAVES_IT, None
        if isinstance(form, SpokenForm):
            token = form.cleaned_data["token"]
        onward = self.onward(done=done, said=str(self.action.said), token=token)
        return HttpResponse(headers={"X-Desk-Done": onward}) if self.alone else HttpResponseRedirect(onward)

    @property
    def alone(self) -> bool:
        return "X-Desk-Sheet" in self.request.headers

    def sheet(self, form: CaseForm, status: int = 200) -> HttpResponse:
        context: dict[str, Any] = {
            "form": form,
            "action": self.action,
            "case": self.case,
            # What was typed is never taken away: a form that comes back says its refusal itself.
            "why_not": "" if form.is_bound else self.action.why_not(self.case, self.actor),
            "first": self.action.first(self.case),
            "known_issues": known_issues.like(self.case) if self.action.name == "escalate" else [],
            "now": self.at,
            "trail": self.trail,
        }
        if self.alone:
            return TemplateResponse(self.request, "cases/desk/sheet.html", context, status=status)
        context = self.get_context_data(title=f"{self.action.label} · {self.case.reference}", **context)
        return TemplateResponse(self.request, "cases/desk/action.html", context, status=status)
