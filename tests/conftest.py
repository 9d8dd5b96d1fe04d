"""What all tests share: property tests without deadlines, and the process that forks others."""

from __future__ import annotations

from hypothesis import settings

from tests.cli.launcher import the_nursery

__all__ = ["the_nursery"]

settings.register_profile("no-deadline", deadline=None)
settings.load_profile("no-deadline")
