"""Who and what the foreign names are here. Read and made a batch at a time, so that memory does not grow with them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models.functions import Lower
from django.utils.text import slugify

from cases.models import Category
from tenants.models import Requester, Tenant, User

NOBODY = "Not named"


def requesters(names: Iterable[str], *, tenant: Tenant, source: str, make: bool) -> dict[str, int]:
    """{name: requester's id}; those not known yet are made if `make`.

    A name that is a mail address is that person. Another one gets an address under `.invalid`, which no mail can
    reach: the source has told us nobody's address.
    """
    addresses = {name: _address(name, source) for name in sorted(names)}  # one import is like another to the key
    known = _known(tenant, addresses.values())
    missing = {address: name for name, address in addresses.items() if address not in known}
    if missing and make:
        Requester.objects.bulk_create(
            [
                Requester(
                    tenant=tenant,
                    name=(name or f"{NOBODY} ({source})")[:200],
                    email=address,
                    channel="import",
                    language=tenant.language,
                    time_zone=tenant.time_zone,
                )
                for address, name in missing.items()
            ],
            ignore_conflicts=True,
        )
        known |= _known(tenant, missing)
    return {name: known[address] for name, address in addresses.items() if address in known}


def _known(tenant: Tenant, addresses: Iterable[str]) -> dict[str, int]:
    rows = Requester.objects.filter(tenant=tenant).annotate(address=Lower("email")).filter(address__in=list(addresses))
    return dict(rows.values_list("address", "pk"))


def _address(name: str, source: str) -> str:
    if "@" in name:
        try:
            validate_email(name)
        except ValidationError:
            pass
        else:
            return name.lower()
    domain = slugify(source)[:60].strip("-") or "import"
    return f"{hashlib.sha256(name.encode()).hexdigest()[:20]}@{domain}.invalid"


def owners() -> dict[str, int]:
    """{a name in small letters: our user's id}, by sign-in name, address and full name; none for what fits two."""
    found: dict[str, int | None] = {}
    for user in User.objects.filter(is_active=True, requester=None).order_by("pk"):
        for name in {user.username, user.email, user.get_full_name()}:
            if key := name.strip().lower():
                found[key] = None if key in found else user.pk
    return {name: pk for name, pk in found.items() if pk is not None}


def categories(names: Iterable[str], *, source: str, make: bool) -> dict[str, int]:
    """{name: category's id}: ours of the same name, or one under the source's own branch, made if `make`."""
    wanted = {name: _slug(source, name) for name in sorted(names)}
    if not wanted:
        return {}
    ours = _ours(wanted)
    found = {name: ours[name.lower()] for name in wanted if name.lower() in ours}
    theirs = {name: slug for name, slug in wanted.items() if name not in found}
    by_slug = _by_slug(theirs.values())
    if make and (missing := {slug: name for name, slug in theirs.items() if slug not in by_slug}):
        branch, _made = Category.objects.get_or_create(slug=_slug(source, ""), defaults={"name": source[:120]})
        Category.objects.bulk_create(
            [Category(slug=slug, name=name[:120], parent=branch) for slug, name in missing.items()],
            ignore_conflicts=True,
        )
        by_slug |= _by_slug(missing)
    return found | {name: by_slug[slug] for name, slug in theirs.items() if slug in by_slug}


def _ours(names: Iterable[str]) -> dict[str, int]:
    rows = Category.objects.annotate(small=Lower("name")).filter(small__in=[name.lower() for name in names])
    return {small: merged or pk for small, pk, merged in rows.order_by("-pk").values_list("small", "pk", "merged_into")}


def _by_slug(slugs: Iterable[Any]) -> dict[str, int]:
    rows = Category.objects.filter(slug__in=list(slugs)).values_list("slug", "pk", "merged_into")
    return {slug: merged or pk for slug, pk, merged in rows}


def _slug(source: str, name: str) -> str:
    """Stable and unique for the name, however it is written."""
    readable = slugify(f"{source} {name}")[:60].strip("-")
    return f"{readable}-{hashlib.sha256(f'{source}/{name}'.encode()).hexdigest()[:8]}"
