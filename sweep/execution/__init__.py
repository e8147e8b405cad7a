"""Brings an open study to its end: what to train next, on which workers, when to stop.

A `Sweep` and flags come in; finished trials and confirming runs go into the study's ledger. An observer, which the
caller hands in, is notified of what happens; nothing is printed here. `sweep.api` and `sweep.cli` import it.
"""
