"""Under which promise a case of the past stood."""

from __future__ import annotations

from bisect import bisect_right
from datetime import datetime

from cases.models import Case
from config.errors import Refused
from sla.domain import policies
from sla.domain.policies import MatchedPolicy
from sla.models import Policy
from tenants.models import Tenant

UNTIL_THEN = "Nothing was promised yet at that time; counted under the first promise since."


class PastPromises:
    """Of one tenant; each policy is read once."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        periods = Policy.objects.values_list("valid_from", "valid_to")
        self._changes = sorted({moment for period in periods for moment in period if moment is not None})
        self._matched: dict[int, MatchedPolicy] = {}
        self._kept: dict[int, Policy] = {}

    def at(self, opened_at: datetime) -> MatchedPolicy:
        """The policy in force at that moment, or the first one after it. Refused where there is none at all."""
        era = bisect_right(self._changes, opened_at)
        if era not in self._matched:
            self._matched[era] = self._match(opened_at, self._changes[era:])
        return self._matched[era]

    def of(self, case: Case) -> MatchedPolicy:
        """What the case was given when it was first imported."""
        if case.policy_id not in self._kept:
            self._kept[case.policy_id] = policies.complete(Policy.objects.filter(pk=case.policy_id)).get()
        return MatchedPolicy(self._kept[case.policy_id], case.policy_reason)

    def _match(self, opened_at: datetime, later: list[datetime]) -> MatchedPolicy:
        try:
            return policies.policy_for(tenant=self._tenant, at=opened_at)
        except Refused as refusal:
            nothing = refusal
        for moment in later:
            try:
                found = policies.policy_for(tenant=self._tenant, at=moment)
            except Refused:
                continue
            return MatchedPolicy(found.policy, f"{UNTIL_THEN} {found.why}")
        raise nothing
