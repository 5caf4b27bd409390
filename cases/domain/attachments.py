"""Files on a case: stored once as a blob, linked here, seen by who may see the case."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import BinaryIO

from cases.domain.changing import changing
from cases.models import Attachment, Case
from config.errors import Absent, Invalid, Refused
from tenants.domain import blobs
from tenants.domain.actors import Actor
from tenants.enums import Right
from tenants.models import Blob

PER_MESSAGE = 20
WAITING_AT_MOST = 100  # files on a case that were never sent with a message


def attach(*, case_id: int, name: str, stream: BinaryIO, public: bool = False, by: Actor, at: datetime) -> Attachment:
    """Store a file and put it on the case. A customer's files are public; ours become so with a public message."""
    with changing(case_id=case_id, by=by, at=at) as change:
        change.require(Right.CLIENT_CASES if by.is_customer else Right.WORK_CASES)
        case = change.case
        waiting = case.attachments.filter(interaction=None, removed_at=None).count()
        if waiting >= WAITING_AT_MOST:
            raise Refused(f"{case.reference} holds {waiting} files that no message has taken yet.", code="too-many")
        blob = blobs.store(tenant_id=case.tenant_id, name=name, stream=stream, by=by, at=at)
        attachment = Attachment.objects.create(
            case=case,
            tenant_id=case.tenant_id,
            blob=blob,
            public=public or by.is_customer,
            added_by=by.label,
            added_at=at,
        )
        change.touch()
        change.tell("cases.attachment-added", attachment_id=attachment.pk, public=attachment.public, by=by.label)
    return attachment


def blob_of(*, case_id: int, attachment_id: int, actor: Actor) -> Blob:
    """The file's blob, for who may see it: a client only what is public."""
    if not Case.objects.visible_to(actor).filter(pk=case_id).exists():
        raise Absent("There is no such file here, or not for you.")
    files = Attachment.objects.select_related("blob").filter(case_id=case_id, removed_at=None)
    if actor.is_customer:
        files = files.filter(public=True)
    found = files.filter(pk=attachment_id).first()
    if found is None:
        raise Absent("There is no such file here, or not for you.")
    return found.blob


def linked_blobs(blob_ids: Iterable[int]) -> set[int]:
    """Those of them that stand on a case, or stood there: what was said keeps its files."""
    return set(Attachment.objects.filter(blob_id__in=list(blob_ids)).values_list("blob_id", flat=True))


def waiting_files(case: Case, attachment_ids: Sequence[int], *, by: Actor) -> list[Attachment]:
    """The files that a message takes along: on this case, by the same author, in no message yet."""
    if not attachment_ids:
        return []
    wanted = sorted(set(attachment_ids))
    if len(wanted) > PER_MESSAGE:
        raise Invalid(f"At most {PER_MESSAGE} files a message.", field="attachments", code="max_length")
    found = list(
        case.attachments.filter(pk__in=wanted, interaction=None, removed_at=None, added_by=by.label).order_by("pk")
    )
    if [one.pk for one in found] != wanted:
        raise Invalid("One of these files is not waiting on this case.", field="attachments", code="does-not-exist")
    return found
