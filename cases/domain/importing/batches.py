"""Some cases at once: what is known of them already, what is new, and one transaction that writes the difference."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter

from cases.domain.history import Historian
from cases.domain.history_events import PastCase
from cases.domain.history_replay import timeline_entry
from cases.domain.history_rewrite import rewrite
from cases.domain.importing import people
from cases.domain.importing.mapping import Mapping, Rows
from cases.domain.importing.promises import PastPromises
from cases.domain.importing.rejects import Rejects
from cases.domain.importing.report import Report
from cases.domain.importing.rows import Row
from cases.domain.importing.stories import Story, noted, story
from cases.enums import Severity, SpokenBy
from cases.models import Case, ExternalRef, Interaction, Transition
from config.bulk import copy_in
from config.db import unit_of_work
from sla.domain.policies import MatchedPolicy
from tenants.models import Tenant

BEFORE_ANY_LINE = -1_000_000_000


@dataclass(frozen=True, slots=True)
class Keyed:
    """A row with its identity: source, id, digest and occurrence."""

    key: str
    row: Row


@dataclass(frozen=True, slots=True)
class _Names:
    requesters: dict[str, int]
    categories: dict[str, int]


class Batches:
    """With `dry_run` everything is worked out and counted, nothing written."""

    def __init__(self, mapping: Mapping, tenant: Tenant, historian: Historian, *, dry_run: bool) -> None:
        self._mapping = mapping
        self._tenant = tenant
        self._historian = historian
        self._dry_run = dry_run
        self._owners = people.owners()
        self._promises = PastPromises(tenant)

    def take(self, cases: Sequence[Sequence[Row]], *, report: Report, refused: Rejects) -> None:
        """Whole cases, each a list of rows in order."""
        named = {rows[0].id: self._keyed(rows) for rows in cases}
        with unit_of_work(self._historian.by.label):
            refs = ExternalRef.objects.filter(system=self._mapping.source, external_id__in=list(named))
            known = {ref.external_id: ref for ref in refs}
            self._create({name: rows for name, rows in named.items() if name not in known}, report)
            ours: dict[int, list[Keyed]] = {}
            for name, ref in known.items():
                if ref.tenant_id == self._tenant.pk:
                    ours[ref.case_id] = named[name]
                    continue
                for one in named[name]:
                    refused.add(one.row.line, "its case belongs to another tenant", case_id=name)
            if ours:
                self._update(ours, report)

    def _keyed(self, rows: Iterable[Row]) -> list[Keyed]:
        if self._mapping.rows == Rows.CASE:
            rows = sorted(rows, key=attrgetter("line"))  # the last one tells the case, whatever its times
        seen: Counter[str] = Counter()
        keyed = []
        for row in rows:
            seen[row.digest] += 1
            told = "\x1f".join((self._mapping.source, row.id, row.digest, str(seen[row.digest])))
            keyed.append(Keyed(hashlib.sha256(told.encode()).hexdigest(), row))
        return keyed

    def _create(self, named: dict[str, list[Keyed]], report: Report) -> None:
        told = {name: self._story(rows) for name, rows in named.items()}
        names = self._named(told.values())
        pasts = [self._past(one, names, self._promises.at(one.opened_at), name) for name, one in told.items()]
        historian = self._historian
        for one in [historian.replay(past) for past in pasts] if self._dry_run else historian.write(pasts):
            report.count_moves(one.transitions)
        report.cases += len(pasts)
        report.created += len(pasts)
        report.kept += _unknown(one for rows in named.values() for one in rows)

    def _update(self, ours: dict[int, list[Keyed]], report: Report) -> None:
        stored = _stored(ours)
        longer = {pk: rows for pk, rows in ours.items() if any(one.key not in stored[pk] for one in rows)}
        new = {pk: [one for one in rows if one.key not in stored[pk]] for pk, rows in longer.items()}
        report.cases += len(ours)
        report.unchanged += len(ours) - len(longer)
        report.updated += len(longer)
        report.kept += _unknown(one for rows in new.values() for one in rows)
        touched = self._touched(longer)
        report.kept += sum(len(new[pk]) for pk in touched)
        if not self._dry_run:
            self._note({pk: new[pk] for pk in touched})
        self._retell({pk: rows for pk, rows in longer.items() if pk not in touched}, report)

    def _retell(self, longer: dict[int, list[Keyed]], report: Report) -> None:
        if not longer:
            return
        told = {pk: self._story(rows) for pk, rows in self._merged(longer).items()}
        names = self._named(told.values())
        cases = Case.objects.in_bulk(longer)
        pasts = {pk: self._past(one, names, self._promises.of(cases[pk])) for pk, one in told.items()}
        for one in rewrite(self._historian, pasts, dry_run=self._dry_run):
            report.count_moves(one.added)

    def _merged(self, longer: dict[int, list[Keyed]]) -> dict[int, list[Keyed]]:
        """What is stored and what the file adds, in order: in one minute first what the file does not have."""
        lines = {pk: {one.key: one.row.line for one in rows} for pk, rows in longer.items()}
        merged = {pk: {one.key: one for one in rows} for pk, rows in longer.items()}
        rows = Interaction.objects.filter(case__in=longer, source_key__isnull=False).order_by("at", "pk")
        for place, (pk, key, at, data) in enumerate(rows.values_list("case_id", "source_key", "at", "data")):
            line = lines[pk].get(key, BEFORE_ANY_LINE + place)
            merged[pk][key] = Keyed(key, Row("", at, line, "", data["row"]))
        by_time = self._mapping.rows == Rows.EVENT
        return {
            pk: sorted(known.values(), key=lambda one: (one.row.at, one.row.line) if by_time else (one.row.line,))
            for pk, known in merged.items()
        }

    def _touched(self, pks: Iterable[int]) -> set[int]:
        """Cases that somebody has worked on here: nothing from elsewhere moves them any more."""
        wanted = list(pks)
        moved = Transition.objects.filter(case__in=wanted).exclude(by_label=self._historian.by.label)
        spoken = Interaction.objects.filter(case__in=wanted, by_kind__in=[SpokenBy.PERSON, SpokenBy.CUSTOMER])
        excused = Case.objects.filter(pk__in=wanted, case_clocks__clock__excused_at__isnull=False)
        return {
            *moved.values_list("case_id", flat=True),
            *spoken.values_list("case_id", flat=True),
            *excused.values_list("pk", flat=True),
        }

    def _note(self, new: dict[int, list[Keyed]]) -> None:
        written = self._historian.written
        copy_in(
            [
                timeline_entry(
                    noted(one.row, {}, self._mapping, one.key), case_id=pk, tenant_id=self._tenant.pk, at=written.at
                )
                for pk, rows in new.items()
                for one in rows
            ]
        )

    def _story(self, rows: Sequence[Keyed]) -> Story:
        return story([one.row for one in rows], self._mapping, keys=[one.key for one in rows])

    def _named(self, stories: Iterable[Story]) -> _Names:
        told = list(stories)
        source, make = self._mapping.source, not self._dry_run
        wanted = {one.first.get("requester", "") for one in told}
        kinds = {one.last["category"] for one in told if "category" in one.last}
        return _Names(
            people.requesters(wanted, tenant=self._tenant, source=source, make=make),
            people.categories(kinds, source=source, make=make),
        )

    def _past(self, told: Story, names: _Names, policy: MatchedPolicy, external: str = "") -> PastCase:
        first, last = told.first, told.last
        source = self._mapping.source
        severity = str(last.get("severity", "")).lower()
        return PastCase(
            tenant_id=self._tenant.pk,
            requester_id=names.requesters.get(first.get("requester", ""), 0),  # 0: a dry run makes nobody
            subject=first.get("subject", f"{source} {external}"),
            description=first.get("description", ""),
            channel=str(first.get("channel", "import"))[:40],
            opened_at=told.opened_at,
            priority=told.priority,
            priority_reason=f"{source}: {first.get('said_priority', 'no priority told')}",
            policy=policy,
            events=told.events,
            unheard=self._mapping.first_response == "none",
            imported=True,
            tier=self._tenant.support_tier,
            severity=severity if severity in Severity.values else "",
            impact=last.get("impact", ""),
            category_id=names.categories.get(last.get("category", "")),
            tags=_tags(last.get("tags", "")),
            owner_id=self._owners.get(str(last.get("owner", "")).lower()),
            external=(source, external) if external else None,
        )


def _stored(pks: Iterable[int]) -> dict[int, set[str]]:
    keys: dict[int, set[str]] = defaultdict(set)
    rows = Interaction.objects.filter(case__in=list(pks), source_key__isnull=False)
    for pk, key in rows.values_list("case_id", "source_key"):
        keys[pk].add(key)
    return keys


def _unknown(rows: Iterable[Keyed]) -> int:
    return sum(len(one.row.facts.get("unknown", ())) for one in rows)


def _tags(text: str) -> list[str]:
    return [tag.strip()[:80] for tag in text.replace(";", ",").split(",") if tag.strip()]
