"""The ledger: each claim of the report, what was measured of it, and whether it holds.

`verdict` has the rules by which numbers become verdicts, `evidence` makes numbers with intervals of stored
rows, `claims` says what the report claims and which rows tell, `tables` writes all of it down.
"""
