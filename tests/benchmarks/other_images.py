"""Whether the interval over seeds and test images at once holds the true difference as often as it says, by simulation.

Two configurations are trained on new seeds and tested on new images, again and again; the true difference is that over
all seeds and images of the kind. One image in 33 is hard, to both configurations but not equally; a run's
seed makes it a little better or worse, and chance decides on each image. Three intervals that are meant to hold the
true difference in 95 % of the cases are made of the same runs: `sweep.analysis.crossed`, Welch's of the runs' scores,
and a pigeonhole bootstrap (Owen 2007). Nothing is trained. Full: 2,000 repetitions. Short: 200.

    python tests/benchmarks/other_images.py
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from common import or_form, parser, say, show, text, write
from numpy.typing import NDArray

from sweep.analysis.crossed import crossed_interval
from sweep.analysis.verdict import compare

HARD = 0.03
"""Share of the images on which a network can be wrong at all."""
HARDNESS = (-2.0, 3.0)
"""Mean and standard deviation, over hard images, of the logit of being wrong."""
TRUTH_DRAWS = 4_000_000
BOOTSTRAP_DRAWS = 500


@dataclass(frozen=True)
class Kind:
    """What two configurations are like.

    Args:
        name: what the table calls it.
        better_by: by how much the candidate's logits are lower than the baseline's, on each hard image.
        own: standard deviation of what is hard to one configuration and not to the other.
        seed: standard deviation of what a run's seed does to its logits.
        images: number of test images. Default 10,000.
    """

    name: str
    better_by: float
    own: float
    seed: float
    images: int = 10_000


KINDS = (
    Kind("one is better", 0.3, 1.0, 0.15),
    Kind("equal", 0.0, 1.0, 0.15),
    Kind("equal, seeds change much", 0.0, 1.0, 0.5),
    Kind("equal, seeds change no odds", 0.0, 1.0, 0.0),
    Kind("the same images are hard", 0.0, 0.0, 0.15),
    Kind("equal, 1,000 images", 0.0, 1.0, 0.15, 1000),
    Kind("equal, 300 images", 0.0, 1.0, 0.15, 300),
)


def main() -> None:
    """Run the simulation."""
    options = parser(__doc__)
    options.add_argument("--reps", type=int, help="repetitions (default: 2,000; short: 200)")
    options.add_argument("--seeds", type=int, nargs="+", default=[3, 7, 20], help="runs a side (default: 3 7 20)")
    arguments = options.parse_args()
    reps = or_form(arguments.reps, short=arguments.short, full=2000, brief=200)
    rows = [simulated(kind, seeds, reps) for kind in KINDS for seeds in arguments.seeds]
    columns = ("", "runs", "error %", "sd", "again %", "true", "crossed", "Welch", "pigeonhole", "wider", "ms")
    show(f"how often 95 % intervals hold the difference on other images, {reps} times", columns, map(row, rows))
    write(arguments, "other_images", {"n": reps, "rows": rows})


def row(figures: dict[str, Any]) -> tuple[str, ...]:
    """A row of the table."""
    coverages = (figures[name] for name in ("crossed", "welch", "pigeonhole"))
    return (
        figures["kind"]["name"],
        str(figures["seeds"]),
        text(figures["error_percent"], 2),
        text(figures["sd_points"], 3),
        text(figures["again_percent"], 0),
        text(figures["true_points"], 3),
        *(text(100 * coverage, 1) for coverage in coverages),
        text(figures["wider"], 2),
        text(figures["milliseconds"], 1),
    )


def simulated(kind: Kind, seeds: int, reps: int) -> dict[str, Any]:
    """How often each interval holds the true difference; how noisy the runs are, and how many errors they share."""
    rng = np.random.default_rng([KINDS.index(kind), seeds])
    true = true_difference(kind)
    held, widths, sds, again, errors, spent = np.zeros(3), [], [], [], [], 0.0
    for _ in range(reps):
        hardness = rng.normal(*HARDNESS, rng.binomial(kind.images, HARD))
        baseline, candidate = wrong(rng, hardness, kind, seeds, 0.0), wrong(rng, hardness, kind, seeds, kind.better_by)
        ours, theirs = whole(candidate, kind.images), whole(baseline, kind.images)
        began = time.perf_counter()
        crossed = crossed_interval(ours, theirs)
        spent += time.perf_counter() - began
        welch = compare(list(ours.mean(axis=1)), list(theirs.mean(axis=1)))
        ends = [(crossed.low, crossed.high), (welch.low, welch.high), pigeonhole(rng, candidate, baseline, kind)]
        held += [low <= true <= high for low, high in ends]
        widths.append([high - low for low, high in ends])
        sds.append(welch.baseline_sd)
        again.append((np.sum(baseline[0] & baseline[1]), np.sum(baseline[0])))
        errors.append(baseline.sum() / (seeds * kind.images))
    figures = {
        "kind": asdict(kind),
        "seeds": seeds,
        "error_percent": 100 * float(np.mean(errors)),
        "sd_points": 100 * float(np.sqrt(np.mean(np.square(sds)))),
        "again_percent": 100 * float(np.divide(*np.sum(again, axis=0))),
        "true_points": 100 * true,
        **dict(zip(("crossed", "welch", "pigeonhole"), map(float, held / reps), strict=True)),
        "wider": float(np.median(widths, axis=0)[0] / np.median(widths, axis=0)[1]),
        "milliseconds": 1000 * spent / reps,
    }
    say(f"{kind.name}, {seeds} runs a side: {100 * figures['crossed']:.1f} %, Welch {100 * figures['welch']:.1f} %")
    return figures


def true_difference(kind: Kind) -> float:
    """By how much the candidate's accuracy over all seeds and images of the kind is above the baseline's."""
    mean, sd = HARDNESS
    spread = (sd**2 + kind.own**2 + kind.seed**2) ** 0.5
    logits = np.random.default_rng(0).normal(mean, spread, TRUTH_DRAWS)
    return HARD * float(np.mean(odds(logits)) - np.mean(odds(logits - kind.better_by)))


def wrong(
    rng: np.random.Generator, hardness: NDArray[np.float64], kind: Kind, seeds: int, better_by: float
) -> NDArray[np.bool_]:
    """Which of the hard images each of a configuration's runs gets wrong, shape (runs, hard images)."""
    logits = hardness + kind.own * rng.standard_normal(len(hardness)) - better_by
    return rng.random((seeds, len(hardness))) < odds(logits + kind.seed * rng.standard_normal((seeds, 1)))


def odds(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """The probabilities of logits."""
    return 1 / (1 + np.exp(-logits))


def whole(errors: NDArray[np.bool_], images: int) -> NDArray[np.float64]:
    """What runs get of all images: 1 where they are right."""
    right = np.ones((len(errors), images))
    right[:, : errors.shape[1]] = ~errors
    return right


def pigeonhole(
    rng: np.random.Generator, candidate: NDArray[np.bool_], baseline: NDArray[np.bool_], kind: Kind
) -> tuple[float, float]:
    """The percentile interval of a bootstrap that draws runs and images; images that no run gets wrong add nothing."""
    n, hard = kind.images, candidate.shape[1]
    images = rng.multinomial(n, [*[1 / n] * hard, 1 - hard / n], BOOTSTRAP_DRAWS)[:, :hard].astype(float)
    means = []
    for errors in (candidate, baseline):
        runs = rng.multinomial(len(errors), [1 / len(errors)] * len(errors), BOOTSTRAP_DRAWS)
        means.append(np.sum(runs * (images @ errors.T.astype(float)), axis=1) / (len(errors) * n))
    low, high = np.quantile(means[1] - means[0], [0.025, 0.975])
    return float(low), float(high)


if __name__ == "__main__":
    main()
