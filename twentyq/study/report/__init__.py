"""What a study found, as a page that can be read, figures for a talk, and data files."""

from twentyq.study.report.folder import REPORT, render
from twentyq.study.report.story import Story, thumbnail

__all__ = ["REPORT", "Story", "render", "thumbnail"]
