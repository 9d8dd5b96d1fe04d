"""Providers that come with other packages are found through their entry points."""

import subprocess
import sys
from pathlib import Path

PLUGIN = """
def register(litellm):
    class Echo(litellm.CustomLLM):
        async def acompletion(self, *args, **call):
            response = call["model_response"]
            response.choices[0].message.content = call["messages"][-1]["content"]
            response.usage = litellm.Usage(prompt_tokens=10, completion_tokens=2, total_tokens=12)
            return response

    litellm.custom_provider_map.append({"provider": "echo", "custom_handler": Echo()})
    litellm.utils.custom_llm_setup()
    litellm.model_cost["echo/loud"] = {
        "litellm_provider": "echo", "mode": "chat", "max_output_tokens": 7,
        "input_cost_per_token": 0.001, "output_cost_per_token": 0.01,
    }


def broken(litellm):
    raise RuntimeError("this plug-in does not work")
"""

USE = """
import asyncio, sys
from prompts_lang.engine.provider.litellm_backend import LiteLLMBackend
from prompts_lang.engine.provider.model import ChatMessage, ModelSpec, Request, Role

async def main():
    backend = LiteLLMBackend({})
    await backend.prepare()
    model = ModelSpec("loud", "echo/loud", base="/some/world")
    reply = await backend.attempt(Request(model, (ChatMessage(Role.USER, "hello"),)))
    print(reply.text, reply.usd, backend.limits(model).output)

asyncio.run(main())
"""


def test_a_plug_in_brings_its_models_and_prices_and_a_broken_one_takes_nothing_away(tmp_path: Path):
    (tmp_path / "echo_plugin.py").write_text(PLUGIN)
    info = tmp_path / "echo_plugin-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: echo-plugin\nVersion: 1\n")
    (info / "entry_points.txt").write_text(
        "[prompts_lang.litellm_providers]\nbroken = echo_plugin:broken\necho = echo_plugin:register\n"
    )
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n{USE}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=100)
    assert (done.returncode, done.stdout) == (0, "hello 0.03 7\n"), done.stderr
    assert "echo_plugin:broken could not be loaded" in done.stderr
