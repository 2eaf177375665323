"""What runs inside the wall: standard library only, loaded by path into a bare interpreter.

The modules here reach each other by relative imports, because in there they are the package `inside`
and `lift_sys` does not exist.
"""

__all__: list[str] = []
