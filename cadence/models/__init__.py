from cadence.models.chain_review import ChainReview, ChainReviewCase, ReviewPolicy
from cadence.models.sla_review import SlaReview
from cadence.models.summary import LevelSummary, SummaryLine, SummaryReader
from cadence.models.weekly import WeeklyUpdate
from cadence.models.work import WorkItem

__all__ = [
    "ChainReview",
    "ChainReviewCase",
    "LevelSummary",
    "ReviewPolicy",
    "SlaReview",
    "SummaryLine",
    "SummaryReader",
    "WeeklyUpdate",
    "WorkItem",
]
