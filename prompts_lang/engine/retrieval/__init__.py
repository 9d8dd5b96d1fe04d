"""Retrieval: documents, an index over them behind one protocol, and how much of what should be found was found."""
