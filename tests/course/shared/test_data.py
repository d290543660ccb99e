"""The course's data are found in a checkout and in an installed package."""

import pytest

from course.shared.data import data_folder
from lstm_lib.errors import UserError


def test_this_checkout_has_them():
    assert (data_folder() / "models").is_dir()


@pytest.mark.parametrize(
    ("package", "folders", "found"),
    [
        ("notebooks/course", ("data", "notebooks/course/data"), "data"),
        ("notebooks/course", ("notebooks/course/data",), "notebooks/course/data"),
        ("site-packages/course", ("data", "site-packages/course/data"), "site-packages/course/data"),
    ],
)
def test_a_checkout_comes_before_the_package(tmp_path, package, folders, found):
    for folder in folders:
        (tmp_path / folder).mkdir(parents=True)
    assert data_folder(tmp_path / package) == tmp_path / found


def test_where_there_are_none_one_line_says_so(tmp_path):
    (tmp_path / "data").mkdir()
    with pytest.raises(UserError, match=r"^no data: looked for .* and .*README.md says$"):
        data_folder(tmp_path / "site-packages" / "course")
