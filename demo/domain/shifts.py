"""Who is there while a visitor looks, whatever their hour: shifts stand around now, one is still to come, somebody is
away.

And two rules that give out cases: how-to questions by turns, what went to L2 to who carries least.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from cases.domain import absences
from cases.domain.assignment import giving
from cases.models import AssignmentRule, Category, WorkingTime
from config.db import unit_of_work
from tenants.domain.actors import SYSTEM, actor_of_user
from tenants.models import User

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

# username, hours from now to the shift's begin, its length, capacity, categories, skills, languages
SHIFTS = [
    ("l1", -2, 8, 30, ["access", "interface"], ["sso"], ["en", "de"]),
    ("l1b", 3, 8, 30, ["billing", "interface"], [], ["en"]),
    ("lead", -3, 9, 12, ["access", "billing", "interface"], [], ["en", "de"]),
    ("l2", -4, 10, 25, ["ingestion", "reports"], ["sql"], ["en"]),
    ("l3", -1, 8, 10, ["ingestion"], ["sql", "schema"], ["en"]),
    ("po", -2, 8, 6, [], [], ["en", "de"]),
]
AWAY = "po"


def on_shift(*, now: datetime) -> None:
    """As of now; told again it moves the shifts along."""
    users = {user.username: user for user in User.objects.filter(username__in=[name for name, *_ in SHIFTS])}
    with unit_of_work(SYSTEM.label):
        for name, begins, length, capacity, categories, tags, languages in SHIFTS:
            user = users[name]
            starts = (now + timedelta(hours=begins)).astimezone(ZoneInfo(user.time_zone)).replace(minute=0)
            shift = [f"{starts:%H:%M}", f"{starts + timedelta(hours=length):%H:%M}"]
            told = {"capacity": capacity, "tags": tags, "languages": languages}
            told["weekly_hours"] = {day: [shift] for day in DAYS}
            working_time, _new = WorkingTime.objects.update_or_create(user=user, defaults=told)
            working_time.categories.set(Category.objects.filter(slug__in=categories))
        _rules()
    away = users[AWAY]
    by = actor_of_user(away, at=now)
    absences.come_back(user_id=away.pk, by=by, at=now)
    absences.go_away(user_id=away.pk, until=now + timedelta(hours=20), reason="Offsite", by=by, at=now)
    giving.give_all(at=now)


def _rules() -> None:
    interface = Category.objects.filter(slug="interface").first()
    AssignmentRule.objects.get_or_create(
        name="Questions about the interface, by turns",
        defaults={
            "position": 10,
            "active": True,
            "levels": ["L1"],
            "way": "round_robin",
            "by_category": True,
            "category": interface,
        },
    )
    AssignmentRule.objects.get_or_create(
        name="Handed on to L2, to who carries least",
        defaults={"position": 20, "active": True, "levels": ["L2"], "way": "least_loaded"},
    )
