"""Who hears of an alert: a warning goes to on-call and the PO, a breach to Tech Lead, PO and Communicator.

A role that nobody holds at a tenant is stood in for by the next in its line; where the whole line is empty, the alert
itself says that nobody was told.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from config.bulk import write_back
from config.questions import Question
from sla.enums import AlertKind, AlertStatus, RecipientRole
from sla.models import Alert, AlertRecipient
from tenants.enums import PersonRole
from tenants.models import TenantPerson, User

on_call_now = Question("sla.on_call_now")
"""`on_call_now.ask(at=) -> [user ids, first to be asked first]`, from the room that keeps the rota."""

TOLD = {
    AlertKind.WARNING: (RecipientRole.ON_CALL, RecipientRole.PO),
    AlertKind.BREACH: (RecipientRole.TECH_LEAD, RecipientRole.PO, RecipientRole.COMMUNICATOR),
}
LINES = {
    RecipientRole.ON_CALL: (PersonRole.ON_CALL, PersonRole.DEPUTY, PersonRole.TECH_LEAD),
    RecipientRole.PO: (PersonRole.PO, PersonRole.CS_LEAD, PersonRole.DEPUTY),
    RecipientRole.TECH_LEAD: (PersonRole.TECH_LEAD, PersonRole.ON_CALL, PersonRole.DEPUTY),
    RecipientRole.COMMUNICATOR: (PersonRole.PO, PersonRole.CS_LEAD),
}


@dataclass(frozen=True, slots=True)
class Chosen:
    user_id: int
    email: str
    stands_in: bool


class People:
    """Our people for some tenants, and who is on call now, read once for a batch."""

    def __init__(self, tenant_ids: Iterable[int], *, at: datetime) -> None:
        self._by_role: dict[tuple[int, str], tuple[int, str]] = {}
        held = TenantPerson.objects.filter(tenant_id__in=set(tenant_ids), user__is_active=True).exclude(user__email="")
        for tenant_id, role, user_id, email in held.order_by("pk").values_list(
            "tenant_id", "role", "user_id", "user__email"
        ):
            self._by_role.setdefault((tenant_id, role), (user_id, email))
        asked = [user_id for answer in on_call_now.ask(at=at) for user_id in answer]
        emails = dict(
            User.objects.filter(pk__in=asked, is_active=True).exclude(email="").values_list("pk", "email")
            if asked
            else ()
        )
        self._on_call = next(((user_id, emails[user_id]) for user_id in asked if user_id in emails), None)

    def chosen(self, role: RecipientRole, *, tenant_id: int) -> Chosen | None:
        if role == RecipientRole.ON_CALL and self._on_call is not None:
            return Chosen(*self._on_call, stands_in=False)
        for place, person_role in enumerate(LINES[role]):
            if (person := self._by_role.get((tenant_id, person_role))) is not None:
                return Chosen(*person, stands_in=place > 0)
        return None


def address(*, alert_ids: Sequence[int], at: datetime) -> int:
    """Finds the people for open alerts that have none yet; how many alerts. Four statements for any number."""
    alerts = list(
        Alert.objects.locked().filter(pk__in=alert_ids, addressed_at=None).exclude(status=AlertStatus.RESOLVED)
    )
    people = People((alert.tenant_id for alert in alerts), at=at)
    rows: list[AlertRecipient] = []
    for alert in alerts:
        chosen = {role: people.chosen(role, tenant_id=alert.tenant_id) for role in TOLD[AlertKind(alert.kind)]}
        rows += _rows(alert, chosen)
        missing = [role.label for role, person in chosen.items() if person is None]
        alert.nobody = ", ".join(str(label) for label in missing)
        alert.addressed_at = at
    AlertRecipient.objects.bulk_create(rows, ignore_conflicts=True)
    write_back(alerts, ["nobody", "addressed_at"])
    return len(alerts)


def _rows(alert: Alert, chosen: Mapping[RecipientRole, Chosen | None]) -> list[AlertRecipient]:
    return [
        AlertRecipient(
            alert=alert,
            user_id=person.user_id,
            email=person.email,
            role=role,
            stands_in=person.stands_in,
            tell_at=alert.tell_at,
        )
        for role, person in chosen.items()
        if person is not None
    ]
