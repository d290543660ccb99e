"""The benchmark of NumPy and the frameworks: who takes part, what is measured, and what the rows say.

`figures.fig6_frameworks` and `figures.scaling` are the studies that use it.  Nothing here imports a framework
before its contender is made.
"""
