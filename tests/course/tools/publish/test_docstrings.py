"""Docstrings on the reference's page: equations keep their lines, sections are told apart."""

from course.tools.publish.docstrings import as_rst


def test_indented_equations_stay_as_they_are():
    equations = ["    i = sigma(x W_ + b)", "    c = f * c + i * g"]
    found = list(as_rst(["A cell.", "", *equations, "", "It is *small*."]))
    assert found == ["A cell.", "", ".. code-block:: text", "", *equations, "", "", r"It is \*small\*."]


def test_sections_become_fields_with_a_point_for_each_item():
    lines = ["Args: x (B, T): the input; mask.", "    dh, dc (B, H): what", "        arrives.", "Returns: y."]
    points = ["    - x (B, T): the input; mask.", "    - dh, dc (B, H): what arrives."]
    assert list(as_rst(lines)) == [":Args:", *points, "", ":Returns:", "    y.", ""]


def test_a_section_goes_on_in_lines_that_are_not_indented():
    lines = ["Args: x (B, T);", "mask: which are real.", "Returns: y.", "", "More."]
    assert list(as_rst(lines)) == [
        ":Args:", "    x (B, T); mask: which are real.", "", ":Returns:", "    y.", "", "", "More.",
    ]  # fmt: skip


def test_code_is_code_and_the_rest_is_no_markup():
    (found,) = as_rst(["`W_*` has |x| entries, a ``b`` and W_."])
    assert found == r"\ ``W_*``\  has \|x\| entries, a \ ``b``\  and W\_."


def test_what_is_marked_up_already_is_left_alone():
    given = [":param x: the input,", "          with more", ":returns: y"]
    assert list(as_rst(given)) == given
