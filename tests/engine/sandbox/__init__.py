"""Tests of the sandbox: what it gives back, what it bounds, what it contains."""
