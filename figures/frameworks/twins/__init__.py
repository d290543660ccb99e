"""Twins: the same model in PyTorch, Keras and JAX, to compare with.

    twin = load_twin("pytorch")(config, params)
    twin.train_step(batch, learning_rate)

Nothing here imports a framework before its twin is asked for.
"""

from importlib import import_module
from typing import NamedTuple

from figures.frameworks.twins.contract import Twin
from lstm_lib.errors import UserError

INSTALL = "python -m pip install -c constraints.txt -e .[frameworks]"


class Framework(NamedTuple):
    """One framework and its twin."""

    title: str
    packages: tuple[str, ...]  # what its twin imports
    modules: tuple[str, ...]  # the twin's files; the first holds its class
    twin: str  # the class


FRAMEWORKS = {
    "pytorch": Framework("PyTorch", ("torch",), ("pytorch", "pytorch_search"), "PyTorchTwin"),
    "keras": Framework("Keras", ("keras", "tensorflow"), ("keras_tf", "keras_search"), "KerasTwin"),
    "jax": Framework("JAX", ("jax", "optax"), ("jax_twin", "jax_model", "jax_search"), "JaxTwin"),
}


def load_twin(name: str) -> type[Twin]:
    """The twin's class.  Args: name, a key of `FRAMEWORKS`.

    Raises:
        UserError: its framework is not installed; the message says how to install it.
    """
    framework = FRAMEWORKS[name]
    try:
        module = import_module(f"{__name__}.{framework.modules[0]}")
    except ModuleNotFoundError as error:
        if error.name not in framework.packages:
            raise
        raise UserError(f"{framework.title}: {error.name} is not installed; run {INSTALL}") from error
    return getattr(module, framework.twin)
