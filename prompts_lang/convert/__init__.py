"""Turns prompt files of other tools into prompt graphs: dotprompt, Prompty, GitHub's `.prompt.yml`, and prompt flow.

Invariant: nothing is dropped in silence. What the language cannot say becomes a `Loss` with its place; whoever converts decides whether a
result with losses is wanted.
"""
