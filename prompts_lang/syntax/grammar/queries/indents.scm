; Two columns for what stands below a declaration, two more for the text of a section. Neovim reads the captures with a dot, Helix `@indent`.

[
  (model_declaration)
  (corpus_declaration)
  (dataset_declaration)
  (node_declaration)
  (call_declaration)
  (metric_declaration)
  (optimize_declaration)
  (section)
] @indent.begin @indent

(line) @indent.auto
(code_line) @indent.auto
