"""Labels inside a sentence."""

from django.utils.translation import get_language


def lowered(label: object) -> str:
    """English writes it small there; German keeps the capitals of its nouns."""
    return str(label).lower() if (get_language() or "en").startswith("en") else str(label)
