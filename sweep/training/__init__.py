"""One trial on one machine: a configuration becomes a model, is trained from rung to rung, measured and saved.

A `TrainingConfig` and a `TrialSpec` come in; a `Measurement` at each rung goes out. TensorFlow and Keras are imported
only here; `messages`, `environment`, `network`, `batches` and `precision` need neither, so that the driver may read
them.
"""
