"""Files on a case: stored once as a blob, linked here, seen by who may see the case."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from cases.domain.changing import Change, changing
from cases.domain.families import files_on
from cases.domain.reading import attachments, case_header
from cases.models import Attachment, Case
from config.errors import Absent, Invalid, Refused, Unknown
from tenants.domain import blobs
from tenants.domain.actors import Actor
from tenants.enums import Right
from tenants.models import Blob

PER_MESSAGE = 20
WAITING_AT_MOST = 100  # files on a case that were never sent with a message


@dataclass(frozen=True, slots=True)
class Upload:
    name: str
    stream: blobs.Readable


def attach(
    *, case_id: int, name: str, stream: blobs.Readable, public: bool = False, by: Actor, at: datetime
) -> Attachment:
    """Store a file and put it on the case. A customer's files are public; ours become so with a public message."""
    received = receive(case_id=case_id, uploads=[Upload(name, stream)], by=by, at=at)
    with changing(case_id=case_id, by=by, at=at) as change:
        change.require(writing_right(by))
        [attachment] = put_on(change, received, public=public)
        change.touch()
    return attachment


def receive(*, case_id: int, uploads: Sequence[Upload], by: Actor, at: datetime) -> list[Blob]:
    """Take the bytes in, all or none, before the case is locked: a slow upload must not hold up its clocks.

    Who may not write on the case is refused before a byte is read. Blobs that no case takes afterwards are swept.
    """
    if not uploads:
        return []
    if len(uploads) > PER_MESSAGE:
        raise Invalid(
            _("At most %(most)s files a message.") % {"most": PER_MESSAGE},
            field="attachments",
            code="max_length",
        )
    case = case_header(case_id=case_id, actor=by)
    by.require(writing_right(by), tenant_id=case.tenant_id)
    _refuse_too_many(case, len(uploads))
    return [
        blobs.store(tenant_id=case.tenant_id, name=upload.name, stream=upload.stream, by=by, at=at)
        for upload in uploads
    ]


def put_on(change: Change, received: Sequence[Blob], *, public: bool = False) -> list[Attachment]:
    """Link what was received to the locked case; no message has it yet."""
    if not received:
        return []
    case, by = change.case, change.by
    _refuse_too_many(case, len(received))
    made = Attachment.objects.bulk_create(
        Attachment(
            case=case,
            tenant_id=case.tenant_id,
            blob=blob,
            public=public or by.is_customer,
            added_by=by.label,
            added_at=change.at,
        )
        for blob in received
    )
    for one in made:
        change.tell("cases.attachment-added", attachment_id=one.pk, public=one.public, by=by.label)
    return made


def writing_right(by: Actor) -> Right:
    return Right.CLIENT_CASES if by.is_customer else Right.WORK_CASES


def blob_of(*, case_id: int, attachment_id: int, actor: Actor) -> Blob:
    """The file's blob, for who may see it: a client only what is public."""
    case = case_header(case_id=case_id, actor=actor)
    found = attachments(case, actor=actor).filter(pk=attachment_id).first()
    if found is None:
        raise Absent(_("There is no such file here, or not for you."))
    return found.blob


def linked_blobs(blob_ids: Iterable[int]) -> set[int]:
    """Those of them that stand on a case, or stood there: what was said keeps its files."""
    return set(Attachment.objects.filter(blob_id__in=list(blob_ids)).values_list("blob_id", flat=True))


def waiting_files(case: Case, attachment_ids: Sequence[int], *, by: Actor) -> list[Attachment]:
    """The files that a message takes along: on this case or one merged into it, by the same author, not sent yet."""
    if not attachment_ids:
        return []
    wanted = sorted(set(attachment_ids))
    if len(wanted) > PER_MESSAGE:
        raise Invalid(
            _("At most %(most)s files a message.") % {"most": PER_MESSAGE},
            field="attachments",
            code="max_length",
        )
    found = list(
        Attachment.objects.filter(
            files_on(case, actor=by), pk__in=wanted, interaction=None, removed_at=None, added_by=by.label
        ).order_by("pk")
    )
    if [one.pk for one in found] != wanted:
        raise Unknown(_("file waiting on this case"), field="attachments")
    return found


def _refuse_too_many(case: Case, more: int) -> None:
    waiting = case.attachments.filter(interaction=None, removed_at=None).count()
    if waiting + more > WAITING_AT_MOST:
        raise Refused(
            _("%(case)s holds %(n)s files that no message has taken yet.") % {"case": case.reference, "n": waiting},
            code="too-many",
        )
