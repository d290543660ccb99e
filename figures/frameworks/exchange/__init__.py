"""A run's weights in PyTorch and back: `python -m lstm_lib export RUN FOLDER --to torch`, `--to numpy`.

`torch_model` holds the model in PyTorch, in all architectures that PyTorch's layers have; `handover` writes
and reads its folder; `torch_training` trains on there; `worked_example` does it all once, and stores what
came of it.  PyTorch is imported where it is needed, not here.
"""

import argparse

from figures.frameworks.twins import load_twin


def export(options: argparse.Namespace) -> int:
    """Run the command; see `handover.export`.

    Raises: UserError where PyTorch is missing, as well; the message says how to install it.
    """
    load_twin("pytorch")
    from figures.frameworks.exchange import handover

    return handover.export(options)
