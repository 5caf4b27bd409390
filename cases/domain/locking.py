"""Cases locked for a change: those that the actor can see, in the order of their numbers."""

from django.db.models import BigIntegerField
from django.utils.translation import gettext as _

from cases.models import Case
from cases.models.cases import CaseQuerySet
from config.errors import Absent, Stale
from config.kept_statements import Kept
from tenants.domain.actors import SYSTEM, Actor


def locked(by: Actor) -> CaseQuerySet:
    return _with_its_names(Case.objects.visible_to(by))


def locked_one(case_id: int, *, by: Actor) -> Case | None:
    return next(iter(ONE.rows(by.sight, case=case_id)), None)


ONE = Kept(lambda given, reader: locked(reader).filter(pk=given("case", BigIntegerField())))
NOT_MERGED = Kept(lambda given, reader: locked(reader).filter(pk=given("case", BigIntegerField()), merged_into=None))


def locked_root(case_id: int, *, by: Actor, expected_version: int | None) -> Case:
    """The case that this one has become by merging, through chains; itself where it was not merged. Raises Absent, and
    Stale by the version of the case that was named.

    A merged case is looked at but not locked: who takes a merge back locks both in the order of their numbers.
    """
    reader = by
    while True:
        case = next(iter(NOT_MERGED.rows(reader.sight, case=case_id)), None)
        if case is not None:
            require_version(case, expected_version)
            return case
        gone = Case.objects.visible_to(reader).filter(pk=case_id).first()
        if gone is None:
            raise not_here()
        if gone.merged_into_id is not None:
            require_version(gone, expected_version)
            case_id, expected_version, reader = gone.merged_into_id, None, SYSTEM


def require_version(case: Case, expected: int | None) -> None:
    if expected is not None and expected != case.version:
        raise Stale(_("%(case)s was changed meanwhile: look again before you decide.") % {"case": case.reference})


def _with_its_names(cases: CaseQuerySet) -> CaseQuerySet:
    return cases.select_related("tenant", "requester", "owner", "category").locked()


def not_here() -> Absent:
    return Absent(_("There is no such case here, or not for you."))
