from cadence.admin import chain_review, sla_review, weekly, work

__all__ = ["chain_review", "sla_review", "weekly", "work"]
