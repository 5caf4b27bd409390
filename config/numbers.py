"""Numbers of rows as they come in addresses and forms."""


def row_number(text: str | None) -> int | None:
    """At most eighteen plain digits, which every key of the database holds; None for anything else."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 19 else None
