from incidents.admin import component, incident, page, rota, runbook

__all__ = ["component", "incident", "page", "rota", "runbook"]
