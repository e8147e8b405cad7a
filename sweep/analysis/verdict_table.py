"""The verdicts on a study's confirmed trials as a table of numbers."""

from __future__ import annotations

import pandas as pd

from sweep.analysis.study_analysis import Analysis

COLUMNS = {
    "trial": "Int64",
    **dict.fromkeys(("mean", "sd"), "float64"),
    "runs": "Int64",
    **dict.fromkeys(("difference", "low", "high", "p_value"), "float64"),
    "verdict": "string",
}
"""Each column with its dtype."""


def verdict_table(analysis: Analysis) -> pd.DataFrame:
    """What the confirming runs say of each trial.

    Args:
        analysis: the analysis of the study.

    Returns:
        One row per confirmed trial, the baseline first: trial; mean and sd of its runs' test scores; runs,
        how many succeeded; difference to the baseline's mean with its 95 % interval, low to high; p_value, corrected
        for the number of trials (Holm); verdict: "better", "tied", "worse" or "equivalent". The last five are missing
        in the baseline's row, and where there is no verdict yet; of a trial that is not decided yet, the last two.
    """
    rows = []
    for result in analysis.confirmations.values():
        verdict = result.verdict
        against = result.against
        rows.append(
            {
                "trial": result.trial,
                "mean": result.mean,
                "sd": result.sd,
                "runs": len(result.scores),
                "difference": against.difference if against else None,
                "low": against.low if against else None,
                "high": against.high if against else None,
                "p_value": verdict.p_holm if verdict else None,
                "verdict": verdict.outcome if verdict else None,
            }
        )
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS)
