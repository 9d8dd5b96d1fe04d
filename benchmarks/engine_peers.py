"""Evaluates a graph with another tool, for the table `peers` of `benchmarks.engine`. Runs in that tool's own environment.

    python engine_peers.py TOOL TASK

TASK is a JSON file with `nodes` (each with a `name` and the names that it `reads`), `rows`, and the `seconds` that the model takes. The
model answers in this process, each prompt with an answer of its own, so what is measured is the tool. Every tool builds its program as
its documentation does, with caches off, and has as many threads as there are rows where it can have several.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path


class Model:
    """Answers after a while."""

    def __init__(self, seconds):
        self.seconds = seconds
        self.calls = 0
        self._counting = threading.Lock()

    def answer(self, prompt):
        """The answer to a prompt."""
        with self._counting:
            self.calls += 1
        if self.seconds:
            time.sleep(self.seconds)
        return hashlib.md5(prompt.encode(), usedforsecurity=False).hexdigest()


def instruction(node):
    """What a node is told."""
    return f"You are the step {node['name']} of several. Think, and answer in one word."


def question(row):
    """What a row asks."""
    return f"question {row}"


def gathered(node, outputs, row):
    """What a node reads, as one text."""
    return " and ".join(outputs[name] for name in node["reads"]) or question(row)


def dspy(nodes, rows, model):
    """A module of `dspy.Predict`, evaluated by `dspy.Evaluate`."""
    import dspy  # noqa: PLC0415
    from dspy.lm15 import Message, Response, TextPart, Usage  # noqa: PLC0415

    class Engine:
        def complete(self, request):
            said = model.answer("".join(message.text or "" for message in request.messages))
            message = Message.assistant([TextPart(f"[[ ## out ## ]]\n{said}\n\n[[ ## completed ## ]]")])
            return Response(id=None, model="m", message=message, finish_reason="stop", usage=Usage(60, 8, 68))

        def close(self): ...

    class Program(dspy.Module):
        def __init__(self):
            super().__init__()
            for node in nodes:
                fields = {name: (str, dspy.InputField()) for name in node["reads"] or ["question"]}
                fields["out"] = (str, dspy.OutputField())
                setattr(self, node["name"], dspy.Predict(dspy.Signature(fields, instruction(node))))

        def forward(self, question):
            outputs = {}
            for node in nodes:
                inputs = {name: outputs[name] for name in node["reads"]} or {"question": question}
                outputs[node["name"]] = getattr(self, node["name"])(**inputs).out
            return dspy.Prediction(answer=outputs[nodes[-1]["name"]])

    dspy.configure(lm=dspy.LM("openai/m", engine=Engine(), cache=False, api_key=None))
    examples = [dspy.Example(question=question(row), answer="?").with_inputs("question") for row in range(rows)]
    program = Program()
    evaluate = dspy.Evaluate(devset=examples, metric=lambda gold, pred, _=None: gold.answer == pred.answer)
    return lambda: evaluate(program, num_threads=rows)


def textgrad(nodes, rows, model):
    """A `BlackboxLLM` per node; its scripts evaluate in a pool of threads."""
    import textgrad as tg  # noqa: PLC0415
    from textgrad.engine import EngineLM  # noqa: PLC0415

    class Engine(EngineLM):
        model_string = "m"

        def generate(self, prompt, system_prompt=None, **_):
            return model.answer(f"{system_prompt}\n{prompt}")

        def __call__(self, prompt, system_prompt=None, **_):
            return self.generate(prompt, system_prompt)

    engine = Engine()
    tg.set_backward_engine(engine, override=True)
    learned = {"requires_grad": True, "role_description": "system prompt"}
    steps = {node["name"]: tg.BlackboxLLM(engine, tg.Variable(instruction(node), **learned)) for node in nodes}

    def one(row):
        outputs = {}
        for node in nodes:
            given = [outputs[name] for name in node["reads"]]
            if not given:
                read = tg.Variable(question(row), requires_grad=False, role_description="question")
            elif len(given) == 1:
                (read,) = given
            else:
                read = tg.sum(given)
            outputs[node["name"]] = steps[node["name"]](read)
        return outputs[nodes[-1]["name"]].value == "?"

    def evaluate():
        with ThreadPoolExecutor(rows) as pool:
            return list(pool.map(one, range(rows)))

    return evaluate


def trace(nodes, rows, model):
    """A trainable node per instruction and a bundled step per call, row by row: its record of what a step uses is one for all threads."""
    from opto import trace as opto  # noqa: PLC0415

    @opto.bundle()
    def step(instruction, read):
        """Asks the model."""
        return model.answer(f"{instruction}\n{read}")

    @opto.bundle()
    def joined(*parts):
        """Joins what was said."""
        return " and ".join(parts)

    instructions = {node["name"]: opto.node(instruction(node), trainable=True) for node in nodes}

    def one(row):
        outputs = {}
        for node in nodes:
            given = [outputs[name] for name in node["reads"]]
            read = question(row) if not given else given[0] if len(given) == 1 else joined(*given)
            outputs[node["name"]] = step(instructions[node["name"]], read)
        return outputs[nodes[-1]["name"]].data == "?"

    return lambda: [one(row) for row in range(rows)]


def adalflow(nodes, rows, model):
    """A component of `Generator`s, predicted and scored by its `AdalComponent`, as the trainer does."""
    import adalflow as adal  # noqa: PLC0415
    from adalflow.core.types import GeneratorOutput  # noqa: PLC0415

    class Client(adal.ModelClient):
        def __init__(self):
            super().__init__()

        def convert_inputs_to_api_kwargs(self, input=None, model_kwargs=None, model_type=None):  # noqa: A002, ARG002
            return {**(model_kwargs or {}), "prompt": input}

        def call(self, api_kwargs=None, model_type=None):  # noqa: ARG002
            return model.answer(api_kwargs["prompt"])

        def parse_chat_completion(self, completion):
            return GeneratorOutput(data=None, raw_response=completion)

    class Task(adal.Component):
        def __init__(self):
            super().__init__()
            for node in nodes:
                told = adal.Parameter(
                    data=instruction(node),
                    role_desc="the task of a step",
                    requires_opt=True,
                    param_type=adal.ParameterType.PROMPT,
                )
                generator = adal.Generator(
                    model_client=Client(),
                    model_kwargs={"model": "m"},
                    template="{{instruction}}\n{{read}}",
                    prompt_kwargs={"instruction": told},
                    use_cache=False,
                )
                setattr(self, node["name"], generator)

        def call(self, row, id):  # noqa: A002
            outputs = {}
            for node in nodes:
                read = gathered(node, outputs, row)
                outputs[node["name"]] = getattr(self, node["name"]).call(prompt_kwargs={"read": read}, id=id).data
            return GeneratorOutput(data=outputs[nodes[-1]["name"]], id=id)

    class Program(adal.AdalComponent):
        def __init__(self):
            super().__init__(task=Task(), eval_fn=lambda y, y_gt: float(y == y_gt))

        def prepare_task(self, sample):
            return self.task.call, {"row": sample.row, "id": sample.id}

        def prepare_eval(self, sample, y_pred):  # noqa: ARG002
            return self.eval_fn, {"y": y_pred.data, "y_gt": "?"}

    class Sample:
        def __init__(self, row):
            self.row, self.id = row, str(row)

    program, samples = Program(), [Sample(row) for row in range(rows)]
    return lambda: program.validation_step(samples, 0, num_workers=rows)


TOOLS = {"dspy": dspy, "textgrad": textgrad, "trace": trace, "adalflow": adalflow}


def main():
    """Prints what an evaluation took: seconds on the clock and of a core, and calls."""
    tool, task = sys.argv[1:3]
    given = json.loads(Path(task).read_text(encoding="utf-8"))
    model = Model(given["seconds"])
    with contextlib.redirect_stdout(io.StringIO()):
        evaluate = TOOLS[tool](given["nodes"], given["rows"], model)
        wall, cpu = time.perf_counter(), time.process_time()
        evaluate()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(json.dumps({"wall": wall, "cpu": cpu, "calls": model.calls}))


main()
