"""What can be said of a system before any picture is seen."""

from twentyq.review.bounds import Bounds, Least
from twentyq.review.check import Review, review_system
from twentyq.review.findings import Finding, Kind, Rank
from twentyq.review.information import GroupFigures

__all__ = [
    "Bounds",
    "Finding",
    "GroupFigures",
    "Kind",
    "Least",
    "Rank",
    "Review",
    "review_system",
]
