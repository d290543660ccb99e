"""Studies: one module a figure of the report.  Each runs its experiment, keeps what it measured, draws it.

The contract of a study module, which `STUDIES` names:

- its docstring's first line is its title, which the command line prints;
- `run(options: StudyOptions) -> None` runs what is missing, stores every measurement as a row in
  `options.results / "<study>.jsonl"`, and draws `options.figures / "figN_<study>.png"` and `.pdf` from the
  stored rows alone; `options.quick` asks for the same path in seconds, without a network;
- it raises `runner.FailedRunsError` where runs failed but other studies may go on, and `UserError` on what
  would fail those as well;
- importing it imports no framework and starts nothing.

To write one, begin with `runner`, whose docstring shows the three parts of a study.  `plan` says what a run
is, `setting` in which setting the studies train, `measures` what is measured of a training; `stats` has
intervals and tests, `drawing` what figures share.  `results` keeps the rows, `workers` finds who does the
runs, and `provenance` tells where numbers come from.

Only the standard library is imported here: the command line shows the names before anything is installed.
"""

STUDIES = {  # name of the study: its module; first the figures of the report, in their order
    "activations": "lstm_lib.studies.activations",
    "architecture": "lstm_lib.studies.architecture",
    "coverage": "lstm_lib.studies.coverage",
    "attention": "lstm_lib.studies.attention",
    "bleu": "lstm_lib.studies.bleu",
    "frameworks": "lstm_lib.studies.frameworks",
    "gru": "lstm_lib.studies.gru",
    "optimization": "lstm_lib.studies.optimization",
    "training": "lstm_lib.studies.training",
    "headline": "lstm_lib.studies.headline",
    "scaling": "lstm_lib.studies.scaling",
    "stages": "lstm_lib.studies.stages",
    "claims": "lstm_lib.studies.claims",  # reads what the others have stored
}
