"""What the numbers mean: the leaderboard, ranks, verdicts, noise, the Pareto front.

Records of `sweep.study` come in; data frames and plain results go out. All functions are pure: they read and write no
file, and the same records always give the same answer. `other_examples` alone reads files, those of the predictions.
"""
