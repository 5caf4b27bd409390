"""What scripts say: they hold no words of their own, a page hands them over in the reader's language."""

import json

from django import template
from django.utils.translation import gettext as _

register = template.Library()


@register.simple_tag
def script_words() -> str:
    """As JSON, for the attribute `data-words` of the page's body."""
    return json.dumps(
        {
            # Spans of time, as config/spans.py writes them.
            "seconds": _("< 1 min"),
            "minutes": _("{m} min"),
            "hours": _("{h} h {m:02d}"),
            "days": _("{d} d {h} h"),
            "left": _("{left} left"),
            "over": _("{over} over"),
            "ago": _("{span} ago"),
            "kept": _("draft kept"),
            "keptAt": _("draft kept {time}"),
            "unreachable": _("The desk can't be reached just now; nothing was sent. Try again in a moment."),
            "signedOut": _(
                "You are signed out; nothing was sent. Sign in in another tab, keep your text and open this form again."
            ),
            "refused": _("The desk could not take this; nothing was sent. Keep your text and load the page again."),
            "macros": _("Macros"),
            "fits": _("fits"),
            "noMacro": _("No macro of that name."),
            "articles": _("Articles"),
            "noArticle": _("No article of that name."),
            "people": _("People"),
            "nobodyNamed": _("Nobody of that name sees this client."),
            "macroAway": _("This macro can't be had just now; nothing was changed."),
        },
        ensure_ascii=False,
    )
