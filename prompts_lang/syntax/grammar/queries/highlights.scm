; Colours. The capture names are those that Neovim, Helix, Zed and Emacs share.

(comment) @comment

; --- declarations

[
  "language"
  "model"
  "corpus"
  "dataset"
  "graph"
  "llm"
  "code"
  "retrieve"
  "call"
  "metric"
  "optimize"
] @keyword

[
  "use"
  "from"
] @keyword.import

[
  "on"
  "judged"
  "by"
] @keyword

(unknown_declaration) @error

(graph_declaration name: (identifier) @function)
(node_declaration name: (identifier) @function)
(call_declaration name: (identifier) @function)
(metric_declaration name: (identifier) @function)
(model_declaration name: (identifier) @constant)
(corpus_declaration name: (identifier) @constant)
(dataset_declaration name: (identifier) @constant)
(use_declaration name: (identifier) @function)
(call_declaration graph: (identifier) @function.call)
(metric_declaration builtin: (identifier) @function.builtin)
(metric_declaration judge: (identifier) @constant)
(optimize_declaration graph: (identifier) @function)
(optimize_declaration dataset: (identifier) @constant)

; --- signatures

(parameters (parameter name: (identifier) @variable.parameter))
(outputs (parameter name: (identifier) @variable.member))
(graph_output name: (identifier) @variable.member)
(source (reference (identifier) @variable))

(named_type (identifier) @type)
(list_type name: (identifier) @type)
((named_type (identifier) @type.builtin)
  (#any-of? @type.builtin "text" "integer" "number" "boolean" "json" "chat"))
((list_type name: (identifier) @type.builtin)
  (#eq? @type.builtin "list"))
(field name: (identifier) @variable.member)

; --- properties

(property word: (identifier) @property)
(property learn: "learn" @keyword.modifier)
(phrase (reference (identifier) @variable))
(assignment name: (identifier) @variable.member)
(entry key: (identifier) @variable.member)

[
  "when"
  "ensure"
  "else"
] @keyword.conditional

[
  "each"
  "in"
  "repeat"
  "until"
  "at"
  "most"
] @keyword.repeat

(each_property variable: (identifier) @variable.parameter)
(each_property source: (reference (identifier) @variable))

[
  "not"
  "and"
  "or"
  "is"
  "empty"
] @keyword.operator

(truth (reference (identifier) @variable))
(comparison reference: (reference (identifier) @variable))
(is_empty reference: (reference (identifier) @variable))

; --- sections

(section learn: "learn" @keyword.modifier)
(section word: _ @label)
(section ":" @punctuation.delimiter)
(text) @spell
(escape) @string.escape
(placeholder) @variable.parameter

; --- values

[
  (string)
  (unclosed_string)
] @string

(number) @number
(money) @number
(ratio) @number

[
  "->"
  "="
  "=="
  "!="
  "<"
  "<="
  ">"
  ">="
  "|"
  "?"
] @operator

[
  "("
  ")"
  "["
  "]"
  "{"
  "}"
] @punctuation.bracket

[
  ","
  "."
  ":"
] @punctuation.delimiter
