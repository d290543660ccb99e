"""Claims: what the report says, what was measured of it, and whether it holds.

This study runs nothing: it reads the rows that the others have stored, so it comes after them.  A claim whose
study has not run yet says which one to run.
"""

from figures.claims import attention_claims as attention
from figures.claims import cells_claims as cells
from figures.claims import frameworks_claims as frameworks
from figures.claims import quality_claims as quality
from figures.claims import training_claims as training
from figures.claims.tables import table, write_csv
from figures.claims.verdict import Ledger, corrected
from figures.lab.setting import StudyOptions

CLAIMS = (*frameworks.CLAIMS, *cells.CLAIMS, *attention.CLAIMS, *quality.CLAIMS, *training.CLAIMS)


def ledger(options: StudyOptions) -> Ledger:
    """Return every claim with its readings, as the stored rows have them; their p are corrected for all."""
    return corrected({claim: claim.read(options) for claim in CLAIMS})


def run(options: StudyOptions) -> None:
    """Write claims.csv, and print the table."""
    found = ledger(options)
    write_csv(options.results / "claims.csv", found)
    print(table(found))
