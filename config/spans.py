"""Spans of time in words, as every page says them."""

from django.utils.translation import gettext as _

DAY, HOUR = 86400, 3600


def span_words(seconds: float) -> str:
    """'12 min', '1 h 08', '3 d 4 h'; under a minute '< 1 min'."""
    seconds = int(abs(seconds))
    if seconds < 60:
        return _("< 1 min")
    if seconds < HOUR:
        return _("{m} min").format(m=seconds // 60)
    if seconds < DAY:
        return _("{h} h {m:02d}").format(h=seconds // HOUR, m=seconds % HOUR // 60)
    return _("{d} d {h} h").format(d=seconds // DAY, h=seconds % DAY // HOUR)
