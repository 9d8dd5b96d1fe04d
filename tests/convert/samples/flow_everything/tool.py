from promptflow.core import tool


@tool
def cut(text: str, limit: int) -> str:
    return text[:limit]
