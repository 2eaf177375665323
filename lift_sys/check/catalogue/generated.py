"""LS7xx: what a function to be written is asked for with."""

from lift_sys.check.diagnostic import Entry

__all__ = ["ENTRIES"]

ENTRIES = (
    Entry(
        "LS701",
        "An example cannot be read",
        """
An example is a call with literal values, and the value that it must give: the wanted function is run on the one and
compared with the other, outside of its process. A call alone says nothing that could be checked, and a name or an
expression among the arguments would have to be run before anybody knows whether that is safe.
""",
        """
lift-sys generate "Count the vowels in a text" --example "count_vowels('aeiou')"
""",
        """
lift-sys generate "Count the vowels in a text" --example "count_vowels('aeiou') == 5"
""",
        language="sh",
    ),
    Entry(
        "LS702",
        "What shall be written cannot be read",
        """
`lift-sys generate` takes a sentence, or a stub: one `def` with annotations and a docstring, and no body yet. The
message says what was given and what is missing in it. Nothing was asked of a model.
""",
        """
lift-sys generate ""
""",
        """
lift-sys generate "Count the vowels in a text"
""",
        language="sh",
    ),
)
