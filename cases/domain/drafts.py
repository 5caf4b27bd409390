"""What somebody has begun to write, kept by the desk: it is there after a reload, in another browser, and when a press
of the send button is taken back. Nobody else reads it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.db.models.functions import JSONObject
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from cases.domain.locking import not_here
from cases.domain.people.noting import is_noter
from cases.enums import ComposerTab
from cases.models import Case, Draft, Sending, SideTalk, SideWord
from config.db import unit_of_work
from config.errors import Invalid
from tenants.domain.actors import Actor
from tenants.enums import Right

LONGEST = 100_000  # characters


def keep(
    *,
    case_id: int,
    tab: str,
    body: str,
    talk_id: int | None = None,
    token: UUID | None = None,
    by: Actor,
    at: datetime,
) -> bool:
    """`talk_id`: the side talk of the case whose box it is, with that tab alone. An empty text is forgotten. False, and
    nothing is kept, when `token` says that the form has been sent: the words were on their way when it was. Raises
    Absent, Forbidden, Invalid.

    The case is locked, as it is by who sends: of a form that is kept and sent at once, the draft is not left over.
    """
    with unit_of_work(by.label):
        case = Case.objects.visible_to(by).filter(pk=case_id).only("pk", "tenant_id").locked().first()
        if case is None:
            raise not_here()
        works = by.can(Right.WORK_CASES, case.tenant_id)
        if not works and (tab == ComposerTab.REPLY or not is_noter({case_id}, by=by)):
            by.require(Right.WORK_CASES, tenant_id=case.tenant_id)
        _require_box(case, tab=tab, talk_id=talk_id)
        if len(body) > LONGEST:
            raise Invalid(
                _("At most %(most)s characters.") % {"most": number_format(LONGEST, force_grouping=True)},
                field="body",
                code="max_length",
            )
        if token is not None and any(sent.objects.filter(token=token).exists() for sent in (Sending, SideWord)):
            return False
        if body.strip():
            put(
                case_id,
                tenant_id=case.tenant_id,
                tab=ComposerTab(tab),
                body=body,
                talk_id=talk_id,
                user_id=writer(by),
                at=at,
            )
        else:
            forget(case_id=case_id, tab=ComposerTab(tab), talk_id=talk_id, by=by)
    return True


def _require_box(case: Case, *, tab: str, talk_id: int | None) -> None:
    if tab not in ComposerTab.values or (tab == ComposerTab.SIDE) != (talk_id is not None):
        raise Invalid(_("One of %(choices)s.") % {"choices": ", ".join(ComposerTab.values)}, field="tab")
    if talk_id is not None and not SideTalk.objects.filter(pk=talk_id, case=case).exists():
        raise not_here()


def writer(by: Actor) -> int:
    """Whose drafts and presses they are; the desk itself has none."""
    return by.user_id or 0


def put(
    case_id: int, *, tenant_id: int, tab: ComposerTab, body: str, talk_id: int | None, user_id: int, at: datetime
) -> None:
    """One statement, over what was kept before."""
    row = Draft(case_id=case_id, tenant_id=tenant_id, user_id=user_id, tab=tab, talk_id=talk_id, body=body, saved_at=at)
    Draft.objects.bulk_create(
        [row],
        update_conflicts=True,
        unique_fields=["case", "user", "tab", "talk"],
        update_fields=["body", "saved_at"],
    )


def put_before(
    case: Case, *, tab: ComposerTab, body: str, talk: SideTalk | None = None, user_id: int, at: datetime
) -> None:
    """What was begun since is kept behind it. `talk`: in whose box it was said, of this case or one merged into it."""
    case_id, talk_id = (case.pk, None) if talk is None else (talk.case_id, talk.pk)
    own = Draft.objects.filter(case_id=case_id, user_id=user_id, tab=tab, talk_id=talk_id)
    begun = own.select_for_update(no_key=True).first()
    if begun is not None and begun.body.strip() not in ("", body.strip()):
        body = f"{body}\n\n{begun.body}"
    put(case_id, tenant_id=case.tenant_id, tab=tab, body=body, talk_id=talk_id, user_id=user_id, at=at)


def forget(*, case_id: int, tab: ComposerTab, talk_id: int | None = None, by: Actor) -> None:
    Draft.objects.filter(case_id=case_id, user_id=writer(by), tab=tab, talk_id=talk_id).delete()


def column(user_id: Any) -> ArraySubquery:
    """Of a case: this writer's own drafts, {tab, body, saved_at}; not of its side talks."""
    own = Draft.objects.filter(case=OuterRef("pk"), user_id=user_id, talk=None).order_by("pk")
    return ArraySubquery(own.values(told=JSONObject(tab="tab", body="body", saved_at="saved_at")))


def of_talk(talk: SideTalk, *, by: Actor) -> Draft | None:
    """What the reader has begun to say in a side talk."""
    own = Draft.objects.filter(case_id=talk.case_id, user_id=writer(by), tab=ComposerTab.SIDE, talk=talk)
    begun: Draft | None = own.first()
    return begun
