"""Rows on several machines, behind the executor: Dask moves them, a shared store holds the books.

`crew` is the side that leads a run, `station` the side that works on it, `assignment` what goes from the one to the other.
"""
