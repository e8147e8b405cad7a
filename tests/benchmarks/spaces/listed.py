"""Another search-space file's models and data, but its trials are a list of configurations, each trained in full.

The list is the JSON file named by BENCHMARK_CONFIGS, the other search-space file is named by BENCHMARK_SPACE.
"""

import json
import os
import runpy
from dataclasses import replace
from pathlib import Path

import optuna

from sweep import Sweep

BASE: Sweep = runpy.run_path(os.environ["BENCHMARK_SPACE"])["SWEEP"]
CONFIGS = json.loads(Path(os.environ["BENCHMARK_CONFIGS"]).read_text())


class Listed(optuna.samplers.BaseSampler):
    """Gives trial n the n-th configuration of the list."""

    def infer_relative_search_space(self, study, trial):
        return {}

    def sample_relative(self, study, trial, search_space):
        return {}

    def sample_independent(self, study, trial, param_name, param_distribution):
        return CONFIGS[trial.number][param_name]


SWEEP = replace(BASE, baseline=CONFIGS[0], sampler=Listed(), pruner=optuna.pruners.NopPruner(), rungs=())
