"""Columns that several models share."""

from typing import Any
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

ZONES = frozenset(available_timezones())

slug = RegexValidator(r"\A[a-z0-9]+(?:[-_.][a-z0-9]+)*\Z", _("Small letters and digits, joined by - _ or ."))
language_tag = RegexValidator(r"\A[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*\Z", _("A language tag such as en or pt-BR."))


def time_zone(value: str) -> None:
    if value not in ZONES:
        raise ValidationError(_("%(zone)s is no time zone such as Europe/Berlin."), params={"zone": value})


class TimeZoneField(models.CharField):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 50)
        kwargs.setdefault("default", "Europe/Berlin")
        kwargs.setdefault("validators", [time_zone])
        super().__init__(*args, **kwargs)


class LanguageField(models.CharField):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 20)
        kwargs.setdefault("default", "en")
        kwargs.setdefault("validators", [language_tag])
        super().__init__(*args, **kwargs)


class KeyField(models.CharField):
    """A name that programs use: small letters and digits, joined by - _ or a dot."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 80)
        kwargs.setdefault("validators", [slug])
        super().__init__(*args, **kwargs)
