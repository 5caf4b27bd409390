"""When a notice is mailed: paces, quiet hours, odd nights."""

from datetime import UTC, datetime

import pytest

from cases.domain.people.moments import mail_due_at
from cases.models import NoticeChoice


def utc(*parts):
    return datetime(2026, *parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("choice", "zone", "at", "due"),
    [
        ({}, "Europe/Berlin", utc(11, 16, 9, 7), utc(11, 16, 9, 7)),
        ({"pace": "hourly"}, "Europe/Berlin", utc(11, 16, 9, 7), utc(11, 16, 10)),
        ({"pace": "hourly"}, "Asia/Kolkata", utc(11, 16, 9, 7), utc(11, 16, 9, 30)),  # 14:37 there
        ({"pace": "hourly"}, "Europe/Berlin", utc(11, 16, 9), utc(11, 16, 10)),
        ({"pace": "daily", "daily_at": 8}, "Europe/Berlin", utc(11, 16, 6, 59), utc(11, 16, 7)),
        ({"pace": "daily", "daily_at": 8}, "Europe/Berlin", utc(11, 16, 7), utc(11, 17, 7)),
        ({"quiet_from": 19, "quiet_to": 7}, "Europe/Berlin", utc(11, 16, 17, 59), utc(11, 16, 17, 59)),
        ({"quiet_from": 19, "quiet_to": 7}, "Europe/Berlin", utc(11, 16, 18), utc(11, 17, 6)),
        ({"quiet_from": 19, "quiet_to": 7}, "Europe/Berlin", utc(11, 17, 5, 59), utc(11, 17, 6)),
        ({"quiet_from": 12, "quiet_to": 14}, "Europe/Berlin", utc(11, 16, 11, 30), utc(11, 16, 13)),
        ({"pace": "hourly", "quiet_from": 12, "quiet_to": 14}, "Europe/Berlin", utc(11, 16, 10, 30), utc(11, 16, 13)),
        # The night in which the clocks go back, and the one in which 02:00 is left out.
        ({"quiet_from": 22, "quiet_to": 7}, "Europe/Berlin", utc(10, 24, 21), utc(10, 25, 6)),
        ({"pace": "daily", "daily_at": 2}, "Europe/Berlin", utc(3, 28, 22), utc(3, 29, 1)),
    ],
)
def test_when_it_is_mailed(choice, zone, at, due):
    assert mail_due_at(NoticeChoice(**choice), zone=zone, at=at) == due
