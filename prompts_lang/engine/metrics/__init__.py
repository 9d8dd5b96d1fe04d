"""Scoring: built-in metrics, functions in the sandbox, judges, and what a set of scores says together."""
