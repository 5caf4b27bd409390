"""The client's way in from a mail: a signed address for one requester and one case, good for a while."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils.translation import gettext as _

from cases.models import Case
from config.errors import Absent

SALT = "cases.client-link"
GOOD_FOR = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class ClientLink:
    case_id: int
    requester_id: int


def link_for(case: Case, *, reader_id: int | None = None, at: datetime) -> str:
    """The whole address, for the case's requester unless `reader_id` is another one who may read it."""
    values = {"c": case.pk, "r": reader_id or case.requester_id, "e": int((at + GOOD_FOR).timestamp())}
    signed = signing.Signer(salt=SALT).sign_object(values, compress=True)
    return settings.DESK_URL + reverse("cases:client-link", args=[signed])


def read_link(signed: str, *, at: datetime) -> ClientLink:
    """Absent for one that is forged, broken or too old: the answer never says which."""
    try:
        values = signing.Signer(salt=SALT).unsign_object(signed)
        link = ClientLink(case_id=values["c"], requester_id=values["r"])
        expires = values["e"]
    except (signing.BadSignature, ValueError, KeyError, TypeError):
        raise Absent(_("This link does not open anything.")) from None
    if at.timestamp() > expires:
        raise Absent(_("This link does not open anything any more."))
    return link
