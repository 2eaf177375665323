"""What every test stands on: one async backend unless a suite asks for more, and no way to a paid model."""

import gc
import os
import sys
from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture(scope="session", params=["asyncio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    """Async tests run on asyncio; what must hold on trio too is marked by `tests.backends.both_backends`."""
    return str(request.param)


def _refuse_to_leave_the_machine(event: str, args: tuple[Any, ...]) -> None:
    if event == "socket.connect" and isinstance(args[1], tuple):
        host = str(args[1][0])
        if not (host.startswith("127.") or host in {"::1", "localhost"}):
            raise PermissionError(f"a test tried to reach {host}; tests speak to this machine only")


sys.addaudithook(_refuse_to_leave_the_machine)


def pytest_collection_finish() -> None:
    """What is loaded by now stays: no collection of garbage looks at it again, of which some tests ask for many."""
    import hypothesis  # noqa: F401 - what libraries show it at its import is looked for among what is not frozen

    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def no_paid_models() -> Iterator[None]:
    """No key of a paid model reaches a test or a process that it starts."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.endswith(("_API_KEY", "_API_TOKEN")):
                patch.delenv(name)
        yield
