"""How did we do? Asked once a closing, by mail; answered on the client's page. Opening the page stores nothing."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from cases.domain.changing import Change, changing
from cases.domain.client.mail import mail_requester
from cases.domain.fields import text
from cases.enums import Status
from cases.models import Survey
from config.errors import Forbidden, Invalid, Refused
from tenants.domain.actors import Actor
from tenants.enums import Right

EDITABLE_FOR = timedelta(days=7)
NPS_EVERY = timedelta(days=90)


def send(change: Change) -> Survey:
    """Ask the requester about the window that closes now. The second question comes at most every 90 days."""
    case, at = change.case, change.at
    asked_lately = Survey.objects.filter(
        requester_id=case.requester_id, asks_nps=True, sent_at__gt=at - NPS_EVERY
    ).exists()
    survey = Survey.objects.create(
        case=case,
        tenant_id=case.tenant_id,
        requester_id=case.requester_id,
        window=case.window,
        sent_at=at,
        asks_nps=not asked_lately,
    )
    mail_requester(case, template="survey", automated=True, at=at)
    return survey


def answer(*, case_id: int, csat: int, nps: int | None = None, words: str = "", by: Actor, at: datetime) -> Survey:
    """The requester's one answer to the newest survey; it may be changed for 7 days after it was first given.

    Raises Invalid for scores out of range or a recommendation nobody asked for, Refused when there is nothing to
    answer (any more).
    """
    if not _whole(csat) or not 1 <= csat <= 5:
        raise Invalid(_("From 1 to 5."), field="csat")
    if nps is not None and (not _whole(nps) or not 0 <= nps <= 10):
        raise Invalid(_("From 0 to 10."), field="nps")
    comment = text(words, field="words", longest=5000)
    with changing(case_id=case_id, by=by, at=at) as change:
        change.require(Right.CLIENT_CASES)
        if by.requester_id != change.case.requester_id:
            raise Forbidden(_("The survey asks who opened the case."))
        survey = change.case.surveys.select_for_update(no_key=True).order_by("-window").first()
        if survey is None or change.case.status != Status.CLOSED:
            raise Refused(_("There is no survey to answer."), code="no-survey")
        if survey.editable_until is not None and at > survey.editable_until:
            raise Refused(_("Thank you; this answer can't be changed any more."), code="survey-settled")
        if nps is not None and not survey.asks_nps:
            raise Invalid(_("This survey does not ask that."), field="nps")
        survey.csat, survey.nps, survey.words = csat, nps, comment
        if survey.answered_at is None:
            survey.answered_at, survey.editable_until = at, at + EDITABLE_FOR
        survey.save(update_fields=["csat", "nps", "words", "answered_at", "editable_until"])
        change.touch()
        change.tell("cases.survey-answered", survey_id=survey.pk, csat=csat)
    return survey


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
