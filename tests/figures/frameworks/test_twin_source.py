"""Code of the twins is shown without their frameworks."""

import ast
import sys

import pytest

from figures.frameworks.twin_source import show_twin, twin_source


def test_a_method_comes_without_docstring_and_indentation():
    code = twin_source("pytorch", "Model.step")
    assert code.startswith("def step(self, x: Tensor")
    assert '"""' not in code
    assert ast.parse(code).body[0].name == "step"


def test_decorators_come_along():
    assert twin_source("jax_twin", "train_step").startswith("@partial(jax.jit")


def test_several_stand_below_each_other_in_one_block():
    shown = show_twin("jax_twin", "lstm", "decoder_step").data
    assert shown.startswith("```python\ndef lstm(") and shown.endswith("\n```")
    assert "\n\ndef decoder_step(" in shown


@pytest.mark.parametrize("name", ["nothing", "Model.nothing", "step"])
def test_what_is_not_there_is_told(name):
    with pytest.raises(ValueError, match=r"pytorch\.py defines none"):
        twin_source("pytorch", name)


def test_nothing_is_imported(monkeypatch):
    for name in ("torch", "keras", "tensorflow", "jax"):
        monkeypatch.setitem(sys.modules, name, None)  # whose import now fails
    for module, name in (("pytorch", "Model"), ("keras_tf", "Model.step"), ("jax_twin", "lstm")):
        assert twin_source(module, name)
