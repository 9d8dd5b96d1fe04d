; Symbols for tools that list and search definitions.

(graph_declaration name: (identifier) @name) @definition.module
(node_declaration name: (identifier) @name) @definition.function
(call_declaration name: (identifier) @name) @definition.function
(metric_declaration name: (identifier) @name) @definition.function
(model_declaration name: (identifier) @name) @definition.constant
(corpus_declaration name: (identifier) @name) @definition.constant
(dataset_declaration name: (identifier) @name) @definition.constant

(call_declaration graph: (identifier) @name) @reference.call
(optimize_declaration graph: (identifier) @name) @reference.call
