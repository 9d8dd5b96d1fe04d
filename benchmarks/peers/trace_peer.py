"""Trace's OptoPrime on a task, in the loop of its tutorials: a batch of rows, one feedback, one step; the best on validation is kept.

A node is a bundled call whose system prompt is a trainable node. Trace leaves budget and selection to its user: the loop runs over the
training rows until the endpoint ends it, and texts that do better on the validation rows than any before are adopted.
"""

from __future__ import annotations

import os
import random
from concurrent.futures import ThreadPoolExecutor

os.environ["TRACE_LITELLM_MODEL"] = "openai/teacher"

from contestant import Task, complaint, inputs_of, render, score
from opto import trace
from opto.optimizers import OptoPrime
from opto.utils.llm import LLM  # it reads its default model at import

BATCH = 4
task = Task.from_arguments()
student = LLM("openai/student")


def ask(system, user):
    turns = [{"role": "system", "content": system}, {"role": "user", "content": user}]
    return student(messages=turns).choices[0].message.content


@trace.bundle(allow_external_dependencies=True)
def call_student(system_prompt, template, *inputs):
    """Fills the inputs into the user's template in order, and asks the language model under the system prompt."""
    node = next(node for node in task.nodes if node["user"] == template)
    return ask(system_prompt, render(node, dict(zip(node["reads"] or ["case"], inputs, strict=True))))


@trace.bundle()
def concat(*items):
    """Concatenates the items into one text."""
    return "\n".join(f"ID {number}: {item}" for number, item in enumerate(items))


def run(texts, case):
    """One case through the graph, traced."""
    outputs = {}
    for node in task.nodes:
        given = inputs_of(node, case, outputs).values()
        outputs[node["name"]] = call_student(texts[node["name"]], node["user"], *given)
    return outputs[task.last]


def answer(values, case):
    """One case through the graph, untraced."""
    outputs = {}
    for node in task.nodes:
        outputs[node["name"]] = ask(values[node["name"]], render(node, inputs_of(node, case, outputs)))
    return outputs[task.last]


def validated(values):
    """The share of validation rows that come out right."""
    with ThreadPoolExecutor(8) as pool:
        answers = pool.map(lambda row: answer(values, row["case"]), task.validation)
    return sum(map(score, answers, (row["answer"] for row in task.validation))) / len(task.validation)


def batches():
    order = random.Random(task.seed)  # noqa: S311 - a shuffle
    while True:
        rows = order.sample(task.train, len(task.train))
        yield from (rows[at : at + BATCH] for at in range(0, len(rows), BATCH))


def main():
    """Steps until the budget ends."""
    texts = {
        node["name"]: trace.node(node["system"], name=f"{node['name']}_system", trainable=True) for node in task.nodes
    }
    optimizer = OptoPrime(list(texts.values()))
    best = -1.0
    for rows in batches():
        values = {name: text.data for name, text in texts.items()}
        found = validated(values)
        if found > best:
            best = found
            task.adopt(values, best)
        outputs = [run(texts, row["case"]) for row in rows]
        told = [complaint(output.data, row["answer"]) for output, row in zip(outputs, rows, strict=True)]
        optimizer.zero_feedback()
        optimizer.backward(concat(*outputs), concat(*told).data)
        optimizer.step()


main()
