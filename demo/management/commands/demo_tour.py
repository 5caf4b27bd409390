"""`manage.py demo_tour`: six links to look at first, on the desk that runs at DESK_URL."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from demo.domain.tour import stops


class Command(BaseCommand):
    help = "Six links to look at first."

    def handle(self, *args: Any, **options: Any) -> None:
        for path, words in stops():
            self.stdout.write(f"  {settings.DESK_URL}{path}\n      {words}")
