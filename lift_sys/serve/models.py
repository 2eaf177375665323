"""`lift-sys model`: which models can be asked here, and installing the one that runs on this machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from lift_sys.providers import ModelInfo, Providers, add_local, local_status, ollama_info
from lift_sys.serve.console import COMPLETE, WRONG_USE, complain, person, write, write_json

__all__ = ["add", "list_models"]


def add(name: str, *, json: bool = False) -> int:
    """Install a model that runs on this machine.

    Parameters
    ----------
    name
        The model: `local` is the embedded one, SmolLM2-135M-Instruct (93 MB of weights, 34 MB of runtime).
    json
        Write one JSON object: name, ready, weights, runtime.
    """
    if name != "local":
        complain(f"there is no model {name!r} to install", "lift-sys model add local")
        return WRONG_USE
    before = local_status()
    status = add_local(person().print)
    if json:
        write_json({"name": name, "ready": status.ready, "weights": status.weights, "runtime": status.runtime})
    else:
        done = "is installed already and intact" if before.ready else "is installed"
        write(f"The embedded model {done}: {status.weights}, runtime {status.runtime}.")
    return COMPLETE


async def list_models(*, json: bool = False) -> int:
    """Show which models can be asked here; keys are looked for, never shown.

    Parameters
    ----------
    json
        Write one JSON array of objects: name, ready, about.
    """
    models = [*Providers().known(), await ollama_info()]
    if json:
        write_json([asdict(model) for model in models])
    else:
        write("\n".join(_lines(models)))
    return COMPLETE


def _lines(models: Sequence[ModelInfo]) -> list[str]:
    width = max(len(model.name) for model in models)
    return [f"{'yes' if model.ready else 'no ':3}  {model.name:{width}}  {model.about}" for model in models]
