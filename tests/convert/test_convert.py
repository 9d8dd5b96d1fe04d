"""Importing prompt files of other tools: what carries over, what is refused, and that the result is a program."""

from __future__ import annotations

import json
import re
import shutil
from itertools import pairwise
from pathlib import Path

import pytest

import prompts_lang
from prompts_lang.analysis.static import check_static
from prompts_lang.convert.convert import Conversion, convert, recognise
from prompts_lang.convert.templates import convert_template
from prompts_lang.errors import FileError, UsageError
from prompts_lang.features.formatting import format_file
from prompts_lang.graph.load import Loaded, load_program
from prompts_lang.graph.model import Examples, History, LlmBody, Program, Section
from prompts_lang.graph.problem import Severity
from prompts_lang.graph.project import Project
from prompts_lang.syntax.file import SyntaxFile

SAMPLES = Path(__file__).parent / "samples"


def converted(name: str) -> Conversion:
    return convert(SAMPLES / name)


def program_of(conversion: Conversion, folder: Path) -> Program:
    path = folder / "converted.prompt"
    path.write_text(conversion.text, encoding="utf-8")
    loaded: Loaded = load_program(path)
    assert loaded.errors == ()
    assert loaded.program is not None
    return loaded.program


def texts(program: Program, graph: str, node: str) -> list[tuple[str, str]]:
    body = program.graphs[graph].node(node).body
    assert isinstance(body, LlmBody)
    assert not any(isinstance(part, Examples | History) for part in body.parts)
    return [(part.role, part.template.source) for part in body.parts if isinstance(part, Section)]


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("weather.prompt", "dotprompt"),
        ("basic.prompty", "prompty"),
        ("summary.prompt.yml", "github"),
        ("flow/flow.dag.yaml", "promptflow"),
    ],
)
def test_recognises_the_format_by_name_and_content(name: str, form: str) -> None:
    assert recognise(SAMPLES / name) == form


@pytest.mark.parametrize("name", ["weather.prompt", "basic.prompty", "summary.prompt.yml", "flow/flow.dag.yaml"])
def test_the_result_is_in_canonical_form(name: str) -> None:
    text = converted(name).text.encode()
    assert format_file(SyntaxFile.parse(text)) == text


def test_dotprompt_keeps_roles_schema_model_and_lists(tmp_path: Path) -> None:
    conversion = converted("weather.prompt")
    assert conversion.losses == ()
    program = program_of(conversion, tmp_path)
    assert [port.name for port in program.graphs["weather"].inputs] == ["city", "hints"]
    assert texts(program, "weather", "reply") == [
        ("system", "You help people dress."),
        ("user", "I am in {{city}}. Think of:\n{{hints | bullets}}"),
    ]
    model = program.models["model_"]
    assert (model.id, dict(model.parameters)) == ("gemini/gemini-2.0-flash", {"max_tokens": 200, "temperature": 0.4})
    assert 'advice: text, warm: "YES" | "NO"' in conversion.text


def test_logic_in_a_template_and_unknown_keys_are_losses_with_their_place(tmp_path: Path) -> None:
    conversion = converted("logic.prompt")
    assert [str(loss) for loss in conversion.losses] == [
        "front matter, tools: the key has no counterpart here",
        "the user message, line 1 of the text: `{{#if name}}` is logic; here logic is the graph's (`when`, `each`, code nodes)",
        "the user message, line 1 of the text: `{{else}}` is logic; here logic is the graph's (`when`, `each`, code nodes)",
        "the user message, line 1 of the text: `{{/if}}` is logic; here logic is the graph's (`when`, `each`, code nodes)",
    ]
    assert "# Not carried over: front matter, tools" in conversion.text
    program_of(conversion, tmp_path)


@pytest.mark.parametrize(
    ("piece", "reason"),
    [
        ("{{media url=photo}}", "puts in an image or a recording; here a prompt holds text alone"),
        ("{{shout name}}", "asks for more than a value"),
        ("{{rows[0].name}}", "asks for more than a value"),
        ("{% if name %}", "is logic"),
        ("{{else}}", "is logic"),
    ],
)
def test_each_kind_of_loss_in_a_template_says_what_it_is(piece: str, reason: str) -> None:
    (loss,) = convert_template(f"Hello {piece}", "the prompt").losses
    assert f"`{piece}` {reason}" in str(loss)


def test_prompty_keeps_roles_inputs_parameters_and_the_sample(tmp_path: Path) -> None:
    conversion = converted("basic.prompty")
    assert conversion.losses == ()
    program = program_of(conversion, tmp_path)
    assert texts(program, "Basic_Answer", "reply") == [
        ("system", "You answer politely. The customer is called {{firstName}}."),
        ("user", "The question: {{question}}"),
    ]
    assert program.models["model_"].id == "azure/gpt-35-turbo"
    assert program.datasets["rows"].cases == ({"firstName": "Ada", "question": "Where is my order?"},)


def test_github_keeps_messages_rows_and_the_evaluator(tmp_path: Path) -> None:
    conversion = converted("summary.prompt.yml")
    assert conversion.losses == ()
    program = program_of(conversion, tmp_path)
    assert texts(program, "Summarise", "reply")[1] == ("user", "Summarise this:\n{{input}}")
    assert program.datasets["rows"].expect == ("expected",)
    assert len(program.datasets["rows"].cases) == 2
    assert "metric score(answer, expected) = contains" in conversion.text


def test_prompt_flow_keeps_nodes_edges_conditions_and_code(tmp_path: Path) -> None:
    shutil.copytree(SAMPLES / "flow", tmp_path / "flow")
    conversion = convert(tmp_path / "flow" / "flow.dag.yaml")
    assert conversion.losses == ()
    program = program_of(conversion, tmp_path / "flow")
    graph = program.graphs["flow"]
    assert [node.name for node in graph.nodes] == ["classify", "look_up", "answer"]
    assert [str(input_.source) for input_ in graph.node("answer").inputs] == ["look_up.output", "question"]
    assert 'when classify == "known"' in conversion.text
    assert 'run "look_up.py:look_up"' in conversion.text
    assert list(program.models) == ["gpt_4o"]


EVERYTHING = {
    "everything.prompt": [
        "front matter, variant",
        "front matter, tools",
        "front matter, metadata",
        "config.topK",
        "input.default",
        "output.schema.greeting.(*)",
        "output.schema.greeting.text",
        "output.format",
        "body",
        "the system message, line 3 of the text",
        *["the user message, line 2 of the text"] * 4,
    ],
    "everything.prompty": [
        "front matter, base",
        "template",
        "model.api",
        "model.response",
        "model.configuration.azure_endpoint",
        "model.configuration.api_version",
        "model.parameters.seed",
        "model.parameters.tools",
        "inputs.question.default",
        "inputs.unused",
        "sample",
        "the tool message",
        "the user message, line 4 of the text",
        "the user message",
    ],
    "everything.prompt.yml": [
        "owner",
        "modelParameters.topK",
        "jsonSchema.label, maxLength",
        "jsonSchema.score, anyOf",
        "jsonSchema.score",
        "evaluators, Starts",
        "evaluators, Contains",
        "evaluators, Judge",
        "evaluators, Similar",
        "message 2",
    ],
    "flow_everything/flow.dag.yaml": [
        "environment",
        "inputs.question.default",
        "nodes.answer.api",
        "nodes.answer.connection",
        "nodes.answer.inputs.seed",
        "nodes.answer.inputs.response_format",
        "nodes.answer.inputs.tone",
        "nodes.tool",
        "nodes.tool.inputs.limit",
        "nodes.search.source",
        "nodes.prompt_text",
        "nodes.score",
        "nodes.varied",
        "outputs.note",
    ],
}
"""What cannot be kept of a file that uses everything its format has, by its place."""


@pytest.mark.parametrize("name", EVERYTHING)
def test_each_thing_that_cannot_be_kept_is_named_with_its_place(name: str) -> None:
    assert [loss.where for loss in converted(name).losses] == EVERYTHING[name]


@pytest.mark.parametrize("name", EVERYTHING)
def test_what_is_left_is_a_program_all_the_same(name: str, tmp_path: Path) -> None:
    folder = (SAMPLES / name).parent
    if folder != SAMPLES:
        shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    program_of(converted(name), tmp_path)


RUNS = {
    "weather.prompt": (
        "weather",
        {"city": "Oslo", "hints": ["wind", "rain"]},
        {"advice": "Take a coat.", "warm": "NO"},
    ),
    "basic.prompty": ("Basic_Answer", {"firstName": "Ada", "question": "Oslo?"}, {"answer": "Take a coat."}),
    "summary.prompt.yml": ("Summarise", {"input": "It rained in Oslo."}, {"answer": "Take a coat."}),
    "flow/flow.dag.yaml": ("flow", {"question": "What to wear in Oslo?"}, {"answer": "Take a coat."}),
    "agent.prompty": (
        "agent",
        {"question": "Oslo?", "stops": [{"town": "Oslo", "days": 2}]},
        {"answer": "Take a coat.", "sure": True},
    ),
    "typed.prompt": ("typed", {"city": "Oslo"}, {"advice": "Take a coat.", "detail": "wet", "level": "low"}),
    "flow_chat/flow.dag.yaml": (
        "flow_chat",
        {"question": "What to wear in Oslo?", "chat_history": [{"role": "user", "content": "Hi"}]},
        {"answer": "Take a coat."},
    ),
}
"""By sample: the graph that comes of it, inputs, and the outputs that the simulated model of `world.json` leads to."""


@pytest.mark.parametrize("name", RUNS)
def test_the_result_passes_all_checks_and_runs(name: str, tmp_path: Path) -> None:
    graph, inputs, expected = RUNS[name]
    for part in ("flow", "flow_chat", "world.json"):
        copy = shutil.copytree if (SAMPLES / part).is_dir() else shutil.copy
        copy(SAMPLES / part, tmp_path / part)
    folder = tmp_path / name.partition("/")[0] if "/" in name else tmp_path
    # The models of the samples are real ones; the simulated model answers in their place.
    world = json.dumps(str(tmp_path / "world.json"))
    text = re.sub(r'(?m)^(model \w+ = )".*"$', rf'\1"simulated/student"\n  base {world}', converted(name).text)
    path = folder / "converted.prompt"
    path.write_text(text, encoding="utf-8")
    assert [problem for problem in check_static(Project(), path) if problem.severity is Severity.ERROR] == []
    with prompts_lang.load(path) as file:
        outputs = file[graph](**inputs)
    assert (outputs if len(expected) > 1 else {next(iter(expected)): outputs}) == expected


def test_prompty_of_the_second_kind_keeps_types_examples_and_who_wrote_it() -> None:
    conversion = converted("agent.prompty")
    assert conversion.losses == ()
    assert (
        'graph agent(tone: ("formal" | "casual")?, stops: list[{town: text, days: integer}], question: text) '
        "-> answer = reply.answer, sure = reply.sure"
    ) in conversion.text
    assert 'case question = "What to wear in Oslo?"' in conversion.text
    assert conversion.text.startswith(
        "# Travel agent\n# Answers in the traveller's tone.\n# Authors: someone\n# Tags: travel\n"
    )


def test_what_may_be_null_is_optional() -> None:
    conversion = converted("typed.prompt")
    assert conversion.losses == ()
    assert 'graph typed(mood: ("glad" | "sad")?, city: text)' in conversion.text
    assert 'llm reply(mood, city) -> advice: text, detail: text?, level: ("high" | "low")?' in conversion.text


def test_a_loop_over_earlier_turns_is_history_and_the_default_variant_is_the_node() -> None:
    conversion = converted("flow_chat/flow.dag.yaml")
    assert conversion.losses == ()
    assert "\n  history chat_history\n  user: About {{place}}: {{question}}\n" in conversion.text
    assert "  temperature 0\n" in conversion.text


def test_what_needs_a_node_that_is_lost_takes_it_as_an_input(tmp_path: Path) -> None:
    conversion = converted("flow_lost/flow.dag.yaml")
    assert [loss.where for loss in conversion.losses] == [
        "node_variants.answer.two",
        "nodes.shots",
        "nodes.pick.source",
        *["nodes.answer, the system message, line 2 of the text"],
        *["nodes.answer, the system message, line 3 of the text"] * 2,
        *["nodes.answer, the system message, line 4 of the text"],
        "nodes.total",
        "nodes.answer.inputs.shots",
        "nodes.answer.activate",
        "outputs.total",
    ]
    program = program_of(conversion, tmp_path)
    assert [port.name for port in program.graphs["flow_lost"].inputs] == ["question", "shots", "pick"]
    assert [output.name for output in program.graphs["flow_lost"].outputs] == ["answer"]


def test_code_is_named_from_where_the_result_is_written(tmp_path: Path) -> None:
    shutil.copytree(SAMPLES / "flow", tmp_path / "a" / "flow")
    (tmp_path / "b").mkdir()
    conversion = convert(tmp_path / "a" / "flow" / "flow.dag.yaml", into=tmp_path / "b")
    assert 'run "../a/flow/look_up.py:look_up"' in conversion.text
    same = convert(tmp_path / "a" / "flow" / "flow.dag.yaml", into=tmp_path / "a" / "flow")
    assert 'run "look_up.py:look_up"' in same.text


BOMB = "a: &a [x, x]\n" + "".join(f"{b}: &{b} [{', '.join([f'*{a}'] * 10)}]\n" for a, b in pairwise("abcdefghi"))
"""A few lines whose aliases unfold to a hundred million values."""


def test_a_text_cannot_end_its_block_or_become_a_declaration(tmp_path: Path) -> None:
    path = tmp_path / "hostile.prompty"
    path.write_text(
        '---\nname: h\nmodel: {id: m}\n---\nuser:\nllm evil(x) -> y\r\u2028model z = "q"\n', encoding="utf-8"
    )
    program = program_of(convert(path), tmp_path)
    assert [node.name for node in program.graphs["h"].nodes] == ["reply"]
    assert list(program.models) == ["model_"]


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("a.prompty", "---\n: : [\n---\nhi", "no valid YAML"),
        ("a.prompt.yml", "- 1\n", "no YAML mapping"),
        ("a.prompty", "\xff", "not UTF-8 text"),
        ("a.prompt.yml", f"messages: {'[' * 5000}{']' * 5000}\n", "no valid YAML"),
        ("a.prompt.yml", "messages: &a [*a]\n", "aliases unfold"),
        ("a.prompt.yml", BOMB, "aliases unfold"),
        ("a.prompty", f"---\n{BOMB}---\nuser:\nHi\n", "aliases unfold"),
        (
            "flow.dag.yaml",
            "nodes:\n- {name: x, type: llm, source: {path: ../../etc/passwd}}",
            "outside of the flow's folder",
        ),
    ],
)
def test_what_cannot_be_read_is_one_clear_error(tmp_path: Path, name: str, content: str, complaint: str) -> None:
    path = tmp_path / name
    path.write_bytes(content.encode("latin-1"))
    with pytest.raises(FileError, match=complaint):
        convert(path)


def test_yaml_tags_build_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.prompt.yml"
    path.write_text("messages: !!python/object/apply:os.system ['true']\n", encoding="utf-8")
    with pytest.raises(FileError, match="no valid YAML"):
        convert(path)


def test_an_unknown_format_names_the_known_ones(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("hello", encoding="utf-8")
    with pytest.raises(UsageError, match="dotprompt, prompty, github, promptflow"):
        convert(path)
