"""`CASE-1042` is what people say, 1042 what programs say; both are taken wherever an id is."""

import re

from config.errors import Absent

LOOKUP = r"[A-Za-z0-9-]{1,32}"
_MAX = 2**63 - 1


def id_of(reference: str, *, prefix: str) -> int:
    """The row's id. Raises Absent for what can be no id of ours, exactly as for a row that is not there."""
    match = re.fullmatch(rf"(?:{prefix}-)?([0-9]{{1,19}})", reference, re.IGNORECASE | re.ASCII)
    number = int(match[1]) if match else 0
    if not 0 < number <= _MAX:
        raise Absent(f"There is no {prefix}-… {reference[:32]!a} here, or not for you.")
    return number
