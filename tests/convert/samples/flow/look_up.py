from promptflow.core import tool


def _helper(topic: str) -> str:
    return topic


@tool
def look_up(topic: str) -> str:
    return _helper(topic)
