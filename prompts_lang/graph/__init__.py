"""Names, types and the computation graph: what a file means, without running it.

Invariant: nothing here reads a dataset, imports user code or reaches a network; broken files are values with problems.
"""
