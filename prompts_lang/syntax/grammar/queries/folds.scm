; A declaration folds to its first line, a section to the line with its colon.

[
  (model_declaration)
  (corpus_declaration)
  (dataset_declaration)
  (graph_declaration)
  (node_declaration)
  (call_declaration)
  (metric_declaration)
  (optimize_declaration)
  (section)
] @fold
