from reporting.models.feedback import CategoryBacklog, FeedbackEvent
from reporting.models.kept import DayCount, DayMark, DayValues, Keeping

__all__ = ["CategoryBacklog", "DayCount", "DayMark", "DayValues", "FeedbackEvent", "Keeping"]
