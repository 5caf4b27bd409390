"""What is said on a case: by us, by the customer, openly or among ourselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from cases.domain import macros, promised_times, sending
from cases.domain.attachments import Upload, put_on, receive, waiting_files, writing_right
from cases.domain.changing import Change, changing_root
from cases.domain.client import copies
from cases.domain.client.mail import mail_requester
from cases.domain.intake import open_follow_up
from cases.domain.people import mentions
from cases.domain.people.noting import require_noting
from cases.domain.thanks import is_short_thanks
from cases.enums import ADDRESSED, SPOKEN, InteractionKind, Move, SpokenBy, Status
from cases.models import Attachment, Interaction
from config.errors import Invalid, Refused, Unknown
from sla.domain.conversation import Happening
from tenants.domain.actors import Actor
from tenants.models import Requester

LONGEST = 100_000  # characters of one message


def add_interaction(
    *,
    case_id: int,
    kind: str,
    public: bool,
    body: str,
    on_behalf_of: int | None = None,
    attachment_ids: Sequence[int] = (),
    uploads: Sequence[Upload] = (),
    data: Mapping[str, Any] | None = None,
    macro_id: int | None = None,
    promise_meant: str | None = None,
    press: sending.Press | None = None,
    follow: bool = True,
    by: Actor,
    at: datetime,
    expected_version: int | None = None,
) -> Interaction:
    """Say something on a case, or on the one that it was merged into. A customer's words are a public message,
    whatever `public` says.

    `on_behalf_of`: a requester of the same tenant whose words one of us writes down. `data` of an action: what was
    done as a fact, {what, before, after, undo, until}. Only a public message or call by a person of ours meets a
    clock; only public messages are mailed. Who was added to the case to note writes notes, and nothing else.

    `macro_id`: which macro of ours the words were made from. `promise_meant`: see `reply`. `press`: the form that they
    came by; its mail is held for a moment (`sending`), and the form is taken once. `follow`: on to the case that it was
    merged into; False, Refused (`merged`): who wrote for this requester does not mean that one's.

    Files come along as ids of what waits on the case, or as `uploads` that are still to be stored. Raises Invalid for
    an empty or overlong body, an unknown kind, a public note, files that are not on this case.
    """
    spoken, text = _kind(kind), checked_body(body)
    received = receive(case_id=case_id, uploads=uploads, by=by, at=at)
    with changing_root(case_id=case_id, by=by, at=at, expected_version=expected_version) as change:
        if spoken == InteractionKind.NOTE and not public and not by.is_customer:
            require_noting(change)
        else:
            change.require(writing_right(by))
        if not follow:
            _require_unmerged(change)
        sending.begin(change, press)
        files = [*waiting_files(change.case, attachment_ids, by=by), *put_on(change, received)]
        if by.is_customer:
            return _from_customer(change, spoken, text, on_behalf_of=on_behalf_of, files=files)
        if on_behalf_of is not None:
            return _on_behalf(change, spoken, text, requester_id=on_behalf_of, files=files)
        if public and spoken == InteractionKind.NOTE:
            raise Invalid(_("A note is for the team only."), field="public")
        used = macros.use(change, macro_id)
        if public and spoken == InteractionKind.MESSAGE:
            return reply(change, text, files=files, data=data, macro_id=used, promise_meant=promise_meant)
        return _note(change, spoken, text, public=public, files=files, data=data, macro_id=used)


def reply(
    change: Change,
    body: str,
    *,
    template: str = "reply",
    files: Sequence[Attachment] = (),
    data: Mapping[str, Any] | None = None,
    macro_id: int | None = None,
    promise_meant: str | None = None,
) -> Interaction:
    """A public message to the requester, its mail and copies of it. `macro_id` as `macros.use` answered it.

    `promise_meant`: a first reply that says when it will be solved is refused (PromisesATime) unless this is the
    phrase that says so. None: whoever sends can't be asked, nothing is looked for.
    """
    if promise_meant is not None:
        promised_times.heed(change, body, meant=promise_meant)
    impact = answered(change)
    delivery = mail_requester(
        change.case,
        template=template,
        automated=not change.by.is_person,
        at=change.at,
        held_for=sending.held_for(change),
        context={"body": body, "author": change.by.told_as},
    )
    return change.say(
        InteractionKind.MESSAGE,
        body,
        public=True,
        data={**(data or {}), **({"sla": impact} if impact else {}), **copies.send_copies(change, body)},
        delivery=delivery,
        attachments=files,
        macro_id=macro_id,
    )


def answered(change: Change) -> list[dict[str, Any]]:
    """The requester has heard from us. It meets a clock when a person spoke; what automation says never does."""
    case = change.case
    if not change.by.is_person:
        return []
    impact: list[dict[str, Any]] = []
    if case.status != Status.CLOSED:  # what is closed promises nothing: a word on it answers no clock
        impact = change.happen(Happening.PUBLIC_REPLY)
        if case.first_response_at is None:
            case.first_response_at = change.at
    case.customer_waiting_since = None
    case.possible_thanks_at = None
    case.last_message_at, case.last_message_by = change.at, SpokenBy.PERSON
    if case.status == Status.RESOLVED:
        case.timer_step = 0
    return impact


def hear(
    change: Change,
    body: str,
    *,
    kind: InteractionKind = InteractionKind.MESSAGE,
    requester: Requester | None = None,
    files: Sequence[Attachment] = (),
) -> Interaction:
    """The customer's word: it ends a wait, reopens what closed lately, and starts the clock on our next reply.

    On a closed case a short thank-you is only flagged; after the tenant's time for reopening a new case is opened
    that points here, and the message stands on both. `requester`: whose words one of us writes down.
    """
    case, at = change.case, change.at
    data: dict[str, Any] = {"entered_by": change.by.label} if requester is not None else {}
    change.wake("the client wrote")
    if case.status == Status.CLOSED:
        if is_short_thanks(body) and _may_still_reopen(change):
            case.possible_thanks_at = at
            data["possible_thanks"] = True
        elif _may_still_reopen(change):
            change.reopen(reason="The customer wrote again.")
        else:
            follow_up = open_follow_up(change, body, requester=requester)
            data["continued_in"] = follow_up.reference
    if case.status == Status.WAITING:
        change.move(
            Move.RESUME,
            lambda: case._from_waiting(at=at),
            what=Happening.CUSTOMER_REPLY,
            reason="The customer answered.",
        )
    elif case.status != Status.CLOSED:
        data |= {"sla": impact} if (impact := change.happen(Happening.CUSTOMER_REPLY)) else {}
    if case.status != Status.CLOSED and case.customer_waiting_since is None:
        case.customer_waiting_since = at
    case.last_message_at, case.last_message_by = at, SpokenBy.CUSTOMER
    return change.say(
        kind,
        body,
        public=True,
        by_kind=SpokenBy.CUSTOMER,
        requester_id=requester.pk if requester is not None else None,
        actor_name=requester.name if requester is not None else "",
        data=data,
        attachments=files,
    )


def checked_body(body: str, *, field: str = "body") -> str:
    text = body.strip()
    if not text:
        raise Invalid(_("Say something."), field=field, code="required")
    if len(text) > LONGEST:
        raise Invalid(
            _("At most %(most)s characters.") % {"most": number_format(LONGEST, force_grouping=True)},
            field=field,
            code="max_length",
        )
    return text


def _kind(kind: str) -> InteractionKind:
    if kind not in [one.value for one in SPOKEN]:
        raise Invalid(_("One of %(choices)s.") % {"choices": ", ".join(SPOKEN)}, field="kind")
    return InteractionKind(kind)


def _require_unmerged(change: Change) -> None:
    if change.said_to is not None:
        words = _("CASE-{id} goes on as {root}: write there.")
        raise Refused(words.format(id=change.said_to, root=change.case.reference), code="merged")


def _from_customer(
    change: Change, spoken: InteractionKind, text: str, *, on_behalf_of: int | None, files: Sequence[Attachment]
) -> Interaction:
    if spoken != InteractionKind.MESSAGE:
        raise Invalid(_("A customer writes messages."), field="kind")
    if on_behalf_of not in (None, change.by.requester_id):
        raise Unknown(_("requester"), field="on_behalf_of")
    return hear(change, text, files=files)


def _on_behalf(
    change: Change, spoken: InteractionKind, text: str, *, requester_id: int, files: Sequence[Attachment]
) -> Interaction:
    if spoken not in ADDRESSED:
        raise Invalid(_("On behalf of a requester: a message or a call."), field="kind")
    requester = _requester(change, requester_id)
    return hear(change, text, kind=spoken, requester=requester, files=files)


def _note(
    change: Change,
    kind: InteractionKind,
    text: str,
    *,
    public: bool,
    files: Sequence[Attachment],
    data: Mapping[str, Any] | None,
    macro_id: int | None,
) -> Interaction:
    """What one of us says without mailing it: among ourselves, or on the telephone."""
    impact = answered(change) if public and kind == InteractionKind.CALL else []
    named = {} if public else mentions.heed(change, text)
    return change.say(
        kind,
        text,
        public=public,
        data={**(data or {}), **({"sla": impact} if impact else {}), **named},
        attachments=files,
        macro_id=macro_id,
    )


def _requester(change: Change, requester_id: int) -> Requester:
    found = Requester.objects.for_tenant(change.case.tenant_id).filter(pk=requester_id).first()
    if found is None:
        raise Unknown(_("requester"), field="on_behalf_of")
    return found


def _may_still_reopen(change: Change) -> bool:
    closed_at = change.case.closed_at
    return closed_at is not None and change.at <= closed_at + timedelta(days=change.case.tenant.reopen_days)
