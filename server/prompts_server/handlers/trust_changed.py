"""`prompts/trustChanged`: the person has decided whether this workspace may run things."""

from prompts_server.handlers.own_params import TrustChangedParams
from prompts_server.session import Session


def trust_changed(session: Session, params: TrustChangedParams) -> None:
    """Takes the decision over. Withdrawing trust stops everything that runs."""
    session.trusted = params.trusted
    if not params.trusted:
        session.jobs.stop_where(lambda _: True)
