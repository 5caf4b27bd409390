"""What a resolution must say before a case may be called resolved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from cases.enums import InteractionKind, SpokenBy
from cases.models import Case, Interaction
from config.errors import Invalid

NONE_NEEDED = "none needed"
LONGEST = 20_000  # characters of one answer
MOST = 50  # pieces of evidence, or actions


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """`evidence`: [{"kind": text | link | attachment, "value": …}]; `preventive_actions`: a list or NONE_NEEDED."""

    summary: str
    validated: str
    evidence: list[dict[str, Any]]
    preventive_actions: list[str] | str


def checked(
    case: Case,
    *,
    summary: str,
    validated: str,
    evidence: Sequence[Any] | str,
    preventive_actions: Sequence[str] | str,
) -> Resolution:
    """Raises Invalid with an error for every field that lacks something.

    For a how-to, what is missing is filled in: the summary or else our last answer is the answer, and nothing needs
    preventing.
    """
    if case.category is not None and case.category.how_to:
        filled = prefill(case, answer=summary.strip())
        summary = summary or filled["summary"]
        validated = validated or filled["validated"]
        evidence = evidence or filled["evidence"]
        preventive_actions = preventive_actions or filled["preventive_actions"]
    errors: list[dict[str, str]] = []
    summary, validated = summary.strip(), validated.strip()
    if not summary:
        errors.append(_missing("summary", _("Say what was wrong and what was done.")))
    if not validated:
        errors.append(_missing("validated", _("Say how it was checked that it works.")))
    for name, text in (("summary", summary), ("validated", validated)):
        if len(text) > LONGEST:
            errors.append(
                _wrong(
                    name,
                    _("At most %(most)s characters.") % {"most": number_format(LONGEST, force_grouping=True)},
                )
            )
    pieces = _evidence(case, evidence, errors)
    actions = _actions(preventive_actions, errors)
    if errors:
        raise Invalid(_("A resolution needs a summary, how it was validated, evidence and prevention."), errors=errors)
    return Resolution(summary=summary, validated=validated, evidence=pieces, preventive_actions=actions)


def prefill(case: Case, *, answer: str = "") -> dict[str, Any]:
    """What a resolve form starts with. Beyond prevention, it is filled only for how-to questions that are answered:
    by `answer`, the words that the resolution goes out with, or before.
    """
    empty: dict[str, Any] = {"summary": answer, "validated": "", "evidence": [], "preventive_actions": ""}
    if case.category is None or not case.category.how_to:
        return empty
    last = None if answer else _last_answer(case)
    if last is not None:
        article = last.data.get("article")
        linked = article.get("url") if isinstance(article, dict) else None
        summary, evidence = last.body, linked or f"Answer of {last.at:%Y-%m-%d %H:%M} UTC"
    elif answer:
        summary, evidence = answer, "The answer is the resolution."
    else:
        return {**empty, "preventive_actions": NONE_NEEDED}
    return {
        "summary": summary,
        "validated": "The question was answered.",
        "evidence": [evidence],
        "preventive_actions": NONE_NEEDED,
    }


def is_whole(gates: Mapping[str, Any]) -> bool:
    """Whether nothing is left to ask for."""
    return all(gates.get(name) for name in ("summary", "validated", "evidence", "preventive_actions"))


def _last_answer(case: Case) -> Interaction | None:
    said = case.interactions.filter(kind=InteractionKind.MESSAGE, public=True, by_kind=SpokenBy.PERSON)
    return said.order_by("-at", "-pk").first()


def _evidence(case: Case, given: Sequence[Any] | str, errors: list[dict[str, str]]) -> list[dict[str, Any]]:
    items = [given] if isinstance(given, str) else list(given)
    pieces = [piece for item in items if (piece := _piece(item)) is not None]
    if len(pieces) < len(items) or len(pieces) > MOST:
        errors.append(
            _wrong("evidence", _("Up to %(most)s pieces, each a text, a link or an attachment's id.") % {"most": MOST})
        )
    elif not pieces:
        errors.append(_missing("evidence", _("Give at least one piece: a text, a link or an attachment.")))
    wanted = {piece["value"] for piece in pieces if piece["kind"] == "attachment"}
    if wanted - set(
        case.attachments.filter(pk__in=wanted, removed_at=None).values_list("pk", flat=True) if wanted else ()
    ):
        message = _("There is no such attachment on this case, or not for you.")
        errors.append({"field": "evidence", "code": "does-not-exist", "message": message})
    return pieces


def _piece(item: Any) -> dict[str, Any] | None:
    if isinstance(item, dict):
        if len(item) == 2 and set(item) == {"kind", "value"}:
            item = {item["kind"]: item["value"]} if isinstance(item["kind"], str) else {}
        if len(item) != 1:
            return None
        [(kind, value)] = item.items()
        if kind == "attachment" and isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**63:
            return {"kind": "attachment", "value": value}
        return _piece(value) if kind in ("text", "link") and isinstance(value, str) else None
    if not isinstance(item, str) or not item.strip() or len(item) > LONGEST:
        return None
    text = item.strip()
    return {"kind": "link" if _is_link(text) else "text", "value": text}


def _is_link(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc) and not any(c.isspace() for c in text)


def _actions(given: Sequence[str] | str, errors: list[dict[str, str]]) -> list[str] | str:
    if isinstance(given, str):
        text = given.strip()
        if text.lower() == NONE_NEEDED:
            return NONE_NEEDED
        given = [text] if text else []
    actions = [item.strip() for item in given if isinstance(item, str) and item.strip()]
    if len(actions) < len(given) or len(actions) > MOST or any(len(action) > LONGEST for action in actions):
        errors.append(
            _wrong(
                "preventive_actions",
                _("Up to %(most)s actions in words, or “%(none_needed)s”.")
                % {"most": MOST, "none_needed": NONE_NEEDED},
            )
        )
    elif not actions:
        errors.append(
            _missing(
                "preventive_actions",
                _("List what keeps it from coming back, or say “%(none_needed)s”.") % {"none_needed": NONE_NEEDED},
            )
        )
    return actions


def _missing(field: str, message: str) -> dict[str, str]:
    return {"field": field, "code": "required", "message": message}


def _wrong(field: str, message: str) -> dict[str, str]:
    return {"field": field, "code": "invalid", "message": message}
