"""What models said is read as it was written, and a file of something else is told."""

import pytest

from course.bleu.system_outputs import Output, key_of, outputs_table, read_outputs, to_table
from lstm_lib.errors import UserError

OUTPUTS = [
    Output(key_of("Sí."), {"two epochs": "No.", "a model": "yes."}, "yes ."),
    Output(key_of("¿Qué?"), {"two epochs": "", "a model": '"what"?'}, ""),
]


def test_what_is_written_is_read_again(tmp_path):
    path = tmp_path / "outputs.tsv"
    path.write_text(outputs_table(OUTPUTS), encoding="utf-8")
    assert read_outputs(path) == OUTPUTS


@pytest.mark.parametrize("text", ["a\tb", "a\nb", "a\n", "a\u2028b"])
def test_a_text_that_would_be_taken_for_two_is_refused(text):
    with pytest.raises(ValueError, match="want no tab and no line break"):
        to_table([["key", text]])


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "line 1: wanted the columns key"),
        ("a\tb\tc\n", "line 1: wanted the columns"),
        (outputs_table(OUTPUTS) + "one\ttwo\n", "line 4: has 2 columns; line 1 has 4"),
        (b"\xff\xfe", "cannot be read"),
        (None, "cannot be read"),
    ],
)
def test_a_file_of_something_else_gets_one_line(tmp_path, content, told):
    path = tmp_path / "outputs.tsv"
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(UserError, match=told):
        read_outputs(path)
