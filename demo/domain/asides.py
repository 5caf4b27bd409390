"""Whom people of the demo ask beside a case: the support of an identity provider, by mail, and L2.

No chance is asked here, so that the stories stay the ones that they were: what differs comes from the moment.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

MINUTE = timedelta(minutes=1)
PROVIDER = {"address": "support@keyring-id.example", "name": "Keyring ID support"}

Told = tuple[datetime, str, str, dict[str, Any]]  # when, which act, by whom (empty: somebody outside), its words


def beside(category: str, at: datetime, *, owner: str) -> Iterator[Told]:
    if category == "access" and at.minute % 2 == 0:
        question = "Do you see sign-ins refused as not yet valid since this morning? We see a skew of about 40 seconds."
        yield at + 3 * MINUTE, "aside", owner, {**PROVIDER, "subject": "Clock of your service", "body": question}
        yield at + 41 * MINUTE, "aside_heard", "", {"body": "We do. One of our three nodes was late; it is put right."}
    elif category == "ingestion" and at.minute % 3 == 0:
        question = "Is there a reason not to raise this quota to 20? Nothing in the runbook speaks of the segment."
        yield at + 2 * MINUTE, "aside", owner, {"level": "L2", "subject": "Quota of this segment", "body": question}
        if at.minute % 2 == 0:
            yield at + 19 * MINUTE, "aside_said", "l2", {"body": "None. Raise it, and note it as a change."}
