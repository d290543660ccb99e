"""Studies: one module per figure of the report, which runs its experiment, stores the rows and draws them.

The contract of a study module, which `STUDIES` names:

- its docstring's first line is its title, which the command line prints;
- `run(options: StudyOptions) -> None` runs what is missing, stores every measurement as a row in
  `options.results / "<study>.jsonl"`, and draws `options.figures / "figN_<study>.png"` and `.pdf` from the
  stored rows alone; `options.quick` asks for the same path in seconds, without a network;
- a figure that is only drawn, as that of the architecture is, has no rows;
- it raises `runner.FailedRunsError` where runs failed but other studies may go on, and `UserError` on what
  would fail those as well;
- importing it imports no framework and starts nothing.

Studies whose names end with "-design" compare variants at their own rates, each trained to its plateau: see
`lab.design`.  Their rows are in one file, "designs.jsonl".  With `runner.stored` as a second argument, `run`
of those in `LONG` runs nothing, and draws the rows that there are.

To write one, begin with `lab.runner`, whose docstring shows the three parts of a study.  In `lab`, `plan`
says what a run is, `setting` what a study is told and in which setting it trains, `measures` what is measured
of a training; `stats` has intervals and tests, `drawing` what figures and tables share.  `results` keeps the
rows, `workers` does the runs, `provenance` tells where numbers come from, `readmes` makes README's tables.

Only the standard library is imported here: the command line shows the names before anything is installed.
"""

STUDIES = {  # name of the study: its module; first the figures of the report, in their order
    "activations": "figures.fig1_activations",
    "architecture": "figures.fig2_architecture",
    "bleu": "figures.fig5_bleu",
    "frameworks": "figures.fig6_frameworks",
    "gru": "figures.fig7_gru",
    "clipping": "figures.fig8_clipping",
    "training": "figures.fig9_training",
    "headline": "figures.headline",
    "scaling": "figures.scaling",
    "stages": "figures.stages",
    "sizes": "figures.designs.size_design",
    "claims": "figures.claims.study",  # reads what the others have stored
    "variant-design": "figures.designs.variant_design",  # Figure 3; hours, as all that follow
    "attention-design": "figures.designs.attention_design",  # Figure 4
    "bottleneck-design": "figures.designs.bottleneck_design",
    "optimizer-design": "figures.designs.optimizer_design",  # Figure 8
    "noise-design": "figures.designs.noise_design",
    "cell-design": "figures.designs.cell_design",
}
LONG = ("sizes", *(name for name in STUDIES if name.endswith("-design")))  # hours: `all` draws what is stored
