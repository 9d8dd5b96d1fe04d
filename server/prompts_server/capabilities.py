"""What the editor can do, asked once, and what this server offers, said in one place.

The rest of the server asks the predicates of `ClientFacts`; nobody else looks into the nested, mostly absent fields of
the capabilities that a client sends.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

from lsprotocol import types

from prompts_lang.features.refactoring_kind import RefactoringKind
from prompts_lang.features.tokens import LEGEND, MODIFIERS
from prompts_lang.graph.resolve.declarations import LANGUAGE_VERSION
from prompts_lang.text import Encoding
from prompts_server.commands import COMMANDS
from prompts_server.data import as_list, as_object, as_text
from prompts_server.plain import json_name
from prompts_server.text_content import SCHEME

OWN_PROTOCOL_VERSION = 1
"""The version of what this server and an editor's extension say to each other beyond the protocol."""

APPLY_REWRITES = "source.applyRewrites.prompts"
"""The kind of the action that applies every proven rewrite of a document."""

LENS_ACTION = "source.run.prompts"
"""The kind of what lenses offer, as actions."""

_MOVES = types.FileOperationRegistrationOptions(
    [types.FileOperationFilter(types.FileOperationPattern("**"), scheme="file")]
)
"""Any file may be data or code that a prompt graph names."""


@dataclass(frozen=True, slots=True)
class ClientFacts:
    """The editor's abilities that make a difference here. The defaults are those of a client that says nothing."""

    encoding: Encoding = Encoding.UTF_16
    pulls_diagnostics: bool = False
    refreshes_diagnostics: bool = False
    shows_related_information: bool = False
    drops_old_diagnostics: bool = False
    takes_code_action_literals: bool = False
    resolves_code_action_edits: bool = False
    shows_code_action_tags: bool = False
    takes_document_changes: bool = False
    confirms_changes: bool = False
    shows_progress: bool = False
    shows_code_lenses: bool = False
    refreshes_code_lenses: bool = False
    shows_markdown: bool = True
    shows_symbol_tree: bool = False
    watches_files: bool = False
    answers_configuration: bool = False
    announces_configuration: bool = False
    expands_snippets: bool = False
    prepares_rename: bool = False
    refreshes_inlay_hints: bool = False
    creates_files: bool = False
    shows_documents: bool = False
    reads_text_content: bool = False

    @classmethod
    def of(cls, capabilities: Mapping[str, Any]) -> "ClientFacts":
        """Reads the facts out of the `ClientCapabilities` that a client sent with `initialize`, as plain data.

        They are the largest value that an editor ever sends, and to give each part its type would be half of the time to the
        first answer.
        """

        def find(path: str) -> Any:
            return reduce(lambda found, name: as_object(found).get(json_name(name)), path.split("."), capabilities)

        def has(path: str) -> bool:
            # Many abilities are objects, which may be empty.
            return find(path) is not None and find(path) is not False

        resolvable = as_list(find("text_document.code_action.resolve_support.properties"))
        operations = as_list(find("workspace.workspace_edit.resource_operations"))
        hover_formats = as_list(find("text_document.hover.content_format"))
        return cls(
            encoding=_choose_encoding(as_list(find("general.position_encodings"))),
            pulls_diagnostics=has("text_document.diagnostic"),
            refreshes_diagnostics=has("workspace.diagnostics.refresh_support"),
            shows_related_information=has("text_document.publish_diagnostics.related_information"),
            drops_old_diagnostics=has("text_document.publish_diagnostics.version_support"),
            takes_code_action_literals=has("text_document.code_action.code_action_literal_support"),
            resolves_code_action_edits="edit" in resolvable and has("text_document.code_action.data_support"),
            shows_code_action_tags=has("text_document.code_action.tag_support"),
            takes_document_changes=has("workspace.workspace_edit.document_changes"),
            confirms_changes=has("workspace.workspace_edit.change_annotation_support")
            and has("text_document.code_action.honors_change_annotations"),
            shows_progress=has("window.work_done_progress"),
            shows_code_lenses=find("text_document.code_lens") is not None,
            refreshes_code_lenses=has("workspace.code_lens.refresh_support"),
            shows_markdown=not hover_formats or types.MarkupKind.Markdown.value in hover_formats,
            shows_symbol_tree=has("text_document.document_symbol.hierarchical_document_symbol_support"),
            watches_files=has("workspace.did_change_watched_files.dynamic_registration"),
            answers_configuration=has("workspace.configuration"),
            announces_configuration=has("workspace.did_change_configuration.dynamic_registration"),
            expands_snippets=has("text_document.completion.completion_item.snippet_support"),
            prepares_rename=has("text_document.rename.prepare_support"),
            refreshes_inlay_hints=has("workspace.inlay_hint.refresh_support"),
            creates_files=types.ResourceOperationKind.Create.value in operations,
            shows_documents=has("window.show_document.support"),
            reads_text_content=find("workspace.text_document_content") is not None,
        )


def server_capabilities(facts: ClientFacts) -> types.ServerCapabilities:
    """What this server offers to an editor with these abilities."""
    return types.ServerCapabilities(
        position_encoding=facts.encoding.value,
        text_document_sync=types.TextDocumentSyncOptions(
            open_close=True,
            change=types.TextDocumentSyncKind.Incremental,
            save=types.SaveOptions(include_text=False),
        ),
        diagnostic_provider=types.DiagnosticOptions(
            identifier="prompts", inter_file_dependencies=True, workspace_diagnostics=False
        )
        if facts.pulls_diagnostics
        else None,
        hover_provider=True,
        completion_provider=types.CompletionOptions(trigger_characters=["{", ".", '"', "/", "|", ":", "("]),
        definition_provider=True,
        references_provider=True,
        document_highlight_provider=True,
        rename_provider=types.RenameOptions(prepare_provider=True) if facts.prepares_rename else True,
        document_symbol_provider=True,
        folding_range_provider=True,
        selection_range_provider=True,
        document_formatting_provider=True,
        document_range_formatting_provider=types.DocumentRangeFormattingOptions(ranges_support=True),
        document_on_type_formatting_provider=types.DocumentOnTypeFormattingOptions(first_trigger_character="\n"),
        inlay_hint_provider=True,
        document_link_provider=types.DocumentLinkOptions(resolve_provider=False),
        workspace_symbol_provider=True,
        call_hierarchy_provider=True,
        signature_help_provider=types.SignatureHelpOptions(trigger_characters=["(", ","]),
        linked_editing_range_provider=True,
        code_lens_provider=types.CodeLensOptions(resolve_provider=False),
        code_action_provider=_code_actions(facts),
        semantic_tokens_provider=types.SemanticTokensOptions(
            legend=types.SemanticTokensLegend(list(LEGEND), list(MODIFIERS)),
            full=types.SemanticTokensFullDelta(delta=True),
            range=True,
        ),
        execute_command_provider=types.ExecuteCommandOptions(commands=list(COMMANDS)),
        workspace=types.WorkspaceOptions(
            workspace_folders=types.WorkspaceFoldersServerCapabilities(supported=True, change_notifications=True),
            file_operations=types.FileOperationOptions(will_rename=_MOVES, did_rename=_MOVES),
            text_document_content=types.TextDocumentContentOptions([SCHEME]) if facts.reads_text_content else None,
        ),
        experimental={"protocol": OWN_PROTOCOL_VERSION, "language": LANGUAGE_VERSION},
    )


def _code_actions(facts: ClientFacts) -> types.CodeActionOptions | None:
    if not facts.takes_code_action_literals:
        return None
    return types.CodeActionOptions(
        code_action_kinds=[
            types.CodeActionKind.QuickFix,
            *(kind.value for kind in RefactoringKind),
            APPLY_REWRITES,
            LENS_ACTION,
        ],
        resolve_provider=facts.resolves_code_action_edits,
    )


def _choose_encoding(offered: Sequence[Any]) -> Encoding:
    """The client's first choice that is known here; UTF-16 otherwise, which every client must speak."""
    known = {encoding.value: encoding for encoding in Encoding}
    return next((known[name] for name in map(as_text, offered) if name in known), Encoding.UTF_16)
