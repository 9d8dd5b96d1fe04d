"""What a user can start: a run, an evaluation, an optimisation. The command line and the editor's worker start the very same."""
