"""`prompts/trustChanged`: the person has decided whether this workspace may run things."""

from attrs import define

from prompts_server.session import Session


@define
class TrustChangedParams:
    """The parameters of the notification."""

    trusted: bool


def trust_changed(session: Session, params: TrustChangedParams) -> None:
    """Takes the decision over. Withdrawing trust stops everything that runs."""
    session.trusted = params.trusted
    if not params.trusted:
        session.jobs.stop_where(lambda _: True)
