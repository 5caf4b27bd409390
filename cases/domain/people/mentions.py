"""`@username` in what is said among ourselves: the colleague is told."""

from __future__ import annotations

import re
from typing import Any

from django.utils.translation import gettext as _

from cases.domain.changing import Change
from cases.domain.people.colleagues import reached
from config.errors import Invalid
from tenants.models import User

AT_MOST = 10  # people named in one note
NAMED = re.compile(r"(?<![\w@.+/-])@([\w.+-]+)")  # not within an address


def heed(change: Change, text: str) -> dict[str, Any]:
    """What the timeline keeps: {"mentions": [user ids]}, {} where nobody is named. Words that are nobody's username
    are words. Raises Invalid for one who may not see the client, Forbidden for one out of the writer's reach.
    """
    if not (named := usernames(text)) or not change.by.is_person:
        return {}
    people = User.objects.filter(username__in=named, requester=None, is_active=True)
    if not (ids := list(people.order_by("pk").values_list("pk", flat=True))):
        return {}
    if len(ids) > AT_MOST:
        raise Invalid(_("At most %(most)s people in one note.") % {"most": AT_MOST}, field="body", code="too-many")
    found = reached(people, case=change.case, by=change.by, at=change.at, field="body")
    return {"mentions": [person.pk for person in found]}


def usernames(text: str) -> set[str]:
    """As written, and without the stop that ends a sentence."""
    written = NAMED.findall(text)
    return {*written, *(name.rstrip(".-+") for name in written)} - {""}
