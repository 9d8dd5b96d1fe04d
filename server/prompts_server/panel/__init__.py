"""The graph panel: a page over loopback HTTP that shows a graph, what its runs have shown, and what runs now.

Knows nothing of the Language Server Protocol: whoever serves a page gives it a `Source`. So the language server and
`prompts graph --open` serve the same page.
"""
