"""Syntax: from the bytes of a `.prompt` file to typed nodes, and from new text back to an edit of the file.

It knows what is written, never what it means. Broken input is a value with problems; nothing here raises on any bytes.
"""
