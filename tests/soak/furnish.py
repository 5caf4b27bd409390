"""Whom the soak works with: a tenant with promises that are soon broken, its people, and everybody's tokens.

`python -m tests.soak.furnish` on a running desk; prints one line of JSON.
"""

import json
import sys

import django

django.setup()

from tenants.models import Contact, TenantPerson  # noqa: E402  after django.setup()
from tests.factories.incidents import OnCallFactory  # noqa: E402
from tests.factories.sla import CalendarFactory, PolicyFactory  # noqa: E402
from tests.factories.tenants import (  # noqa: E402
    ClientFactory,
    RequesterFactory,
    TenantFactory,
    TokenFactory,
    UserFactory,
)

SLUG = "soak"
SOON = {"first_response": (8, "wall_seconds"), "next_reply": (12, "seconds"), "resolution": (40, "seconds")}
ALWAYS = {
    "timezone": "Europe/Berlin",
    "weekly_hours": {day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")},
}
AGENTS = 3


def main() -> None:
    tenant = TenantFactory(slug=SLUG, name="Soak")
    PolicyFactory(tenant=tenant, name="Soon", target_table=SOON, calendar=CalendarFactory(spec=ALWAYS))
    agents = [UserFactory(role="po", scope="all", username=f"agent{n}", level="L3") for n in range(AGENTS)]
    for role in ("po", "cs_lead", "tech_lead", "on_call", "deputy"):
        TenantPerson.objects.create(tenant=tenant, user=agents[0], role=role)
    OnCallFactory(user=agents[1])
    Contact.objects.create(tenant=tenant, name="Operations", email="ops@soak.example", role="operations")
    clients = [
        ClientFactory(
            username=f"client{n}",
            requester=RequesterFactory(tenant=tenant, name=f"Client {n}", email=f"client{n}@soak.example"),
        )
        for n in range(AGENTS)
    ]
    reader = UserFactory(role="lead", scope="all", username="reader")
    print(
        json.dumps(
            {
                "tenant": SLUG,
                "agents": [TokenFactory(user=user).secret for user in agents],
                "clients": [
                    {"token": TokenFactory(user=user).secret, "requester": user.requester_id} for user in clients
                ],
                "reader": TokenFactory(user=reader).secret,
            }
        )
    )


if __name__ == "__main__":
    sys.exit(main())
