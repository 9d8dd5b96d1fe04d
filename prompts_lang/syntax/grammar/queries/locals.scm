; Inputs belong to their node; its own text and properties refer to them.

[
  (source_file)
  (node_declaration)
  (metric_declaration)
] @local.scope

(graph_declaration name: (identifier) @local.definition.function)
(node_declaration name: (identifier) @local.definition.function)
(call_declaration name: (identifier) @local.definition.function)
(metric_declaration name: (identifier) @local.definition.function)
(model_declaration name: (identifier) @local.definition.constant)
(corpus_declaration name: (identifier) @local.definition.constant)
(dataset_declaration name: (identifier) @local.definition.constant)
(use_declaration name: (identifier) @local.definition.import)

(node_declaration inputs: (parameters (parameter name: (identifier) @local.definition.parameter)))
(metric_declaration inputs: (parameters (parameter name: (identifier) @local.definition.parameter)))
(each_property variable: (identifier) @local.definition.parameter)

(reference . (identifier) @local.reference)
(call_declaration graph: (identifier) @local.reference)
(optimize_declaration graph: (identifier) @local.reference)
(optimize_declaration dataset: (identifier) @local.reference)
(metric_declaration judge: (identifier) @local.reference)
