"""One of us opens pages: how long the desk takes for each, and the same statements without it."""

import itertools
import random
import time
from collections.abc import Iterator
from urllib.parse import urlencode

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.models import Case, Notice, SavedView
from config.frame_memory import LIVE
from config.processes import settle
from tenants.models import User
from tests.bench.figures import Figure, Spans, memory, report, size, timed
from tests.bench.statements import bare, caught
from tests.factories.tenants import UserFactory

READER = "reader-"
REPEATS = 50
OF_ALL = 400  # cases that the different ones are drawn from
OWNED = 40  # cases of the reader
UNREAD = 150  # notices of theirs
VIEWS = ("priority:P1", "level:L2", "waiting:3d", "owner:none", "status:triage", "queue:breached")
EACH = 2  # how many views have the same line: a full sidebar


class Visit:
    """A reader of every tenant, with cases, views and notices of their own, and `cases` in no order."""

    def __init__(self) -> None:
        self.client = Client(SERVER_NAME="localhost")
        # A database that is kept: who measured here before carries nothing any more.
        Case.objects.filter(owner__username__startswith=READER).update(owner=None)
        self.reader: User = UserFactory(role="lead", username=f"{READER}{time.time_ns()}")
        self.client.force_login(self.reader)
        self.cases = some_cases()
        Case.objects.filter(pk__in=[one.pk for one in self.cases if one.is_open][:OWNED]).update(owner=self.reader)
        self._furnish()
        settle()  # as the web server does

    def _furnish(self) -> None:
        now = timezone.now()
        SavedView.objects.bulk_create(
            SavedView(owner=self.reader, name=f"{line} {number}", line=line, changed_at=now)
            for line in VIEWS
            for number in range(EACH)
        )
        Notice.objects.bulk_create(
            Notice(
                user=self.reader,
                case_id=case.pk,
                tenant_id=case.tenant_id,
                event_id=number,
                event="customer",
                scope="mine",
                at=now,
            )
            for number, case in enumerate(self.cases[:UNREAD])
        )

    def measure(
        self, line: str, addresses: Iterator[str], *, bar: int | None, statements_bar: int | None, anew: bool = False
    ) -> None:
        """Cold is the first call of the page; each of the others may be another address. The bar is in ms, on p95.
        `anew`: the sidebar is counted for each of them, as after something was done.
        """
        wanted = list(itertools.islice(addresses, REPEATS + 2))
        spans = self.spans(wanted[:-1], anew=anew)
        with caught() as statements:
            self.get(wanted[-1], anew=True)
        report(
            Figure(
                line=line,
                size=size(),
                bar=bar,
                bar_on="p95",
                statements=len(statements),
                statements_bar=statements_bar,
                bare=bare(statements) * 1e3,
                memory=memory(),
                **spans.figures("ms"),
            )
        )

    def spans(self, addresses: list[str], *, anew: bool = False) -> Spans:
        return timed([lambda one=one: self.get(one, anew=anew) for one in addresses])

    def get(self, address: str, *, anew: bool = False) -> None:
        answer = self.client.get(address, follow=True, headers={LIVE: "1"} if anew else None)
        assert answer.status_code == 200, (address, answer.status_code)


def listed(line: str) -> str:
    """All cases, narrowed by the line."""
    return f"{reverse('desk:queue', args=['all'])}?{urlencode({'q': line})}"


def page_of(case: Case) -> str:
    return reverse("desk:case", args=[case.pk])


def some_cases() -> list[Case]:
    """In no order, spread over all there are; others in each run, so that nobody finds what the last one left."""
    newest = Case.objects.order_by("-pk").values_list("pk", flat=True)[0]
    oldest = Case.objects.order_by("pk").values_list("pk", flat=True)[0]
    dice = random.Random()
    numbers = [dice.randrange(oldest, newest + 1) for _ in range(OF_ALL)]
    chosen = list(Case.objects.filter(pk__in=numbers).select_related("requester", "tenant"))
    dice.shuffle(chosen)
    return chosen
