"""How far one of us has read a side talk, and what their inbox told them of it."""

from __future__ import annotations

from datetime import datetime

from cases.domain.people import inbox
from cases.models import SideLook, SideTalk
from config.db import unit_of_work
from tenants.domain.actors import Actor


def looked(talk: SideTalk, *, up_to: int, by: Actor, at: datetime) -> None:
    """They have read the words up to that number, and so what their inbox told of this talk."""
    if by.user_id is None:
        return
    row = SideLook(talk=talk, tenant_id=talk.tenant_id, user_id=by.user_id, word_id=up_to)
    with unit_of_work(by.label):
        SideLook.objects.bulk_create(
            [row], update_conflicts=True, unique_fields=["talk", "user"], update_fields=["word_id"]
        )
        inbox.unread(by).filter(side_talk_id=talk.pk).update(read_at=at)
