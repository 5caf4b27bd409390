"""What may stand in a message: text that can be stored and sent, header lines that stay one line."""

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from config.errors import Invalid

OURS = {
    "auto-submitted",
    "bcc",
    "cc",
    "content-transfer-encoding",
    "content-type",
    "date",
    "from",
    "message-id",
    "mime-version",
    "reply-to",
    "return-path",
    "sender",
    "subject",
    "to",
    "x-auto-response-suppress",
    "x-desk-delivery",
}
HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,75}")


def storable(text: str) -> str:
    """Without what PostgreSQL or UTF-8 cannot hold: null bytes and lone surrogates."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def one_line(text: str) -> str:
    """Anything that a mail server could read as the end of a line becomes a space."""
    spaced = "".join(" " if unicodedata.category(char) in ("Cc", "Zl", "Zp") else char for char in storable(text))
    return " ".join(spaced.split())


def address(value: str, *, field: str) -> str:
    """One plain address. Invalid for lists, names in front, and anything with a line end in it."""
    value = value.strip(" ")
    try:
        validate_email(value)
    except ValidationError as error:
        raise Invalid(_("%(value)s is no mail address") % {"value": repr(value[:100])}, field=field) from error
    return value


def extra_headers(headers: dict[str, str]) -> dict[str, str]:
    for name, value in headers.items():
        if not HEADER_NAME.fullmatch(name) or name.lower() in OURS:
            raise Invalid(_("The header %(name)s cannot be set here") % {"name": repr(name[:76])}, field="headers")
        if one_line(value) != value:
            raise Invalid(_("The header %(name)s must be one clean line") % {"name": name}, field="headers")
    return dict(headers)
