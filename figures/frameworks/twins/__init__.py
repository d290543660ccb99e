"""Twins of NumPy's model in PyTorch, Keras and JAX.

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
    module: str  # the file of its twin
    twin: str  # the class


FRAMEWORKS = {
    "pytorch": Framework("PyTorch", ("torch",), "pytorch", "PyTorchTwin"),
    "keras": Framework("Keras", ("keras", "tensorflow"), "keras_tf", "KerasTwin"),
    "jax": Framework("JAX", ("jax", "optax"), "jax_twin", "JaxTwin"),
}


def load_twin(name: str) -> type[Twin]:
    """Import the class of a twin.  Args: name: a key of `FRAMEWORKS`.

    Raises: UserError where its framework is not installed; the message says how to install it.
    """
    framework = FRAMEWORKS[name]
    try:
        module = import_module(f"{__name__}.{framework.module}")
    except ModuleNotFoundError as error:
        if error.name not in framework.packages:
            raise
        raise UserError(f"{framework.title}: {error.name} is not installed; run {INSTALL}") from error
    return getattr(module, framework.twin)
