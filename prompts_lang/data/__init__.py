"""What stands beside a `.prompt` file: rows and documents, read with the place of every mistake, and what is known of models.

Everything here is read, never run, and nothing reaches a network.
"""
