from cases.admin import (
    case,
    category,
    checklist,
    custom_field,
    history,
    imported,
    known_issue,
    macro,
    menu,
    triage_rule,
)

__all__ = [
    "case",
    "category",
    "checklist",
    "custom_field",
    "history",
    "imported",
    "known_issue",
    "macro",
    "menu",
    "triage_rule",
]
