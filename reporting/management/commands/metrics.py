"""`manage.py metrics`: the helpdesk's figures for a period, the same numbers as the page and the API."""

import json
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.errors import DomainError
from reporting.domain.metrics import metrics, tenant_for
from reporting.domain.period import Period
from reporting.domain.telling import lines
from tenants.domain.actors import SYSTEM


def day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CommandError(f"{text!r} is no date such as 2026-01-31.") from None


class Command(BaseCommand):
    help = "First response, resolution, attainment, reopen and escalation rate of a period, by its days (both counted)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--from", dest="first", required=True, metavar="DATE")
        parser.add_argument("--to", dest="last", required=True, metavar="DATE")
        parser.add_argument("--tenant", metavar="SLUG", help="one tenant only; days are then cut in its zone")
        parser.add_argument("--json", action="store_true", help="for programs")

    def handle(self, *args: Any, first: str, last: str, tenant: str | None, json: bool, **options: Any) -> None:
        found = tenant_for(tenant, actor=SYSTEM) if tenant else None
        if tenant and found is None:
            raise CommandError(f"There is no tenant {tenant!r}.")
        try:
            period = Period(day(first), day(last), found.time_zone if found else "UTC")
            figures = metrics(period=period, tenant=found, actor=SYSTEM)
        except DomainError as refusal:
            raise CommandError(refusal.message) from None
        self.stdout.write(as_json(figures.as_json()) if json else "\n".join(lines(figures)))


def as_json(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False)
