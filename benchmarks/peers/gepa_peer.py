"""DSPy's GEPA on a task, as its documentation shows it: a module of chained `dspy.Predict`, a metric with feedback, a reflection model.

Everything stands at its default. GEPA's budget is in metric calls, of which each is a run of the whole program; it gets as many as the
budget in calls has room for, and the endpoint ends the rest. A new best on the validation rows is an adopted candidate.
"""

from __future__ import annotations

import os

from contestant import Task, complaint, inputs_of, score

task = Task.from_arguments()
os.environ["DSPY_CACHEDIR"] = str(task.folder / "dspy-cache")

import dspy  # noqa: E402 - it reads its cache folder at import


def signature(node):
    """A node as a signature: the frozen first line of its user template, its inputs, its output, and the learned instruction."""
    names = node["reads"] or ["case"]
    fields = {"station": (str, dspy.InputField())}
    fields |= {name: (str, dspy.InputField()) for name in names}
    fields[node["output"]] = (str, dspy.OutputField())
    return dspy.Signature(fields, node["system"])


class Program(dspy.Module):
    """The graph as a program: one predictor per node, called in order."""

    def __init__(self):
        super().__init__()
        for node in task.nodes:
            setattr(self, node["name"], dspy.Predict(signature(node)))

    def forward(self, case):
        outputs = {}
        for node in task.nodes:
            predictor = getattr(self, node["name"])
            station = node["user"].splitlines()[0]
            found = predictor(station=station, **inputs_of(node, case, outputs))
            outputs[node["name"]] = found[node["output"]]
        return dspy.Prediction(answer=outputs[task.last])


def metric(gold, pred, trace=None, pred_name=None, pred_trace=None):
    """Exact match, with the answer that was expected as feedback."""
    return dspy.Prediction(score=score(pred.answer, gold.answer), feedback=complaint(pred.answer, gold.answer))


class Watcher:
    """Writes down each new best candidate."""

    def on_valset_evaluated(self, event):
        if event["is_best_program"]:
            task.adopt(dict(event["candidate"]), event["average_score"])


def examples(rows):
    return [dspy.Example(case=row["case"], answer=row["answer"]).with_inputs("case") for row in rows]


def main():
    """Runs GEPA to the end of its budget."""
    shared = {"api_base": task.base, "api_key": "none"}
    dspy.configure(lm=dspy.LM("openai/student", temperature=0.0, **shared))
    teacher = dspy.LM("openai/teacher", temperature=1.0, max_tokens=32_000, **shared)
    optimizer = dspy.GEPA(
        metric=metric,
        reflection_lm=teacher,
        max_metric_calls=task.budget // len(task.nodes),
        seed=task.seed,
        num_threads=8,
        gepa_kwargs={"callbacks": [Watcher()]},
    )
    optimizer.compile(Program(), trainset=examples(task.train), valset=examples(task.validation))


main()
