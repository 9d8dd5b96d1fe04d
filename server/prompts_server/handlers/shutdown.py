"""`shutdown`: ends everything that runs; `exit` follows."""

from prompts_server.session import Session


async def shutdown(session: Session, _params: None) -> None:
    """Ends the session's work and answers when it has ended."""
    await session.close()
