; Python below `python:`. Its lines are read as one program; that they share a margin is fine with its grammar.

((section
  (code_line) @injection.content)
  (#set! injection.language "python")
  (#set! injection.combined)
  (#set! injection.include-children))

; Markdown within lines of text. Its blocks are not read: a margin of four columns would make every line a block of code.

((section
  (line) @injection.content)
  (#set! injection.language "markdown_inline")
  (#set! injection.include-children))
