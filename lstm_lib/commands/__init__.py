"""The commands of `python -m lstm_lib`, one module each; its docstring is what `--help` says of the command.

`add_parser` adds the command to the parser; `run` runs it, and returns the exit status, or None for 0.
At their top these modules import only the standard library. All else is imported when a command runs, so that
`--help`, `lab` and `test` work before anything is installed.
"""
