"""The ledger: each claim of the report, what was measured of it, and whether it holds.

`verdict` has the rules by which numbers become verdicts, `evidence` makes numbers with intervals from stored
rows.  One module per topic says what the report claims and which rows tell, `study` collects them, `tables`
writes them down, `plots` and `explorer` show them.
"""
