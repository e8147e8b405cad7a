"""What happened, as Optuna keeps it: the ledger, its records, where a study came from, how it is restored.

The ledger is the only place where a trial's state changes, and the journal under it (`sweep.study.storage`) is the only
truth: all else can be made from it again.
"""
