"""Designs: experiments in which every variant has its own learning rate, and is trained to its plateau.

One module per design; its docstring says what is asked, what is varied, what it costs, and what would change
our mind.  `figures.lab.design` has the setting, the search and the runs, `figures/README.md` the results.
"""
