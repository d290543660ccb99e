"""The commands of `python -m lstm_lib`, a module each: `add_parser(commands)` and the function that runs it.

Modules import the standard library alone; what needs more is imported when a command runs, so that `--help`,
`lab` and `test` work before anything is installed.
"""
