"""Ray, and only here: the cluster, and Ray Tune driven from Optuna's ledger.

Tune's words (`config`, `trial_id`, `mode`) stay inside; `runner.run_trials` is the way in. Why not Tune's own
OptunaSearch is told in docs/decisions.md.
"""
