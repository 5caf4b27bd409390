"""What stands around every desk page and has to be asked: the sidebar's counts, the timer, who has the desk today.

Rooms to the right say which lists and which person; here they are read in one statement, and remembered for a moment.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils.functional import cached_property

from config.counting import counted_to
from config.frame_memory import remember, remembered
from config.models import Heartbeat
from config.questions import Question

lists = Question("config.desk_frame.lists")
"""`lists.ask(request=) -> dict` each: {item key: the rows to count, in the order they are shown in}."""

pages = Question("config.desk_frame.pages")
"""`pages.ask(request=) -> [ListPage]` each: lists of people's own making that stand in the sidebar."""

sights = Question("config.desk_frame.sights")
"""`sights.ask(request=) -> str` each: what decides which rows those lists hold for this reader, said shortly."""

on_desk = Question("config.desk_frame.on_desk")
"""`on_desk.ask(at=) -> QuerySet` each, at most one: the name of the person who orchestrates today, a column."""

COUNT_CAP = 99


def shown_count(number: int) -> str:
    """Of one that was counted to one more than the cap; empty for none."""
    return f"{COUNT_CAP}+" if number > COUNT_CAP else str(number or "")


@dataclass(frozen=True, slots=True)
class ListPage:
    """`key`: under which `lists` may say what is counted."""

    key: str
    title: str
    url: str


class Frame:
    """Nothing is asked before it is drawn. `told`: counts by item key, to one more than COUNT_CAP, and the facts; a
    moment old where the reader comes from another page.
    """

    def __init__(self, request: HttpRequest, *, at: datetime) -> None:
        self.request = request
        self.at = at

    @cached_property
    def told(self) -> dict[str, Any]:
        sight = "|".join(sights.ask(request=self.request))
        told = remembered(self.request, sight)
        if told is None:
            told = self._counted()
            remember(self.request, sight, told)
        return told

    def _counted(self) -> dict[str, Any]:
        counted = {key: rows for answer in lists.ask(request=self.request) for key, rows in answer.items()}
        facts = {"ticked at": Heartbeat.objects.filter(name="sweep").order_by().values("at")}
        facts |= dict.fromkeys(("on desk",), names) if (names := on_desk.ask_one(at=self.at)) is not None else {}
        return counted_to(COUNT_CAP + 1, counted, beside=facts)
