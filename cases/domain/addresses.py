"""Whose a mail address is, however it is written: with a tag (`ana+desk@…`), in capitals, at a house's other names."""

from __future__ import annotations

from email.utils import parseaddr

from django.conf import settings
from django.db.models import Q

from tenants.models import Contact, Requester, User

# Where everybody may have an address: that two share one of these says nothing.
PUBLIC_MAIL = frozenset(
    {
        *("gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "yahoo.com", "icloud.com"),
        *("gmx.de", "gmx.net", "web.de", "t-online.de", "freenet.de", "proton.me", "protonmail.com"),
    }
)


def is_ours(email: str) -> bool:
    """Of one of us, or the desk's own, where an answer would open a case."""
    desk = parseaddr(settings.MAIL_FROM)[1]
    return _box(email) == _box(desk) or User.objects.filter(_same_box(email), requester=None).exists()


def is_of_client(email: str, *, tenant_id: int) -> bool:
    """Of one of their people, or of their house: who has an address where they have theirs, or above or below it."""
    theirs = _same_box(email)
    for house in _houses(_box(email)[1]):
        theirs |= Q(email__iendswith=f"@{house}")
    if (own := _box(email)[1]) not in PUBLIC_MAIL:
        theirs |= Q(email__iendswith=f".{own}")
    return any(model.objects.filter(theirs, tenant_id=tenant_id).exists() for model in (Requester, Contact))


def _box(email: str) -> tuple[str, str]:
    """Before the tag, and the house."""
    name, _at, house = email.lower().rpartition("@")
    return name.partition("+")[0] or name, house


def _same_box(email: str) -> Q:
    name, house = _box(email)
    return Q(email__iexact=f"{name}@{house}") | Q(email__istartswith=f"{name}+", email__iendswith=f"@{house}")


def _houses(house: str) -> list[str]:
    """It and those above it that may be somebody's."""
    labels = house.split(".")
    above = [".".join(labels[n:]) for n in range(max(len(labels) - 1, 1))]
    return [one for one in above if one not in PUBLIC_MAIL]
