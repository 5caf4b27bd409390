from cases.admin import case, category, history, imported, known_issue, macro, menu, triage_rule

__all__ = ["case", "category", "history", "imported", "known_issue", "macro", "menu", "triage_rule"]
