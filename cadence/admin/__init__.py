from cadence.admin import weekly, work

__all__ = ["weekly", "work"]
