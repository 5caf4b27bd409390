"""`POST /cases/` by eight clients against the real web server, worker on; and the same statements without it all."""

import http.client
import json
import random
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import psycopg
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from outbox.models import Consumption, Delivery
from tests.bench.desk import desk
from tests.bench.figures import Figure, memory, quantile, report, timed
from tests.bench.statements import Statement, caught, in_statements
from tests.factories.api import Api
from tests.factories.tenants import RequesterFactory, TenantFactory, TokenFactory, UserFactory

CLIENTS, EACH, WARM_UP = 8, 150, 10
REPLAYED = 50
PATIENCE = 60.0  # seconds for the outbox to run empty
SEQUENCES = "SELECT schemaname || '.' || sequencename, last_value FROM pg_sequences WHERE schemaname = 'public'"


def main() -> None:
    requesters = [RequesterFactory(tenant=tenant) for tenant in (TenantFactory() for _ in range(20)) for _ in range(25)]
    api = Api(token=TokenFactory(user=UserFactory(role="l2")))
    dice = random.Random(1)
    asked = [body(dice.choice(requesters), number) for number in range(2000)]

    in_process = timed([lambda one=one: post(api, one) for one in asked[:60]]).figures("ms")
    with in_statements() as spans:
        for one in asked[:20]:
            post(api, one)
    statements, bare_ms = replayed(api, asked[60 : 60 + REPLAYED])
    with desk() as port:
        spans_of_clients, seconds = by_clients(port, api.headers, asked[200:])
        emptied = emptied_after()
    rate = len(spans_of_clients) / seconds
    report(
        Figure(
            line=f"POST /cases/, {CLIENTS} clients",
            unit="/s",
            median=rate,
            bar=100,
            at_least=True,
            repeats=len(spans_of_clients),
            statements=statements,
            statements_bar=20,
            bare=1000 / bare_ms,
            note=f"bare: the same statements and a commit, one connection. An answer takes "
            f"{statistics.median(spans_of_clients) * 1e3:.0f} ms (p95 {quantile(spans_of_clients, 0.95) * 1e3:.0f}). "
            f"In process {in_process['median']:.1f} ms, {sum(spans) / 20 * 1e3:.1f} of them in statements",
        )
    )
    report(Figure(line="POST /cases/: outbox empty after", unit="s", median=emptied, bar=10))
    report(Figure(line="POST /cases/ in process", memory=memory(), statements=statements, bare=bare_ms, **in_process))


def body(requester, number):
    return {
        "tenant": requester.tenant.slug,
        "requester": requester.pk,
        "subject": f"Ingestion is late, {number}",
        "description": "Since this morning the numbers of yesterday are missing.",
        "severity": "sev3",
        "error_ids": [f"E-{number}"],
    }


def post(api, one):
    answer = api.post("/cases/", one)
    assert answer.status_code == 201, answer.content
    return answer


def replayed(api, asked) -> tuple[int, float]:
    """(statements, median ms). Each request is caught in a transaction that is taken back, so that its statements,
    sent again with the sequences where they were, write the same rows under the same ids, and are committed.
    """
    caught_ones = []
    for one in asked:
        numbers = sequences()
        with transaction.atomic(), caught() as statements:
            post(api, one)
            transaction.set_rollback(True)
        caught_ones.append((numbers, [each for each in statements if "SAVEPOINT" not in each[0]]))
    given = connection.get_connection_params() | {"autocommit": True, "cursor_factory": psycopg.ClientCursor}
    given.pop("options", None)  # as the owner, who may set sequences
    with psycopg.connect(**given) as plain:
        spans = [_replay(plain, *one) for one in caught_ones]
    return len(caught_ones[-1][1]), statistics.median(spans) * 1e3


def _replay(plain: psycopg.Connection, numbers: dict[str, int | None], statements: list[Statement]) -> float:
    for name, last in numbers.items():
        plain.execute("SELECT setval(%s::regclass, %s, %s)", [name, last or 1, last is not None])
    begun = time.perf_counter()
    with plain.transaction():
        for sql, params in statements:
            cursor = plain.execute(sql, params)
            if cursor.description:
                cursor.fetchall()
    return time.perf_counter() - begun


def sequences() -> dict[str, int | None]:
    with connection.cursor() as cursor:
        cursor.execute(SEQUENCES)
        return dict(cursor.fetchall())


def by_clients(port: int, headers: dict[str, str], asked) -> tuple[list[float], float]:
    """Seconds of each answer, and of them all."""
    shares = [asked[place : len(asked) : CLIENTS][: EACH + WARM_UP] for place in range(CLIENTS)]
    with ThreadPoolExecutor(CLIENTS) as clients:
        list(clients.map(lambda share: one_client(port, headers, share[:WARM_UP]), shares))
        begun = time.perf_counter()
        spans = [
            span
            for some in clients.map(lambda share: one_client(port, headers, share[WARM_UP:]), shares)
            for span in some
        ]
        return spans, time.perf_counter() - begun


def one_client(port: int, headers: dict[str, str], asked) -> list[float]:
    spans = []
    peer = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    for one in asked:
        begun = time.perf_counter()
        peer.request("POST", "/api/v1/cases/", json.dumps(one), headers | {"Content-Type": "application/json"})
        answer = peer.getresponse()
        answer.read()
        assert answer.status == 201, answer.status
        spans.append(time.perf_counter() - begun)
    peer.close()
    return spans


def emptied_after() -> float:
    """Seconds until nothing is left that is due now. The desk's own mail limit may hold later ones back."""
    begun = time.perf_counter()
    while time.perf_counter() - begun < PATIENCE:
        now = timezone.now() + timedelta(seconds=1)
        waiting = Consumption.objects.filter(status="pending", next_attempt_at__lte=now + settings.OUTBOX_LEASE)
        if not waiting.exists() and not Delivery.objects.due(at=now).exists():
            break
        time.sleep(0.2)
    return time.perf_counter() - begun
