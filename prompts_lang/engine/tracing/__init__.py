"""Spans by OpenTelemetry, in the terms of its conventions for generative AI; off unless whoever runs the engine configured it.

`spans` starts and ends them, `attributes` says what stands in them, `backend` is a way to models that leaves one per call, `setup` turns
the standard environment variables into exporters, for the command line and the worker.

Invariants: without a configured provider nothing is recorded and nothing imported; no text of a prompt, a reply or a value is in a span
unless the conventions' own switch asks for it.
"""
