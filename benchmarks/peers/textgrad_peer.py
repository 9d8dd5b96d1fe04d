"""TextGrad on a task, in the loop of its own prompt-optimisation example: batches of 3, a string-based loss, revert by validation.

A node is its `FormattedLLMCall`, with the learned text as the system prompt. The loss says in words what was expected. TextGrad has no
budget: the loop runs over the training rows until the endpoint ends it. Its claim is the validation score that it keeps texts by.
"""

from __future__ import annotations

import random
import re
from concurrent.futures import ThreadPoolExecutor

import textgrad as tg
from contestant import Task, complaint, score
from textgrad.autograd import FormattedLLMCall, StringBasedFunction

BATCH = 3
task = Task.from_arguments()
student = tg.get_engine("experimental:openai/student", cache=False)
teacher = tg.get_engine("experimental:openai/teacher", cache=False)
tg.set_backward_engine(teacher, override=True)


class Program:
    """The graph as calls whose outputs are variables."""

    def __init__(self):
        self.texts, self.calls = {}, {}
        for node in task.nodes:
            name = node["name"]
            role = f"system prompt of station {name}, which guides its behaviour on every case"
            text = tg.Variable(node["system"], requires_grad=True, role_description=role)
            template = re.sub(r"\{\{(\w+)\}\}", r"{\1}", node["user"])
            fields = {field: {} for field in node["reads"] or ["case"]}
            self.texts[name] = text
            self.calls[name] = FormattedLLMCall(student, format_string=template, fields=fields, system_prompt=text)

    def __call__(self, case):
        question = tg.Variable(case, requires_grad=False, role_description="the case")
        outputs = {}
        for node in task.nodes:
            inputs = {name: outputs[name] for name in node["reads"]} or {"case": question}
            outputs[node["name"]] = self.calls[node["name"]](inputs, f"report of station {node['name']}")
        return outputs[task.last]

    def values(self):
        return {name: text.value for name, text in self.texts.items()}

    def restore(self, values):
        for name, value in values.items():
            self.texts[name].set_value(value)


def judged(prediction, expected):
    return complaint(prediction.value, expected.value)


def loss_of(program, loss, row):
    expected = tg.Variable(row["answer"], requires_grad=False, role_description="the answer that was expected")
    return loss(inputs={"prediction": program(row["case"]), "expected": expected})


def validated(program):
    """The share of validation rows that come out right."""
    with ThreadPoolExecutor(8) as pool:
        answers = pool.map(lambda row: program(row["case"]).value, task.validation)
    return sum(map(score, answers, (row["answer"] for row in task.validation))) / len(task.validation)


def batches():
    order = random.Random(task.seed)  # noqa: S311 - a shuffle
    while True:
        rows = order.sample(task.train, len(task.train))
        yield from (rows[at : at + BATCH] for at in range(0, len(rows), BATCH))


def main():
    """Steps until the budget ends."""
    program = Program()
    loss = StringBasedFunction(judged, function_purpose="Compares the answer with the one that was expected.")
    optimizer = tg.TextualGradientDescent(engine=teacher, parameters=list(program.texts.values()))
    best = validated(program)
    task.adopt(program.values(), best)
    for rows in batches():
        before = program.values()
        optimizer.zero_grad()
        try:
            tg.sum([loss_of(program, loss, row) for row in rows]).backward()
            optimizer.step()
        except IndexError:  # its optimiser's answer to a reply without the tags
            program.restore(before)
            continue
        found = validated(program)
        if found < best:
            program.restore(before)
        else:
            best = found
            task.adopt(program.values(), best)


main()
