from reporting.models.feedback import CategoryBacklog, FeedbackEvent

__all__ = ["CategoryBacklog", "FeedbackEvent"]
