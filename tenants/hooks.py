"""What this room has to ask rooms above it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from config.questions import Question

blob_in_use = Question("tenants.blob_in_use")
"""`ask(blob_ids=) -> [set of ids]`: those that a message, a run or anything else of the answering room links to."""

console_sections = Question("tenants.console_sections")
"""`answer(tenant=, actor=, at=) -> Section | None` each: what the answering room shows of a tenant on its console; None
where the reader may see nothing of it. One that raises is told in its place, and the page stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """A number on top of the console; `url` opens the list that it counts. `tone`: ok, warn, bad or empty."""

    number: str
    words: Any
    url: str
    tone: str = ""
    beneath: Any = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """`template` is drawn with `context`, the `tenant`, the moment as `now`, and the request. The lowest `rank` stands
    first.
    """

    rank: int
    title: Any
    template: str
    context: Mapping[str, Any]
    glances: tuple[Glance, ...] = ()
