"""The way by which somebody came to a case: which list, narrowed how, and where in it. It travels in the address."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from django.http import HttpRequest
from django.urls import reverse

from cases.domain.desk.lists import VIEW
from cases.domain.desk.queues import QUEUES

A_VIEW = re.compile(rf"{VIEW}([0-9]{{1,18}})", re.ASCII)
CASES = "/admin/desk/cases/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trail:
    """`name`: of the list, empty when nobody came out of one. `line`: what narrowed it. `place`: of the case in it."""

    name: str = ""
    line: str = ""
    place: str = ""

    def __bool__(self) -> bool:
        return bool(self.name)

    @property
    def query(self) -> str:
        """For the address of a case or of what is done to it: with its question mark, or empty."""
        return f"?{urlencode(self._told())}" if self.name else ""

    @property
    def list_url(self) -> str:
        """The list itself, narrowed as it was."""
        return url_of_list(self.name, q=self.line)

    @property
    def following(self) -> str:
        return f"{reverse('desk:neighbour', args=['next'])}{self.query}"

    @property
    def preceding(self) -> str:
        return f"{reverse('desk:neighbour', args=['previous'])}{self.query}"

    def _told(self) -> dict[str, str]:
        return {
            name: value for name, value in {"from": self.name, "q": self.line, "place": self.place}.items() if value
        }


def trail_of(request: HttpRequest) -> Trail:
    """From the address; for a form that stands on a case's page, from the address of that page."""
    asked: dict[str, Any] = {name: request.GET.get(name, "") for name in ("from", "q", "place")}
    if not asked["from"]:
        asked = _of_page(request.headers.get("Referer", "")) or asked
    name = asked.get("from", "")
    if name not in QUEUES and not A_VIEW.fullmatch(name):
        return Trail()
    return Trail(name=name, line=asked.get("q", "")[:400], place=asked.get("place", "")[:80])


def _of_page(address: str) -> dict[str, Any]:
    """What the address of a case's page says; nothing for any other, or for what is none."""
    try:
        page = urlsplit(address)
    except ValueError:
        return {}
    return {name: values[0] for name, values in parse_qs(page.query).items()} if page.path.startswith(CASES) else {}


def url_of_list(name: str, **query: str) -> str:
    view = A_VIEW.fullmatch(name)
    url = reverse("desk:view", args=[int(view[1])]) if view else reverse("desk:queue", args=[name])
    asked = urlencode({key: value for key, value in query.items() if value})
    return f"{url}?{asked}" if asked else url
