"""Checks: everything that can be said about a file without running it.

`static` checks look at the files alone and run on every keystroke. `data` checks read the first rows of data files and the environment,
bounded, and run off the typing path. Neither executes anything or reaches a network.
"""
