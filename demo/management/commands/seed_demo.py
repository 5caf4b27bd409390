"""`manage.py seed_demo`: ninety days of a lively desk. Twice adds nothing; later, it lives up to now."""

from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from config.errors import DomainError
from demo.domain.seeding import seed


class Command(BaseCommand):
    help = "Fill an empty desk with demo data; a demo that slept lives up to now."

    def handle(self, *args: Any, **options: Any) -> None:
        def told(until: datetime) -> None:
            if until.day in (1, 11, 21):
                self.stdout.write(f"demo: lived until {until:%-d %B}")
                self.stdout.flush()

        try:
            done = seed(at=timezone.now(), told=told)
        except DomainError as refusal:
            raise CommandError(refusal.message) from None
        self.stdout.write(f"demo: {done}")
