"""The bridge to Ray Tune: the only package that knows Ray. Its `config`, `trial_id` and `mode` stay inside."""
