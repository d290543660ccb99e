"""Studies: one module a figure of the report.  Each runs its experiment, keeps what it measured, draws it."""
