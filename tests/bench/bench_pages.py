"""What people look at all day, with as many cases as the size says: queues, a case, search, the Lead's view."""

import itertools
import random
import time
from collections.abc import Callable, Iterator
from urllib.parse import urlencode

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.domain.desk.queues import QUEUES
from cases.models import Case, Interaction
from config.bulk import bare as bare_row
from config.bulk import copy_in
from config.processes import settle
from tests.bench.figures import Figure, memory, report, size, timed
from tests.bench.statements import bare, caught
from tests.factories.tenants import UserFactory

REPEATS = 50
OF_ALL = 400  # cases that the different ones are drawn from
OWNED = 40  # cases of the reader


def main() -> None:
    client = Client(SERVER_NAME="localhost")
    reader = UserFactory(role="lead", username=f"reader-{time.time_ns()}")
    client.force_login(reader)
    cases = some_cases()
    Case.objects.filter(pk__in=[one.pk for one in cases if one.is_open][:OWNED]).update(owner=reader)
    settle()  # as the web server does
    for name in QUEUES:
        measure(f"queue {name}", client, itertools.repeat(reverse("desk:queue", args=[name])))
    measure("the Lead's view", client, itertools.repeat(reverse("desk:triage")))
    measure("case page, as cases are", client, (page_of(case) for case in cases))
    for entries in (50, 500):
        case = cases[0] if entries == 50 else cases[1]
        talk(case, entries)
        measure(f"case page, {entries} entries", client, itertools.repeat(page_of(case)))
    for name, words in searches(cases).items():
        measure(f"search by {name}", client, (found(one) for one in words))
    for name, words in searches(cases).items():
        measure(f"palette by {name}", client, (f"{reverse('desk:palette')}?{urlencode({'q': one})}" for one in words))
    for name, words in searches(cases).items():
        measure(f"list by {name}", client, (listed(one) for one in words))
    word = max(cases[0].subject.split(), key=len)
    measure("list by word and owner", client, itertools.repeat(listed(f"owner:me {word}")))


def measure(line: str, client: Client, addresses: Iterator[str]) -> None:
    """Cold is the first call of the page; each of the others may be another address."""
    wanted = list(itertools.islice(addresses, REPEATS + 2))
    spans = timed([lambda one=one: get(client, one) for one in wanted[:-1]])
    with caught() as statements:
        get(client, wanted[-1])
    report(
        Figure(
            line=line,
            size=size(),
            bar=150,
            bar_on="p95",
            statements=len(statements),
            statements_bar=15,
            bare=bare(statements) * 1e3,
            memory=memory(),
            **spans.figures("ms"),
        )
    )


def get(client: Client, address: str) -> None:
    answer = client.get(address, follow=True)
    assert answer.status_code == 200, (address, answer.status_code)


def page_of(case: Case) -> str:
    return reverse("desk:case", args=[case.pk])


def found(words: str) -> str:
    """Where the search box at the top leads; for a reference, to the case itself."""
    return f"{reverse('desk:jump')}?{urlencode({'q': words})}"


def listed(line: str) -> str:
    return f"{reverse('desk:queue', args=['all'])}?{urlencode({'q': line})}"


def some_cases() -> list[Case]:
    """In no order, spread over all there are."""
    newest = Case.objects.order_by("-pk").values_list("pk", flat=True)[0]
    oldest = Case.objects.order_by("pk").values_list("pk", flat=True)[0]
    dice = random.Random(1)
    numbers = [dice.randrange(oldest, newest + 1) for _ in range(OF_ALL)]
    chosen = list(Case.objects.filter(pk__in=numbers).select_related("requester", "tenant"))
    dice.shuffle(chosen)
    return chosen


def talk(case: Case, entries: int) -> None:
    """Messages until the case's timeline has so many entries."""
    now = timezone.now()
    missing = entries - case.interactions.count()
    copy_in(
        [
            bare_row(
                Interaction,
                case_id=case.pk,
                tenant_id=case.tenant_id,
                at=now,
                recorded_at=now,
                kind="message",
                public=True,
                by_kind="customer" if number % 2 else "system",
                actor_name="Somebody",
                body=f"Message {number}: the import of yesterday is still not there. " * 3,
            )
            for number in range(missing)
        ]
    )


def searches(cases: list[Case]) -> dict[str, Iterator[str]]:
    with_errors = [one for one in cases if one.error_ids] or cases
    kinds: dict[str, Callable[[], Iterator[str]]] = {
        "reference": lambda: (one.reference for one in cases),
        "requester": lambda: (one.requester.email for one in cases),
        "error code": lambda: (one.error_ids[0] if one.error_ids else one.reference for one in with_errors),
        "word": lambda: (max(one.subject.split(), key=len) for one in cases),
        "a word with a slip": lambda: (_slipped(max(one.subject.split(), key=len)) for one in cases),
        "a word nobody wrote": lambda: (f"xylophone{number}" for number in range(REPEATS + 2)),
    }
    return {name: itertools.cycle(words()) for name, words in kinds.items()}


def _slipped(word: str) -> str:
    return word[:-2] + word[-1] + word[-2]
