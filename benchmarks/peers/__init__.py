"""Prompts beside its peers on the same worlds: one endpoint, one budget, one truth. Run `benchmarks/peers/run.py`."""
