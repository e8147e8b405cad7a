"""What each command does; `sweep.cli` says how it is typed."""
