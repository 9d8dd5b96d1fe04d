def place(question: str) -> str:
    return question.rstrip("?").split()[-1]
