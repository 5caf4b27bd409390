"""Publishes events and asks for mails, one of each a transaction: as many as each line that it reads says.

Migrates what it needs first. Answers each line with `done`.
"""

import sys

import django

django.setup()

from django.core.management import call_command  # noqa: E402  after django.setup(), as everything of Django
from django.db import transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from outbox.domain.delivering import send_mail  # noqa: E402
from outbox.domain.publish import publish  # noqa: E402
from tests.e2e.processes import outbox_worker  # noqa: E402, F401  its consumer

for room in ("config", "outbox"):
    call_command("migrate", room, verbosity=0)
print("ready", flush=True)

for line in sys.stdin:
    for number in range(int(line)):
        with transaction.atomic():
            at = timezone.now()
            publish(name="desk.fault-tested", tenant_id=1, payload={}, at=at, key=str(number % 5) if number % 2 else "")
            send_mail(
                to=f"reader{number}@client.example",
                subject="Fault test",
                text="x",
                tenant_id=1,
                about_kind="",
                about_id=None,
                automated=False,
                at=at,
            )
    print("done", flush=True)
