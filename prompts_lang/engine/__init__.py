"""Running and scoring graphs: executor, node kinds, models, sandbox, retrieval, data, metrics and the store."""
