import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.analysis.verdict import holm

P_VALUES = st.lists(st.floats(0, 1), max_size=12)


@pytest.mark.parametrize(
    ("p_values", "adjusted"),
    [
        ([], []),
        ([0.03], [0.03]),
        ([0.01, 0.04, 0.03, 0.005], [0.03, 0.06, 0.06, 0.02]),  # 4 x .005, 3 x .01, 2 x .03, then no less than .06
        ([0.5, 0.6], [1.0, 1.0]),
        ([0.02, 0.02], [0.04, 0.04]),
    ],
)
def test_by_hand(p_values: list[float], adjusted: list[float]) -> None:
    assert holm(p_values) == pytest.approx(adjusted)


@given(P_VALUES)
def test_between_none_and_bonferroni_and_in_order(p_values: list[float]) -> None:
    adjusted = holm(p_values)
    for p, q in zip(p_values, adjusted, strict=True):
        assert p <= q <= min(1, len(p_values) * p)
    pairs = sorted(zip(p_values, adjusted, strict=True))
    assert [q for _, q in pairs] == sorted(adjusted)


@given(P_VALUES)
def test_rejects_what_the_step_down_procedure_rejects(p_values: list[float]) -> None:
    rejected = 0
    for p in sorted(p_values):
        if (len(p_values) - rejected) * p >= 0.05:
            break
        rejected += 1
    assert sum(q < 0.05 for q in holm(p_values)) == rejected
