from cases.admin import (
    automation_rule,
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
    "automation_rule",
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
