"""Trackers that teams already use: each an observer in a file of its own, which runs in a thread of its own."""
