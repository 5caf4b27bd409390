from cadence.models.weekly import WeeklyUpdate
from cadence.models.work import WorkItem

__all__ = ["WeeklyUpdate", "WorkItem"]
