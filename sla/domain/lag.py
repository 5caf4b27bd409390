"""How far behind the sweep is, for the metrics."""

from datetime import datetime

from django.db.models import Count, Min

from config.metrics import CAP, Waiting, waiting
from sla.models import Clock


@waiting.answered_by
def waiting_clocks(*, at: datetime) -> list[Waiting]:
    """Clocks whose next moment has come. One index read."""
    due = Clock.objects.filter(next_at__lte=at).order_by("next_at")[:CAP].aggregate(n=Count("pk"), since=Min("next_at"))
    return [Waiting("clock", due["n"], (at - due["since"]).total_seconds() if due["n"] else 0.0)]
