"""Arrays and data sets: where they come from, checked, split and named by their content.

The driver resolves a study's one `Dataset`; workers are sent its parts, in `TrainingData` and for the test.
"""
