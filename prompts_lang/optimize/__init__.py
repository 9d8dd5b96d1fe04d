"""Optimisation: proposals, gates, the search over candidates, claims with evidence, and the report."""
