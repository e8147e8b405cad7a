"""What happened, as Optuna keeps it: the ledger, its records, where a study came from, how it is restored.

The ledger is the only place where a trial's state changes. Its journal (`sweep.study.storage`) is the one source of
truth, from which boards and reports can be made again.
"""
