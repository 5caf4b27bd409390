"""`POST /cases/{ref}/{move}/`: each move of the lifecycle, one door each."""

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from cases.api.inputs import (
    AcceptIn,
    CloseIn,
    EscalateIn,
    MergeIn,
    NeedsReasonIn,
    ReasonIn,
    ResolveIn,
    SplitIn,
    WaitIn,
)
from cases.api.outputs import CaseOut
from cases.api.single import SingleCase
from cases.domain import escalation, lifecycle, merging, splitting, taking_back
from cases.domain.references import person_id_of
from cases.models import Case
from config.api.fields import Input
from config.api.views import conditional, idempotent


def move(body: type[Input]) -> Callable[[Callable[..., Any]], Any]:
    """What all moves have in common: POST, a body, the case as answer, `Idempotency-Key`, `If-Match`."""

    def marked(handler: Callable[..., Any]) -> Any:
        shown = extend_schema(request=body, responses=CaseOut)
        return shown(action(detail=True, methods=["post"])(conditional(idempotent(handler))))

    return marked


class Moves(SingleCase):
    """Answers 200 with the case as it stands after the move; 409 `transition-refused` when it can't be made now."""

    @move(AcceptIn)
    def accept(self, request: Request, ref: str) -> Response:
        """New → triage: somebody takes it on. Resolution starts."""
        values = self.values(AcceptIn)
        if "owner" in values:
            values["owner_id"] = colleague_id(values.pop("owner"), field="owner")
        return self._moved(lifecycle.accept, ref, values)

    @move(ReasonIn)
    def start(self, request: Request, ref: str) -> Response:
        """Triage → in progress."""
        return self._moved(lifecycle.start, ref, self.values(ReasonIn))

    @move(WaitIn)
    def wait(self, request: Request, ref: str) -> Response:
        """→ waiting on customer. `ask` is a public reply; resolution pauses."""
        return self._moved(lifecycle.wait, ref, self.values(WaitIn))

    @move(ReasonIn)
    def resume(self, request: Request, ref: str) -> Response:
        """Waiting on customer → in progress. Resolution goes on."""
        return self._moved(lifecycle.resume, ref, self.values(ReasonIn))

    @move(ResolveIn)
    def resolve(self, request: Request, ref: str) -> Response:
        """→ resolved. `summary` is sent publicly; resolution stops."""
        return self._moved(lifecycle.resolve, ref, self.values(ResolveIn))

    @move(ReasonIn)
    def confirm(self, request: Request, ref: str) -> Response:
        """Resolved → closed, by the customer or on their behalf."""
        return self._moved(lifecycle.confirm, ref, self.values(ReasonIn))

    @move(NeedsReasonIn)
    def reject(self, request: Request, ref: str) -> Response:
        """Resolved → in progress. Resolution goes on in the same window."""
        return self._moved(lifecycle.reject, ref, self.values(NeedsReasonIn))

    @move(CloseIn)
    def close(self, request: Request, ref: str) -> Response:
        """Resolved → closed; an open case closes only `as` spam, duplicate or withdrawn."""
        return self._moved(lifecycle.close, ref, self.values(CloseIn))

    @move(NeedsReasonIn)
    def reopen(self, request: Request, ref: str) -> Response:
        """Closed → in progress, with a new resolution window."""
        return self._moved(lifecycle.reopen, ref, self.values(NeedsReasonIn))

    @extend_schema(request=ReasonIn, responses=CaseOut)
    @action(detail=True, methods=["post"], url_path="take-back")
    @conditional
    @idempotent
    def take_back(self, request: Request, ref: str) -> Response:
        """Undoes the last move, shortly after it, while nothing else has happened; a merge for a day."""
        return self._moved(taking_back.take_back, ref, self.values(ReasonIn))

    @move(MergeIn)
    def merge(self, request: Request, ref: str) -> Response:
        """Joins it to another case of the tenant, where it is read and answered from now on. Taken back for a day."""
        return self._moved(merging.merge, ref, self.values(MergeIn))

    @extend_schema(request=SplitIn, responses={201: CaseOut})
    @action(detail=True, methods=["post"])
    @conditional
    @idempotent
    def split(self, request: Request, ref: str) -> Response:
        """Makes a new case of some of its messages, which both show. Answers 201 with the new one."""
        new = splitting.split(
            case_id=self.case_id(ref),
            by=self.actor,
            at=self.at,
            expected_version=self.expected_version,
            **self.values(SplitIn),
        )
        return self.one(new.pk, status=201)

    @move(EscalateIn)
    def escalate(self, request: Request, ref: str) -> Response:
        """To another level. Not a change of status; a `target` told to the client ends the resolution clock."""
        return self._moved(escalation.escalate, ref, self.values(EscalateIn))

    def _moved(self, door: Callable[..., Case], ref: str, values: dict[str, Any]) -> Response:
        case = door(
            case_id=self.case_id(ref), by=self.actor, at=self.at, expected_version=self.expected_version, **values
        )
        return self.one(case.pk)


def colleague_id(named: int | str, *, field: str) -> int:
    """A number, also as a text, is an id; any other text a user name."""
    if isinstance(named, str) and not (named.isascii() and named.isdigit() and len(named) < 19):
        return person_id_of(named, field=field)
    return int(named)
