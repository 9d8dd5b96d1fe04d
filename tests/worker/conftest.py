from tests.cli.conftest import project, start

__all__ = ["project", "start"]
