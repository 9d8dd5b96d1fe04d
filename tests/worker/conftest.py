from tests.cli.conftest import project, start, the_nursery

__all__ = ["project", "start", "the_nursery"]
