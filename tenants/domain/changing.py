"""What the doors of plain rows share: apply changes, check them by the model's own rules, save the changed columns."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import F, Model
from django.utils.translation import gettext as _

from config.errors import Invalid


def apply(row: Model, changes: Mapping[str, Any], *, editable: frozenset[str]) -> list[str]:
    """Sets what differs and answers the names of these columns. Raises Invalid before anything is saved."""
    if unknown := sorted(set(changes) - editable):
        raise Invalid(_("This can't be changed."), field=unknown[0], code="unknown-field")
    changed = [name for name, value in changes.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, changes[name])
    check_fields(row, changed)
    return changed


def check_fields(row: Model, names: Iterable[str]) -> None:
    """These columns by the model's own rules. Raises Invalid."""
    try:
        row.clean_fields(exclude={field.name for field in row._meta.fields} - set(names))
    except ValidationError as refusal:
        raise Invalid(_("Some fields are wrong."), errors=field_errors(refusal)) from None


def save(row: Any, columns: list[str], *, version: str = "version") -> None:
    """The changed columns and the raised version in one statement."""
    number = getattr(row, version) + 1
    setattr(row, version, F(version) + 1)
    row.save(update_fields=[*columns, version])
    setattr(row, version, number)


def field_errors(refusal: ValidationError) -> list[dict[str, str]]:
    """A model's own refusals, as every answer of ours spells them."""
    return [
        {"field": name, "code": error.code or "invalid", "message": " ".join(map(str, error.messages))}
        for name, errors in refusal.error_dict.items()
        for error in errors
    ]
