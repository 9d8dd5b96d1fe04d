"""Prompts beside its peers on the same worlds: one endpoint, one budget, one truth. Run `python -m benchmarks.peers.run`."""
