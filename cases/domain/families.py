"""Whose words are read on a case: its own, those of the cases that were merged into it, through chains, and the entries
that were split off to it. By reference: each row stands where it was said, and is told once.

A client reads of this what they might have read before: a colleague's case does not open itself to them by being
merged with theirs, nor do words that a colleague wrote to it afterwards; those they wrote themselves stay in sight.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, Func, Q, QuerySet

from cases.enums import TieKind
from cases.models import Case, CaseTie
from tenants.domain.actors import Actor

FAMILY = (
    "WITH RECURSIVE family (id) AS (SELECT %(expressions)s UNION "
    "SELECT joined.id FROM cases_case AS joined JOIN family ON joined.merged_into_id = family.id) "
)
SPLIT_OFF = (
    "SELECT unnest(tie.entries) FROM cases_casetie AS tie JOIN family ON tie.other_id = family.id "
    "WHERE tie.kind = 'split' AND tie.undone_at IS NULL"
)


class FamilyIds(Func):
    template = FAMILY.join(("ARRAY(", "SELECT id FROM family)"))
    output_field = ArrayField(BigIntegerField())


class EntryIds(Func):
    template = FAMILY.join(("ARRAY(", SPLIT_OFF + ")"))
    output_field = ArrayField(BigIntegerField())


def told_of_family() -> dict[str, Any]:
    """Columns of a case, for what follows here to need no statement of its own."""
    return {"family_ids": FamilyIds("pk"), "entry_ids": EntryIds("pk")}


def family_of(case: Case, *, actor: Actor) -> list[int]:
    """The case and what was merged into it, as far as this reader may read those."""
    ids = _told(case)[0]
    if len(ids) == 1 or not actor.is_customer:
        return ids
    return list(Case.objects.visible_to(actor).filter(pk__in=ids).values_list("pk", flat=True))


def said_on(case: Case, *, actor: Actor) -> Q:
    """Of interactions."""
    return _said_on(case, actor, entry="")


def files_on(case: Case, *, actor: Actor) -> Q:
    """Of attachments."""
    return _said_on(case, actor, entry="interaction__")


def merged_into(case: Case, *, actor: Actor) -> QuerySet[Case]:
    """Those whose first words are read on this case, the oldest first; none, without a statement, for most."""
    ids = [pk for pk in family_of(case, actor=actor) if pk != case.pk]
    return Case.objects.filter(pk__in=ids).select_related("requester").order_by("opened_at", "pk")


def split_off_with(case_ids: Sequence[int]) -> dict[int, list[int]]:
    """Of these cases those that began as a split, taken back or not, and the entries that they began with."""
    if not case_ids:
        return {}
    splits = CaseTie.objects.filter(kind=TieKind.SPLIT, other_id__in=case_ids)
    return dict(splits.values_list("other_id", "entries"))


def first_words_untold(
    cases: Iterable[Case], told: Collection[int], *, split_off: Mapping[int, Iterable[int]]
) -> list[Case]:
    """Those with first words that none of the entries `told` tells. `split_off`: as `split_off_with` tells."""
    return [
        case for case in cases if case.description.strip() and not set(split_off.get(case.pk, ())).intersection(told)
    ]


def root_of(case: Case) -> int:
    """The number of the case that this one has become by merging; its own where it was not merged."""
    into = case.merged_into_id
    root = case.pk
    while into is not None:
        root = into
        into = Case.objects.values_list("merged_into_id", flat=True).get(pk=root)
    return root


def _said_on(case: Case, actor: Actor, *, entry: str) -> Q:
    ids = family_of(case, actor=actor)
    said = Q(case_id__in=ids)
    if actor.is_customer:
        said = said & Q(**{f"{entry}written_to": None}) | Q(**{f"{entry}written_to_id__in": ids})
    split_off = _split_off(case, ids, actor)
    return said | Q(**{f"{entry}pk__in": split_off}) if split_off else said


def _split_off(case: Case, ids: Sequence[int], actor: Actor) -> list[int]:
    """The entries that went along to those of the family that this reader may read."""
    family, entries = _told(case)
    if not entries or not actor.is_customer or len(ids) == len(family):
        return entries
    splits = CaseTie.objects.standing().filter(kind=TieKind.SPLIT, other_id__in=ids)
    return [pk for along in splits.values_list("entries", flat=True) for pk in along]


def _told(case: Case) -> tuple[list[int], list[int]]:
    if "family_ids" in case.__dict__:
        return case.family_ids, case.entry_ids
    return Case.objects.filter(pk=case.pk).values_list(*told_of_family().values()).get()
