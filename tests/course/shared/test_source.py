"""The library's code, as a notebook shows it."""

from course.shared.source import show_source, source_of


class Cell:
    def step(self, x):
        """What it does.

        Args: x.
        """
        y = "not a docstring"  # a comment
        return x, y


def test_a_method_is_shown_without_indentation_and_docstring():
    assert source_of(Cell.step) == (
        'def step(self, x):\n    y = "not a docstring"  # a comment\n    return x, y'
    )


def test_it_is_shown_as_a_block_of_python():
    def plain(x):
        return x

    assert show_source(plain).data == "```python\ndef plain(x):\n    return x\n```"
