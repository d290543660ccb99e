"""Mutants that are no mistakes: by check, the changed line and why the function is as right as before."""

EQUIVALENT: dict[str, dict[str, str]] = {}
