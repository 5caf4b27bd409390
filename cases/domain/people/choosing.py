"""How one of us wants to be told of what happens on cases."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.utils.translation import gettext as _

from cases.enums import MailPace, NoticeChannel, NoticeScope
from cases.models import NoticeChoice
from cases.models.notices import NAMES_THEM, OF_CASES, REVIEW_MAIL, cell
from config.db import unit_of_work
from config.errors import Forbidden, Invalid
from tenants.domain.actors import Actor

CELLS = frozenset(
    {
        REVIEW_MAIL,
        *(cell(event, "", channel) for event in NAMES_THEM for channel in NoticeChannel.values),
        *(
            cell(event, scope, channel)
            for event in OF_CASES
            for scope in NoticeScope.values
            for channel in NoticeChannel.values
        ),
    }
)


def choice_for(actor: Actor) -> NoticeChoice:
    """What they chose, or the usual; not saved by asking."""
    user_id = _one_of_us(actor)
    return NoticeChoice.objects.filter(user_id=user_id).first() or NoticeChoice(user_id=user_id)


def choose(
    *,
    cells: Collection[str],
    pace: str,
    daily_at: int,
    quiet_from: int | None = None,
    quiet_to: int | None = None,
    morning: bool | None = None,
    by: Actor,
    at: datetime,
) -> NoticeChoice:
    """One's own choice, whole. `cells`: some of CELLS; hours of one's own zone, 0 to 23. `morning`: whether the lead's
    page is mailed, for who leads a desk; None: as one's role has it.
    """
    user_id = _one_of_us(by)
    if unknown := sorted(set(cells) - CELLS):
        raise Invalid(_("There is no such choice: %(unknown)s") % {"unknown": unknown[0][:60]}, field="cells")
    if pace not in MailPace.values:
        raise Invalid(_("One of %(choices)s.") % {"choices": ", ".join(MailPace.values)}, field="pace")
    for field, hour in (("daily_at", daily_at), ("quiet_from", quiet_from), ("quiet_to", quiet_to)):
        if hour is not None and not 0 <= hour <= 23:
            raise Invalid(_("An hour from 0 to 23."), field=field)
    if (quiet_from is None) != (quiet_to is None):
        raise Invalid(_("Quiet hours begin and end: give both, or none."), field="quiet_to")
    if quiet_from is not None and quiet_from == quiet_to:
        raise Invalid(_("They end at another hour than they begin."), field="quiet_to")
    values = {
        "cells": sorted(set(cells)),
        "pace": pace,
        "daily_at": daily_at,
        "quiet_from": quiet_from,
        "quiet_to": quiet_to,
        "morning": morning,
        "changed_at": at,
    }
    with unit_of_work(by.label):
        chosen, _new = NoticeChoice.objects.update_or_create(user_id=user_id, defaults=values)
    return chosen


def _one_of_us(actor: Actor) -> int:
    if actor.user_id is None or actor.is_customer:
        raise Forbidden(_("Only our own people are told by the desk."))
    return actor.user_id
