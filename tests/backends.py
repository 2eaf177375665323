"""The async backends of the tests."""

import pytest

__all__ = ["both_backends"]

both_backends = pytest.mark.parametrize("anyio_backend", ["asyncio", "trio"])
"""Mark a test, or a module by `pytestmark`, that must hold on asyncio and on trio."""
