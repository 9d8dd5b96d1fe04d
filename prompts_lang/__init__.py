"""Prompt graphs: a language for programs made of LLM calls, code, retrieval and sub-graphs, and the engine that runs and improves them."""
