"""What is worked out from a study's records is worked out once, and only if it is asked for."""

from __future__ import annotations

import pytest
from builders import completed, hand_made_study

from sweep.analysis import study_analysis
from sweep.analysis.study_analysis import Analysis


def test_each_part_is_worked_out_once_and_only_when_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    for name in ("layers_of", "ranks_of", "confirmation_results"):
        original = getattr(study_analysis, name)
        monkeypatch.setattr(
            study_analysis, name, lambda *words, name=name, original=original: calls.append(name) or original(*words)
        )
    analysis = Analysis(hand_made_study(completed(0, 0.5), completed(1, 0.9)))
    assert calls == []
    assert [analysis.ranks for _ in range(3)] == [{1: 1, 0: 2}] * 3
    assert calls == ["layers_of", "ranks_of"]
    assert analysis.layers == {0: 2, 1: 1}
    assert analysis.confirmations == analysis.confirmations == {}
    assert calls == ["layers_of", "ranks_of", "confirmation_results"]
