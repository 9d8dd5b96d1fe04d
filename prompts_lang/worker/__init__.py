"""The worker: the engine in a process of its own, so that an editor's server stays quick and survives whatever a run does."""
