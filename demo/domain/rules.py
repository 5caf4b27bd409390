"""What this desk does by itself: three automation rules, kept by the lead since before the first case."""

from __future__ import annotations

from datetime import datetime, timedelta

from cases.domain.automation import keeping
from cases.enums import Fact, RuleTrigger, Status, TimedState
from cases.models import AutomationRule, Macro
from tenants.domain.actors import actor_of_user
from tenants.models import User

THREE_DAYS = timedelta(days=3) // timedelta(minutes=1)
STILL_THERE = {
    "en": "Hello {{ requester.first_name }},\n\nwe still wait for your answer on {{ case.reference }}. A short word is "
    "enough; without it we can't go on.\n\n{{ agent.name }}",
    "de": "Hallo {{ requester.first_name }},\n\nwir warten noch auf Ihre Antwort zu {{ case.reference }}. Ein kurzes "
    "Wort genügt; ohne es kommen wir nicht weiter.\n\nViele Grüße\n{{ agent.name }}",
}


def keep_all(*, at: datetime) -> None:
    lead = actor_of_user(User.objects.select_related("requester").get(username="lead"), at=at)
    reminder = Macro.objects.create(name="Still with us?", texts=STILL_THERE)
    for rule in (
        AutomationRule(
            position=10,
            name="Enterprise, urgent",
            trigger=RuleTrigger.OPENED,
            line="priority:P0,P1",
            fact=Fact.TIER,
            value="enterprise",
            adds_tags=["enterprise-urgent"],
            note="Enterprise and urgent: tell the account's PO before the first reply, and name the next update in it.",
        ),
        AutomationRule(
            position=20,
            name="Silent for three days",
            trigger=RuleTrigger.TIME,
            state=TimedState.WAITING,
            minutes=THREE_DAYS,
            macro=reminder,
        ),
        AutomationRule(
            position=30,
            name="Back again",
            trigger=RuleTrigger.MOVED,
            to_status=Status.IN_PROGRESS,
            line="reopened:yes",
            adds_tags=["back-again"],
            note="Reopened: read what was said to be solved before you answer.",
        ),
    ):
        rule.active = True
        keeping.keep(rule, by=lead, at=at)
