def _helper(topic: str) -> str:
    return f"What is known about {topic}."


def look_up(topic: str) -> str:
    return _helper(topic)
