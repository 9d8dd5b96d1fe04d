"""prompt flow's `flow.dag.yaml`: nodes that reference each other's outputs, prompts in Jinja files, tools in Python files."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from prompts_lang.convert.outline import FileOutline, Input, Loss, ModelOutline, NodeOutline, Port
from prompts_lang.convert.parameters import NAMES, convert_parameters
from prompts_lang.convert.prompty import split_roles
from prompts_lang.convert.reading import items, mapping, read_text, read_yaml
from prompts_lang.convert.schemas import SIMPLE
from prompts_lang.convert.writing import identifier
from prompts_lang.errors import FileError

KEPT = frozenset(
    {
        "inputs",
        "outputs",
        "nodes",
        "node_variants",
        "$schema",
        "name",
        "id",
        "description",
        "display_name",
        "language",
        "type",
    }
)
_KEPT_OF_NODE = frozenset(
    {
        "name",
        "type",
        "source",
        "inputs",
        "activate",
        "aggregation",
        "use_variants",
        "connection",
        "provider",
        "api",
        "module",
    }
)
_REFERENCE = re.compile(r"\$\{\s*([A-Za-z_][\w-]*)\.([\w.]+)\s*\}")
_MODEL_OPTIONS = frozenset({"deployment_name", "model", "connection", "response_format"})


@dataclass(slots=True)
class _Flow:
    """The flow while it is read."""

    folder: Path
    losses: list[Loss] = field(default_factory=list[Loss])
    added: dict[str, Port] = field(default_factory=dict[str, Port])
    """Inputs of the graph that stand in the place of constants and of what nothing fills."""
    models: dict[str, ModelOutline] = field(default_factory=dict[str, ModelOutline])


def convert(path: Path) -> FileOutline:
    """Converts one flow. Paths in the result are relative to the flow's folder.

    Raises:
        FileError: it, or a file that it names, cannot be read.
    """
    source = read_yaml(read_text(path), path)
    flow = _Flow(path.parent)
    flow.losses += [Loss(str(key), "the key has no counterpart here") for key in source if key not in KEPT]
    inputs = tuple(_inputs(source, flow))
    variants = mapping(source.get("node_variants"))
    entries = [_default_variant(mapping(entry), variants, flow) for entry in items(source.get("nodes"))]
    nodes = tuple(node for entry in entries if (node := _node(entry, flow)) is not None)
    _take_as_inputs(nodes, {port.name for port in inputs}, flow)
    outputs = tuple(_outputs(source, {node.name for node in nodes}, flow))
    if nodes and not outputs:
        outputs = (("output", nodes[-1].name),)
    return FileOutline(
        identifier(str(source.get("name") or source.get("display_name") or path.parent.name), "flow"),
        (*inputs, *(port for name, port in flow.added.items() if name not in {input_.name for input_ in inputs})),
        outputs,
        nodes,
        models=tuple(flow.models.values()),
        doc=str(source.get("description") or ""),
        losses=tuple(flow.losses),
    )


def _default_variant(entry: Mapping[str, Any], variants: Mapping[str, Any], flow: _Flow) -> Mapping[str, Any]:
    """A node that has variants as its default one; the others are named as lost."""
    name = str(entry.get("name"))
    written = mapping(variants.get(name))
    chosen = str(written.get("default_variant_id"))
    known = mapping(written.get("variants"))
    node = mapping(mapping(known.get(chosen)).get("node"))
    if not entry.get("use_variants") or not node:
        return entry
    flow.losses += [
        Loss(
            f"node_variants.{name}.{other}", "the default variant is kept; what it is compared with is `optimize` here"
        )
        for other in known
        if str(other) != chosen
    ]
    return {key: value for key, value in {**entry, **node}.items() if key != "use_variants"}


def _take_as_inputs(nodes: Sequence[NodeOutline], inputs: Collection[str], flow: _Flow) -> None:
    """What nodes take from a node that was lost becomes an input of the graph, under its name."""
    known = {*inputs, *flow.added, *(node.name for node in nodes)}
    for node in nodes:
        asked = [(f"inputs.{input_.name}", input_.source) for input_ in node.inputs if input_.source]
        if node.when:
            asked.append(("activate", node.when.removeprefix("not ").split(" ", 1)[0]))
        for place, reference in asked:
            head, _, field_ = reference.partition(".")
            if head in known:
                continue
            message = f"the node `{head}` was not kept; the graph takes its output as an input"
            flow.losses.append(Loss(f"nodes.{node.name}.{place}", message))
            is_text = not field_ and node.run is None and place != "activate"
            port = flow.added.setdefault(head, Port(head, "text" if is_text else "json"))
            if not is_text and port.type == "text":
                flow.added[head] = Port(head, "json")


def _inputs(source: Mapping[str, Any], flow: _Flow) -> Iterator[Port]:
    for name, value in map(_named, mapping(source.get("inputs")).items()):
        if value.get("default") not in (None, "", []):
            flow.losses.append(Loss(f"inputs.{name}.default", "an input has no default here"))
        yield Port(name, _type(value), str(value.get("description") or ""))


def _named(item: tuple[object, object]) -> tuple[str, Mapping[str, Any]]:
    return str(item[0]), mapping(item[1])


def _type(value: Mapping[str, Any]) -> str:
    return "chat" if value.get("is_chat_history") else SIMPLE.get(str(value.get("type")), "json")


def _outputs(source: Mapping[str, Any], known: Collection[str], flow: _Flow) -> Iterator[tuple[str, str]]:
    for name, value in mapping(source.get("outputs")).items():
        reference = _reference(mapping(value).get("reference"))
        if reference is None:
            flow.losses.append(Loss(f"outputs.{name}", "the output refers to no node"))
        elif reference.partition(".")[0] not in known:
            flow.losses.append(Loss(f"outputs.{name}", "the node that the output refers to was not kept"))
        else:
            yield str(name), reference


def _reference(value: object) -> str | None:
    """`${node.output}` and `${inputs.name}` as we write them. A node has one output there, called `output`; its name is left away here."""
    match = _REFERENCE.fullmatch(str(value).strip())
    if match is None:
        return None
    head, rest = identifier(match[1], "node"), match[2]
    if match[1] == "inputs":
        return rest
    tail = rest.removeprefix("output").lstrip(".")
    return f"{head}.{tail}" if tail else head


def _node(entry: Mapping[str, Any], flow: _Flow) -> NodeOutline | None:
    name = identifier(str(entry.get("name")), "node")
    if entry.get("use_variants"):
        flow.losses.append(
            Loss(f"nodes.{name}", "variants are compared by `optimize` here; write the variant that you want")
        )
        return None
    flow.losses += [
        Loss(f"nodes.{name}.{key}", "the key has no counterpart here") for key in entry if key not in _KEPT_OF_NODE
    ]
    if entry.get("api") not in (None, "chat"):
        flow.losses.append(Loss(f"nodes.{name}.api", f"`{entry['api']}` has no counterpart here: every call is a chat"))
    when = _condition(mapping(entry.get("activate")), name, flow)
    if entry.get("aggregation"):
        flow.losses.append(Loss(f"nodes.{name}", "nodes over all rows are metrics here"))
        return None
    match entry.get("type"):
        case "llm":
            return _llm(entry, name, when, flow)
        case "python":
            return _python(entry, name, when, flow)
        case other:
            flow.losses.append(Loss(f"nodes.{name}", f"a node of type `{other}` has no counterpart here"))
            return None


def _condition(activate: Mapping[str, Any], name: str, flow: _Flow) -> str | None:
    if not activate:
        return None
    reference, value = _reference(activate.get("when")), activate.get("is")
    if reference is None:
        flow.losses.append(Loss(f"nodes.{name}.activate", "the condition refers to no value"))
        return None
    if isinstance(value, bool):
        return reference if value else f"not {reference}"
    literal = f'"{value}"' if isinstance(value, str) else str(value)
    return f"{reference} == {literal}"


def _llm(entry: Mapping[str, Any], name: str, when: str | None, flow: _Flow) -> NodeOutline | None:
    inputs = mapping(entry.get("inputs"))
    text = _source(entry, name, flow)
    if text is None:
        return None
    messages, names, losses = split_roles(text)
    flow.losses += [Loss(f"nodes.{name}, {loss.where}", loss.what) for loss in losses]
    model = _model(entry, inputs, name, names, flow)
    wired = tuple(_input(used, inputs.get(used), name, flow, asked) for used, asked in names.items())
    return NodeOutline(name, wired, (Port("output"),), model=model, messages=messages, when=when)


def _input(name: str, value: object, node: str, flow: _Flow, asked: str = "text") -> Input:
    reference = _reference(value)
    if reference is not None:
        is_own = reference == name and str(value).strip().removeprefix("${").lstrip().startswith("inputs.")
        return Input(name) if is_own else Input(name, reference)
    if value is not None:
        flow.losses.append(
            Loss(
                f"nodes.{node}.inputs.{name}",
                f"the constant {value!r} cannot stand in the wiring; the graph takes it as an input",
            )
        )
    flow.added.setdefault(name, Port(name, asked if value is None else _type_of_constant(value)))
    return Input(name)


def _type_of_constant(value: object) -> str:
    match value:
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "number"
        case None | str():
            return "text"
        case _:
            return "json"


def _model(entry: Mapping[str, Any], inputs: Mapping[str, Any], name: str, used: Mapping[str, str], flow: _Flow) -> str:
    """The name of the model that the node calls; `used` are the inputs that its text takes."""
    deployment = inputs.get("deployment_name") or inputs.get("model")
    provider = "azure" if inputs.get("deployment_name") else "openai"
    if not isinstance(deployment, str):
        flow.losses.append(Loss(f"nodes.{name}", "the node names no model; `openai/gpt-4o-mini` stands in its place"))
        provider, deployment = "openai", "gpt-4o-mini"
    if entry.get("connection"):
        flow.losses.append(
            Loss(f"nodes.{name}.connection", "connections come from the environment, as LiteLLM names them")
        )
    options = {key: value for key, value in inputs.items() if key in NAMES and _reference(value) is None}
    flow.losses += [
        Loss(f"nodes.{name}.inputs.{key}", "the option has no counterpart here")
        for key, value in inputs.items()
        if key not in NAMES and key not in _MODEL_OPTIONS and key not in used and value not in (None, "")
    ]
    if inputs.get("response_format") not in (None, "", {"type": "text"}):
        flow.losses.append(Loss(f"nodes.{name}.inputs.response_format", "write the outputs with their types instead"))
    properties, losses = convert_parameters(options, f"nodes.{name}.inputs")
    flow.losses += losses
    outline = ModelOutline(identifier(f"{deployment}", "model_"), f"{provider}/{deployment}", properties)
    known = next(
        (model for model in flow.models.values() if (model.id, model.properties) == (outline.id, outline.properties)),
        None,
    )
    if known is None:
        unique = outline.name if outline.name not in flow.models else f"{outline.name}_{len(flow.models) + 1}"
        known = ModelOutline(unique, outline.id, outline.properties)
        flow.models[unique] = known
    return known.name


def _python(entry: Mapping[str, Any], name: str, when: str | None, flow: _Flow) -> NodeOutline | None:
    path = str(mapping(entry.get("source")).get("path") or "")
    text = _source(entry, name, flow)
    if text is None:
        return None
    function = _tool(text)
    if function is None:
        flow.losses.append(Loss(f"nodes.{name}", f"`{path}` has no function that could be the tool"))
        return None
    if _imports_promptflow(text):
        message = (
            f"`{path}` imports promptflow, which is not there where code nodes run: take the import and `@tool` out"
        )
        flow.losses.append(Loss(f"nodes.{name}", message))
    wired = tuple(_input(str(key), value, name, flow) for key, value in mapping(entry.get("inputs")).items())
    return NodeOutline(name, wired, (Port("output", "json"),), run=f"{path}:{function}", when=when)


def _tool(text: str) -> str | None:
    """The function that is decorated with `tool`, or else the only public one. The file is parsed, never run."""
    try:
        functions = [node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    except (SyntaxError, ValueError, RecursionError):
        return None
    marked = [node.name for node in functions if any("tool" in ast.unparse(mark) for mark in node.decorator_list)]
    public = [node.name for node in functions if not node.name.startswith("_")]
    return marked[0] if marked else public[0] if len(public) == 1 else None


def _imports_promptflow(text: str) -> bool:
    """Whether the file, which can be parsed, imports the tool's own package."""
    names: list[str] = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names.append(node.module or "")
    return any(name.split(".", 1)[0] == "promptflow" for name in names)


def _source(entry: Mapping[str, Any], name: str, flow: _Flow) -> str | None:
    path = mapping(entry.get("source")).get("path")
    if not isinstance(path, str):
        flow.losses.append(Loss(f"nodes.{name}.source", "the node names no file"))
        return None
    target = (flow.folder / path).resolve()
    if not target.is_relative_to(flow.folder.resolve()):
        raise FileError(f"The node '{name}' names a file outside of the flow's folder.", where=path)
    return read_text(target)
