"""What somebody has begun to write, kept by the desk: it is there after a reload, in another browser, and when a press
of the send button is taken back. Nobody else reads it.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.db.models.functions import JSONObject
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from cases.domain.locking import not_here
from cases.enums import ComposerTab
from cases.models import Case, Draft, Sending
from config.db import unit_of_work
from config.errors import Invalid
from tenants.domain.actors import Actor
from tenants.enums import Right

LONGEST = 100_000  # characters


def keep(*, case_id: int, tab: str, body: str, token: UUID | None = None, by: Actor, at: datetime) -> bool:
    """An empty text is forgotten. False, and nothing is kept, when `token` says that the form has been sent: the words
    were on their way when it was. Raises Absent, Forbidden, Invalid.

    The case is locked, as it is by who sends: of a form that is kept and sent at once, the draft is not left over.
    """
    with unit_of_work(by.label):
        case = Case.objects.visible_to(by).filter(pk=case_id).only("pk", "tenant_id").locked().first()
        if case is None:
            raise not_here()
        by.require(Right.WORK_CASES, tenant_id=case.tenant_id)
        if tab not in ComposerTab.values:
            raise Invalid(_("One of %(choices)s.") % {"choices": ", ".join(ComposerTab.values)}, field="tab")
        if len(body) > LONGEST:
            raise Invalid(
                _("At most %(most)s characters.") % {"most": number_format(LONGEST, force_grouping=True)},
                field="body",
                code="max_length",
            )
        if token is not None and Sending.objects.filter(token=token).exists():
            return False
        if body.strip():
            put(case, tab=ComposerTab(tab), body=body, user_id=writer(by), at=at)
        else:
            forget(case_id=case_id, tab=ComposerTab(tab), by=by)
    return True


def writer(by: Actor) -> int:
    """Whose drafts and presses they are; the desk itself has none."""
    return by.user_id or 0


def put(case: Case, *, tab: ComposerTab, body: str, user_id: int, at: datetime) -> None:
    """One statement, over what was kept before."""
    row = Draft(case_id=case.pk, tenant_id=case.tenant_id, user_id=user_id, tab=tab, body=body, saved_at=at)
    Draft.objects.bulk_create(
        [row],
        update_conflicts=True,
        unique_fields=["case", "user", "tab"],
        update_fields=["body", "saved_at"],
    )


def put_before(case: Case, *, tab: ComposerTab, body: str, user_id: int, at: datetime) -> None:
    """What was begun since is kept behind it."""
    begun = Draft.objects.select_for_update(no_key=True).filter(case_id=case.pk, user_id=user_id, tab=tab).first()
    if begun is not None and begun.body.strip() not in ("", body.strip()):
        body = f"{body}\n\n{begun.body}"
    put(case, tab=tab, body=body, user_id=user_id, at=at)


def forget(*, case_id: int, tab: ComposerTab, by: Actor) -> None:
    Draft.objects.filter(case_id=case_id, user_id=writer(by), tab=tab).delete()


def column(by: Actor) -> ArraySubquery:
    """Of a case: the reader's own drafts, {tab, body, saved_at}."""
    own = Draft.objects.filter(case=OuterRef("pk"), user_id=writer(by)).order_by("pk")
    return ArraySubquery(own.values(told=JSONObject(tab="tab", body="body", saved_at="saved_at")))
