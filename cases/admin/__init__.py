from cases.admin import case, category, history, known_issue, menu, triage_rule

__all__ = ["case", "category", "history", "known_issue", "menu", "triage_rule"]
