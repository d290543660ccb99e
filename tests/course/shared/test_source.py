"""The library's code, as a notebook shows it."""

from course.shared.source import show_change, show_source, source_of


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


def before(x):
    """Not shown."""
    y = x + 1
    z = 2 * y
    unchanged = z
    return unchanged


def after(x):
    """Not shown either."""
    y = x + 2
    z = 2 * y
    unchanged = z
    return unchanged


def test_a_change_shows_what_goes_and_what_comes():
    assert show_change(before, after).data.splitlines() == [
        "```diff",
        "-def before(x):",
        "-    y = x + 1",
        "+def after(x):",
        "+    y = x + 2",
        "     z = 2 * y",
        "     unchanged = z",
        "  ⋮",
        "```",
    ]


def long_before(a):
    a = a + 1
    b = 1
    c = 2
    d = 3
    e = 4
    f = 5
    return a + b + c + d + e + f


def long_after(a):
    a = a + 2
    b = 1
    c = 2
    d = 3
    e = 4
    f = 5
    return a * b * c * d * e * f


def test_what_is_left_out_between_two_changes_is_marked():
    shown = show_change(long_before, long_after).data.splitlines()
    assert shown.count("  ⋮") == 1
    gap = shown.index("  ⋮")
    assert shown[gap - 1 : gap + 2] == ["     c = 2", "  ⋮", "     e = 4"]
