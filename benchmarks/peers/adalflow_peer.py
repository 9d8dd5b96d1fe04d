"""AdalFlow's trainer on a task, as its question-answering tutorial sets it up: generators in a component and a text loss.

Everything stands at its default, the `constrained` strategy too. The trainer's budget is in steps; it gets more than the calls can pay
for, and the endpoint ends the rest. Its claim is the validation score at which it accepts a proposal.
"""

from __future__ import annotations

import os

from contestant import Task, inputs_of, score

task = Task.from_arguments()
os.environ["HOME"] = str(task.folder)  # it keeps caches and checkpoints at home, and would reuse those of another run

import adalflow as adal  # noqa: E402
from adalflow.components.model_client.openai_client import OpenAIClient  # noqa: E402
from adalflow.core.types import GeneratorOutput  # noqa: E402

STEPS = 1_000
TEMPLATE = "<START_OF_SYSTEM_PROMPT>\n{{system_prompt}}\n<END_OF_SYSTEM_PROMPT>\n<START_OF_USER>\n%s\n<END_OF_USER>"


def model(name, **options):
    """A model at the endpoint, as AdalFlow's components take it."""
    return {"model_client": OpenAIClient(base_url=task.base), "model_kwargs": {"model": name, **options}}


class Row(adal.DataClass):
    """A row with the identifier that the trainer wants."""

    def __init__(self, number, row):
        self.id, self.case, self.answer = f"row {number}", row["case"], row["answer"]


class Program(adal.Component):
    """The graph as generators, each with its system prompt as a trainable parameter."""

    def __init__(self):
        super().__init__()
        for node in task.nodes:
            prompt = adal.Parameter(
                data=node["system"],
                role_desc=f"Task instruction of station {node['name']} in the system prompt",
                requires_opt=True,
                param_type=adal.ParameterType.PROMPT,
            )
            generator = adal.Generator(
                **model("student", temperature=0.0),
                template=TEMPLATE % node["user"],
                prompt_kwargs={"system_prompt": prompt},
                name=node["name"],
            )
            setattr(self, node["name"], generator)

    def bicall(self, case, id=None):  # noqa: A002 - the name that the trainer uses
        outputs = {}
        for node in task.nodes:
            generator = getattr(self, node["name"])
            inputs = dict(inputs_of(node, case, outputs))
            for value in inputs.values():
                if isinstance(value, adal.Parameter):
                    value.add_successor_map_fn(successor=generator, map_fn=lambda output: output.data.data)
            output = generator(prompt_kwargs=inputs, id=id)
            outputs[node["name"]] = output.data if isinstance(output, GeneratorOutput) else output
        return output

    def values(self):
        return {node["name"]: getattr(self, node["name"]).prompt_kwargs["system_prompt"].data for node in task.nodes}


def exact_match(y, y_gt):
    return score(y, y_gt)


class Training(adal.AdalComponent):
    """How the trainer runs, scores and differentiates the program. Writes down what the trainer accepts."""

    def __init__(self):
        loss = adal.EvalFnToTextLoss(eval_fn=exact_match, eval_fn_desc="exact_match: 1 if y == y_gt else 0")
        teacher = model("teacher", temperature=1.0)
        super().__init__(
            task=Program(),
            eval_fn=exact_match,
            loss_fn=loss,
            backward_engine_model_config=teacher,
            text_optimizer_model_config=teacher,
        )
        self.best = -1.0

    def prepare_task(self, sample):
        return self.task, {"case": sample.case, "id": sample.id}

    def prepare_eval(self, sample, y_pred):
        return self.eval_fn, {"y": y_pred.data, "y_gt": sample.answer}

    def prepare_loss(self, sample, y_pred):
        expected = adal.Parameter(name="y_gt", data=sample.answer, eval_input=sample.answer, requires_opt=False)
        y_pred.eval_input = y_pred.data.data
        return self.loss_fn, {"kwargs": {"y": y_pred, "y_gt": expected}, "id": sample.id, "gt": sample.answer}

    def validation_step(self, batch, *args, **kwargs):
        result = super().validation_step(batch, *args, **kwargs)
        if len(result.per_item_scores) == len(task.validation) and result.avg_score > self.best:
            self.best = result.avg_score
            task.adopt(self.task.values(), self.best)
        return result


def main():
    """Trains to the end of the budget."""
    trainer = adal.Trainer(adaltask=Training(), strategy="constrained", max_steps=STEPS, ckpt_path=str(task.folder))
    trainer.set_random_seed(task.seed)
    rows = [[Row(number, row) for number, row in enumerate(part)] for part in (task.train, task.validation)]
    trainer.fit(train_dataset=rows[0], val_dataset=rows[1])


main()
