"""Ten thousand promises end in one minute: swept, escalated and told, one after the other in one process."""

from datetime import timedelta

from django.utils import timezone

from cases.models import Escalation, Interaction
from outbox.domain.relay import relay
from outbox.models import Consumption
from sla.domain.sweep import sweep
from sla.domain.telling import tell
from sla.models import Alert, AlertRecipient
from tests.bench import promises
from tests.bench.clocks import vacuum
from tests.bench.figures import Figure, memory, report, stopwatch
from tests.bench.statements import caught

DEADLINES = 10_000
MINUTE = timedelta(minutes=1)


def main() -> None:
    now = timezone.now()
    promises.owed(due_at=[now - MINUTE + MINUTE * place / DEADLINES for place in range(DEADLINES)])
    vacuum("sla_clock", "cases_case", "cases_caseclock")
    with caught() as statements, stopwatch() as swept:
        sweep(at=timezone.now(), budget_ms=None)
    found = Alert.objects.count()
    say("claimed, dated, alerted", swept(), bar=10, statements=len(statements), note=counted(found, "alerts"))

    with caught() as statements, stopwatch() as escalated:
        while relay(at=timezone.now()).consumed:
            pass
    raised = Escalation.objects.count()
    noted = Interaction.objects.filter(kind="sla").count()
    left = Consumption.objects.exclude(status="done").count()
    note = f"{counted(raised, 'escalations')}, {counted(noted, 'notes')}, {left} events unheard"
    say("escalated, and the people found", escalated(), bar=60, statements=len(statements), note=note)

    with caught() as statements, stopwatch() as told:
        mails = 0
        while some := tell(at=timezone.now()):
            mails += some
    untold = AlertRecipient.objects.filter(told_at=None).count()
    people = AlertRecipient.objects.values("email").distinct().count()
    note = f"{mails} mails to {people} people, {untold} untold"
    say("told, a digest a person and minute", told(), bar=60, statements=len(statements), note=note)


def say(line: str, seconds: float, *, bar: float, statements: int, note: str) -> None:
    report(
        Figure(
            line=f"{DEADLINES:,} deadlines: {line}",
            unit="s",
            median=seconds,
            bar=bar,
            statements=statements,
            memory=memory(),
            note=note,
        )
    )


def counted(found: int, what: str) -> str:
    return f"{found:,} {what}, {abs(DEADLINES - found)} {'twice' if found > DEADLINES else 'lost'}"
