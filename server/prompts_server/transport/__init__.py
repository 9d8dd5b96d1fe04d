"""The transport edge: bytes in, bytes out, and knowing when the other side is gone.

Nothing here knows JSON or the protocol. `framing` cuts a byte stream into message bodies, `reader` and `writer` each own
one thread and one file descriptor, `streams` takes standard input and output away from everybody else, and `parent`
watches the editor's process.
"""
