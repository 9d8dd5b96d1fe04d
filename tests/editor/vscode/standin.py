"""Stand-in language server, until the real one does what the session needs. To be deleted."""
import asyncio, json, re, sys
from lsprotocol import types as t
from pygls.lsp.server import LanguageServer

s = LanguageServer("prompts", "0.1.0")
BAD = "Turn the question into one short search query."
GOOD = "Name the one entity that the question asks about, and nothing else."
findings = set()

def diags(doc):
    out = []
    for i, line in enumerate(doc.source.split("\n")):
        for m in re.finditer(r"\{\{(questoin)\}\}", line):
            out.append(t.Diagnostic(t.Range(t.Position(i, m.start(1)), t.Position(i, m.end(1))), 'Nothing here is called "questoin". Did you mean "question"?', t.DiagnosticSeverity.Error, "P110", source="prompts"))
        if doc.uri in findings and BAD in line:
            c = line.index("short search query"); out.append(t.Diagnostic(t.Range(t.Position(i, c), t.Position(i, c + 18)), "Queries miss the entity in 7 of 10 failing rows.", t.DiagnosticSeverity.Information, source="prompt-optimizer", data="f1"))
    return out

def publish(uri):
    doc = s.workspace.get_text_document(uri)
    s.text_document_publish_diagnostics(t.PublishDiagnosticsParams(uri, diags(doc), doc.version))

@s.feature(t.TEXT_DOCUMENT_DID_OPEN)
def o(p): publish(p.text_document.uri)
@s.feature(t.TEXT_DOCUMENT_DID_CHANGE)
def c(p): publish(p.text_document.uri)

@s.feature(t.TEXT_DOCUMENT_HOVER)
def h(p):
    return t.Hover(t.MarkupContent(t.MarkupKind.Markdown, "**plan** · llm\n\n0.42 (0.31–0.53) on 24 rows"))

@s.feature(t.TEXT_DOCUMENT_CODE_LENS)
def lens(p):
    d = s.workspace.get_text_document(p.text_document.uri); out = []
    for i, line in enumerate(d.source.split("\n")):
        m = re.match(r"graph (\w+)", line)
        if m:
            for n in ("Run", "Evaluate", "Optimize", "Stop"):
                out.append(t.CodeLens(t.Range(t.Position(i, 0), t.Position(i, 5)), t.Command(n, "prompts." + n.lower(), arguments=[{"uri": d.uri, "graph": m[1]}])))
    return out

@s.feature(t.TEXT_DOCUMENT_CODE_ACTION, t.CodeActionOptions([t.CodeActionKind.QuickFix], resolve_provider=True))
def ca(p):
    out = []
    for d in p.context.diagnostics:
        if d.source == "prompts":
            out.append(t.CodeAction('Change to "question"', t.CodeActionKind.QuickFix, [d], is_preferred=True, edit=t.WorkspaceEdit({p.text_document.uri: [t.TextEdit(d.range, "question")]})))
        if d.source == "prompt-optimizer":
            out.append(t.CodeAction("Rewrite: 42 % → 78 % on 24 held-out rows", t.CodeActionKind.QuickFix, [d], data={"uri": p.text_document.uri}))
    return out

@s.feature(t.CODE_ACTION_RESOLVE)
def res(a):
    if a.data is None: return a
    uri = a.data["uri"]; doc = s.workspace.get_text_document(uri)
    for i, line in enumerate(doc.source.split("\n")):
        if BAD in line:
            c = line.index(BAD); r = t.Range(t.Position(i, c), t.Position(i, c + len(BAD)))
            a.edit = t.WorkspaceEdit(document_changes=[t.TextDocumentEdit(t.OptionalVersionedTextDocumentIdentifier(uri, doc.version), [t.AnnotatedTextEdit("r", r, GOOD)])], change_annotations={"r": t.ChangeAnnotation("Tested rewrite of plan/system", True, "42 % → 78 %")})
    return a

def status(**k): s.protocol.notify("prompts/status", k)

@s.command("prompts.run")
def run(*a): s.window_show_message(t.ShowMessageParams(t.MessageType.Info, "multihop ran"))
@s.command("prompts.stop")
def stop(*a): status(state="idle")
@s.command("prompts.evaluate")
async def ev(*a):
    d = s.workspace.get_text_document(a[0]["uri"]); score = 0.78 if GOOD in d.source else 0.42
    status(state="running", job="Evaluate multihop", percentage=50); await asyncio.sleep(.3); status(state="done", job="Evaluate multihop", calls=24)
    s.window_show_message(t.ShowMessageParams(t.MessageType.Info, f"multihop: {score} (0.31 to 0.53) on 24 rows"))
@s.command("prompts.optimize")
async def op(*a):
    uri = a[0]["uri"]
    for i in range(10):
        status(state="running", job="Optimize multihop", percentage=i * 10, calls=i * 7, usd=i * .003); await asyncio.sleep(.2)
    findings.add(uri); publish(uri); status(state="done", job="Optimize multihop", calls=70, usd=.03)

if "--version" in sys.argv: print("prompts, version 0.1.0")
else: s.start_io()
