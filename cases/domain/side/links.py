"""The way in for somebody outside: a signed address for one side talk, and nothing else."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils.translation import gettext as _

from cases.domain.addresses import is_of_client
from cases.models import SideTalk
from config.errors import Absent

SALT = "cases.side-link"
GOOD_FOR = timedelta(days=90)


def link_for(talk: SideTalk, *, at: datetime) -> str:
    values = {"s": talk.pk, "a": talk.address, "e": int((at + GOOD_FOR).timestamp())}
    signed = signing.Signer(salt=SALT).sign_object(values, compress=True)
    return settings.DESK_URL + reverse("cases:side-link", args=[signed])


def read_link(signed: str, *, at: datetime) -> SideTalk:
    """The talk that it opens. Absent for one that is forged, broken or too old, and where who was outside belongs to
    the client by now: the answer never says which.
    """
    try:
        values = signing.Signer(salt=SALT).unsign_object(signed)
        talk_id, address, expires = values["s"], values["a"], values["e"]
    except (signing.BadSignature, ValueError, KeyError, TypeError):
        raise Absent(_("This link does not open anything.")) from None
    talk: SideTalk | None = SideTalk.objects.filter(pk=talk_id, address=address).first()
    if talk is None or at.timestamp() > expires or is_of_client(talk.address, tenant_id=talk.tenant_id):
        raise Absent(_("This link does not open anything any more."))
    return talk
