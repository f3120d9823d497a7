"""What can be said of a system before any picture is seen."""

from twentyq.review.bounds import Bounds
from twentyq.review.check import Review, list_findings, review_system
from twentyq.review.findings import Finding, Kind, Rank
from twentyq.review.information import GroupFigures
from twentyq.review.least import Least

__all__ = [
    "Bounds",
    "Finding",
    "GroupFigures",
    "Kind",
    "Least",
    "Rank",
    "Review",
    "list_findings",
    "review_system",
]
