"""The curves as a table for other programs: one row per policy, stop rule and threshold."""

from __future__ import annotations

import io

import pyarrow as pa
import pyarrow.parquet as pq

from twentyq.study.summary import Summary

SCHEMA = pa.schema(
    [
        ("policy", pa.string()),
        ("stop", pa.string()),
        ("threshold", pa.float64()),
        ("prompts", pa.float64()),
        ("prompts_share", pa.float64()),
        ("pictures", pa.int64()),
        ("accuracy", pa.float64()),
        ("accuracy_low", pa.float64()),
        ("accuracy_high", pa.float64()),
        ("agreement", pa.float64()),
        ("agreement_low", pa.float64()),
        ("agreement_high", pa.float64()),
    ]
)


def curves_parquet(summary: Summary) -> bytes:
    """Return the points of all curves as a Parquet file, in the summary's order."""
    rows = [
        {
            "policy": curve.policy,
            "stop": curve.stop,
            "threshold": point.threshold,
            "prompts": point.prompts,
            "prompts_share": point.prompts / summary.subject.prompts,
            "pictures": point.accuracy.total,
            "accuracy": point.accuracy.share,
            "accuracy_low": point.accuracy.low,
            "accuracy_high": point.accuracy.high,
            "agreement": point.agreement.share,
            "agreement_low": point.agreement.low,
            "agreement_high": point.agreement.high,
        }
        for curve in summary.curves
        for point in curve.points
    ]
    stream = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, SCHEMA), stream)
    return stream.getvalue()
