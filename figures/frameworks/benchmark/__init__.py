"""The benchmark's parts: contenders in processes of their own, what they are asked, what came out.

`frameworks` and `scaling`, the studies, put them together.  Nothing here imports a framework.
"""
