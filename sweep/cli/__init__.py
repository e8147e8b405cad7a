"""What you type: one thin module per command, which parses, calls and prints.

The only folder that prints to a terminal by itself, parses what was typed and exits. Each command is imported when it
is called, so that `--help` waits for nothing. Nothing imports from here but `python -m sweep` and the `sweep` program.
"""
