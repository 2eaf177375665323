"""Doors: the command line, and HTTP."""

from lift_sys.serve.cli import main

__all__ = ["main"]
