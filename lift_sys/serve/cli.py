"""The command line. Commands are imported when they are called, so that `--help` answers at once.

A command returns its exit code: 0 complete, verified or sound; 1 failed, findings, or the environment; 2 wrong use;
3 incomplete; 4 no candidate passed; 130 interrupted. Whatever a command raises ends here, as at most two lines.
"""

from __future__ import annotations

import os
import signal
import sys
import warnings
from collections.abc import Sequence
from difflib import get_close_matches
from importlib.metadata import version

from cyclopts import App, Parameter
from cyclopts.exceptions import CycloptsError, UnknownCommandError

from lift_sys.check import codes_of
from lift_sys.errors import DefinitionError, IncompleteRun, LiftError, UnknownModel
from lift_sys.serve.console import COMPLETE, FAILED, INCOMPLETE, INTERRUPTED, WRONG_USE, OutputClosed, complain

__all__ = ["app", "main"]

COMMANDS = {
    "run": ("lift_sys.serve.run:run", "Run a graph: `run pkg.mod:graph --arg name=JSON`."),
    "check": ("lift_sys.serve.check:check", "Say every fault of a graph at once, before it runs."),
    "graph": ("lift_sys.serve.graph:graph", "Show a graph as Mermaid or JSON."),
    "plan": ("lift_sys.serve.plan:plan", "Say what a run may cost, before it asks any model."),
    "why": ("lift_sys.serve.why:why", "Explain the value at one place of a run."),
    "diff": ("lift_sys.serve.diff:diff", "Explain two runs of one graph by the least changed cause."),
    "lineage": ("lift_sys.serve.lineage:lineage", "Write a kept run as OpenLineage events."),
    "generate": ("lift_sys.serve.generate:generate", "Write a verified function from a sentence or a stub."),
    "verify": ("lift_sys.serve.verify:verify", "Run a program on cases, in a sandbox."),
    "demo": ("lift_sys.serve.demo:demo", "See a graph run around a hole; `demo fill` fills it."),
    "new": ("lift_sys.serve.new:new", "Begin a project with one file that runs."),
    "explain": ("lift_sys.serve.explain:explain", "Say at length what a diagnostic code means."),
    "doctor": ("lift_sys.serve.doctor:doctor", "Show what this machine has: models, isolation, extras."),
}
MODEL_COMMANDS = {
    "add": ("lift_sys.serve.models:add", "Install a model that runs on this machine."),
    "list": ("lift_sys.serve.models:list_models", "Show which models can be asked here."),
}

app = App(
    name="lift-sys",
    help="Typed async graphs with holes, for programs that use language models.",
    version=lambda: version("lift-sys"),
    help_format="markdown",
    suppress_keyboard_interrupt=False,
    default_parameter=Parameter(negative=()),
)
for _name, (_where, _help) in COMMANDS.items():
    app.command(_where, name=_name, help=_help)
models = App(name="model", help="Models: `model add local`, `model list`.")
for _name, (_where, _help) in MODEL_COMMANDS.items():
    models.command(_where, name=_name, help=_help)
app.command(models)
app.register_install_completion_command()


def main(tokens: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; nothing is raised."""
    if not sys.warnoptions:
        warnings.simplefilter("ignore")  # of libraries, about libraries; a user of the command cannot act on them
    try:
        code = _called(list(sys.argv[1:] if tokens is None else tokens))
        _flush()
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C must not turn the farewell into a traceback
        complain("interrupted")
        code = INTERRUPTED
    except OutputClosed as error:
        if not error.quiet:
            complain(str(error))
        code = FAILED
    return code


def _called(tokens: list[str]) -> int:
    try:
        result = app(tokens, exit_on_error=False, print_error=False, result_action="return_value")
    except UnknownCommandError as error:
        complain(*_unknown_command(error.unused_tokens or [""]))
        return WRONG_USE
    except CycloptsError as error:
        complain(str(error), "lift-sys --help lists the commands, lift-sys COMMAND --help their options")
        return WRONG_USE
    except (DefinitionError, UnknownModel) as error:
        complain(*_in_two(error))
        return WRONG_USE
    except IncompleteRun as error:
        complain(*_in_two(error))
        return INCOMPLETE
    except LiftError as error:
        complain(*_in_two(error))
        return FAILED
    except OutputClosed:
        raise
    except OSError as error:
        complain(str(error).partition("] ")[2] or str(error))
        return FAILED
    except Exception as error:  # noqa: BLE001 - the edge of the program: what comes out here is our fault
        return _our_fault(error)
    return result if isinstance(result, int) else COMPLETE


def _unknown_command(tokens: Sequence[str]) -> tuple[str, str]:
    """Return what to say about a command that does not exist; its own text would import every command there is."""
    known = [*COMMANDS, "model", *(f"model {name}" for name in MODEL_COMMANDS)]
    near = get_close_matches(tokens[0], known, 1)
    return f"there is no command {tokens[0]!r}", f"did you mean {near[0]}?" if near else f"commands: {', '.join(known)}"


def _our_fault(error: Exception) -> int:
    if os.environ.get("LIFT_SYS_DEBUG"):
        raise error
    complain(
        f"a fault of lift-sys itself: {type(error).__name__}: {error}",
        "please report it; LIFT_SYS_DEBUG=1 shows where it happened",
    )
    return FAILED


def _in_two(error: LiftError) -> tuple[str, str]:
    """Return an error as what is wrong and what to do: its own cure, or where its code is explained."""
    what, _, cure = str(error).partition("\n  help: ")
    codes = codes_of(error)
    return (what, cure) if cure or not codes else (what, f"lift-sys explain {codes[0]}")


def _flush() -> None:
    """Write what is still waiting, as long as a failure can be told."""
    if sys.stdout is not None:
        try:
            sys.stdout.flush()
        except (OSError, ValueError):
            raise OutputClosed("standard output cannot be written to", quiet=True) from None
