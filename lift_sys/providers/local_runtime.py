"""One llama.cpp server per process, started at first use and ended with its last user.

Its native threads do not know Python's rules, so three of its traps are handled here:
destroying a server that has not answered anything yet can wait forever; destroying it while it answers waits for the
answer, with the interpreter locked; a forked child inherits a server without threads, whose end would wait forever.
(Such a child ends by `os._exit`, as those of multiprocessing do; the runtime's library does not survive a full exit.)
"""

from __future__ import annotations

import atexit
import ctypes
import http.client
import json
import os
import secrets
import signal
import threading
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from lift_sys.errors import ProviderUnavailable
from lift_sys.providers.local_weights import ADD_COMMAND, weights_or_raise

__all__ = ["CONTEXT_TOKENS", "MODEL_NAME", "PARALLEL", "LocalRuntime", "acquire", "let_go", "release"]

MODEL_NAME = "smollm2-135m"
CONTEXT_TOKENS = 8192
"""Shared by all answers of a request: their common prompt counts once."""
PARALLEL = 8
"""Most answers of one request. 16 or 32 at once gain under a tenth and fill the context four times as fast."""
THREADS_VARIABLE = "LIFT_SYS_LOCAL_THREADS"
_FIRST_ANSWER_SECONDS = 60.0


class LocalRuntime:
    """The running server: `base_url` and the `key` it asks for, so that nobody else on this machine can use it."""

    def __init__(self, server: Any, key: str) -> None:
        self._server = server
        self.base_url: str = server.listening_address
        self.key = key

    @property
    def headers(self) -> dict[str, str]:
        """What each request carries."""
        return {"Authorization": f"Bearer {self.key}"}

    def wait_first_answer(self) -> None:
        """Return when the server has answered once: from then on it can be destroyed safely."""
        address = urlsplit(self.base_url)
        connection = http.client.HTTPConnection(
            address.hostname or "127.0.0.1", address.port, timeout=_FIRST_ANSWER_SECONDS
        )
        body = json.dumps({"prompt": "a", "n_predict": 1})
        try:
            connection.request("POST", "/completion", body, {**self.headers, "Content-Type": "application/json"})
            connection.getresponse().read()
        finally:
            connection.close()

    def destroy(self) -> None:
        """End the server's threads and free its memory; it must have answered once and be idle."""
        self._server = None

    def abandon(self) -> None:
        """Make sure the server is never destroyed; its threads end with the process."""
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(self._server))


# The lock is held while the server starts, so that two loops in two threads start one server.
_lock = threading.Lock()
_running: LocalRuntime | None = None
# Requests under way, and adapters that keep the model loaded between requests.
_requests = 0
_keepers: set[object] = set()


def acquire(keeper: object) -> LocalRuntime:
    """Return the server for one request, started if need be; blocks for half a second at first use.

    `keeper` keeps it loaded after the request, until `let_go`.
    """
    global _running, _requests
    with _lock:
        if _running is None:
            _running = _start(weights_or_raise())
        _requests += 1
        _keepers.add(keeper)
        return _running


def release() -> None:
    """Count one request less."""
    global _requests
    with _lock:
        _requests -= 1
        _end_if_unused()


def let_go(keeper: object) -> None:
    """Keep the server loaded no longer for this keeper."""
    with _lock:
        _keepers.discard(keeper)
        _end_if_unused()


def _end_if_unused() -> None:
    global _running
    if _running is not None and not _requests and not _keepers:
        _running.destroy()
        _running = None


def _start(weights: Path) -> LocalRuntime:
    import xllamacpp

    key = secrets.token_urlsafe(24)
    try:
        server = xllamacpp.Server(_parameters(xllamacpp, weights, key))
    except RuntimeError as fault:
        raise ProviderUnavailable(
            f"The embedded model did not load from {weights}: {fault} Install it again with: {ADD_COMMAND}"
        ) from fault
    runtime = LocalRuntime(server, key)
    try:
        runtime.wait_first_answer()
    except BaseException:
        runtime.abandon()
        raise
    return runtime


def _parameters(xllamacpp: Any, weights: Path, key: str) -> Any:
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(weights)
    parameters.model_alias = {MODEL_NAME}
    parameters.api_keys = [key]
    parameters.ui = False
    parameters.warmup = False
    parameters.verbosity = 0
    parameters.n_parallel = PARALLEL
    parameters.n_ctx = CONTEXT_TOKENS
    parameters.kv_unified = True
    # The default keeps up to 8 GB of old prompts.
    parameters.cache_ram_mib = 128
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = _threads()
    return parameters


def _threads() -> int:
    # A second thread doubles the speed of a quiet machine and is far slower than one when the other core is busy.
    given = os.environ.get(THREADS_VARIABLE, "1")
    if not given.isdecimal() or int(given) < 1:
        raise ProviderUnavailable(f"${THREADS_VARIABLE} is {given!r}; set it to a number of threads, 1 or more.")
    return int(given)


@atexit.register
def _end_with_the_process() -> None:
    global _running
    if _running is None:
        return
    if threading.current_thread() is threading.main_thread():
        # A second Ctrl-C during the second that this may take would print a traceback about nothing.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    if _requests:
        # They run on threads that die with the process; waiting for their answers would hold it up.
        _running.abandon()
    else:
        _running.destroy()
    _running = None


def _forget_in_child() -> None:
    global _running, _requests, _lock
    if _running is not None:
        _running.abandon()
    _running, _requests, _lock = None, 0, threading.Lock()
    _keepers.clear()


os.register_at_fork(after_in_child=_forget_in_child)
