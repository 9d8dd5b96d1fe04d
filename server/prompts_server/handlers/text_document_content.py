"""`workspace/textDocumentContent`: documents that stand nowhere: a suggested version, a prompt as it was sent, a run."""

from lsprotocol import types

from prompts_server.messages import ErrorCode, RequestError
from prompts_server.session import Session
from prompts_server.stored_runs import sent_text, transcript
from prompts_server.suggested_text import suggested_text
from prompts_server.text_content import Sent, Transcript, read_address
from prompts_server.threads import in_thread


async def text_document_content(
    session: Session, params: types.TextDocumentContentParams
) -> types.TextDocumentContentResult:
    """The text of an address of the scheme `prompts`."""
    match read_address(params.uri):
        case None:
            raise RequestError(ErrorCode.INVALID_PARAMS, "This is no address of a text that this server has.")
        case Sent() as sent:
            text = await in_thread(sent_text, sent)
        case Transcript() as asked:
            text = await in_thread(transcript, asked)
        case suggestion:
            text = suggested_text(session, suggestion)
    if text is None:
        raise RequestError(ErrorCode.REQUEST_FAILED, "There is nothing there any more.")
    return types.TextDocumentContentResult(text=text)
