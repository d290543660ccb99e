"""Train on in PyTorch: python -m figures.frameworks.exchange.torch_training FOLDER --epochs 4

FOLDER is what `export RUN FOLDER --to torch` wrote.  The corpus, the batches, the schedule, clipping, dropout
and label smoothing are the run's own; the gradients, Adam and the noise are PyTorch's.  The weights of the
epoch with the lowest development loss take the place of those in FOLDER/weights.pt, if they are better.
"""

import argparse
import dataclasses
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F
from torch.nn.utils import clip_grad_norm_

from figures.frameworks.exchange.handover import WEIGHTS, model_of, read_translator, write_weights
from figures.frameworks.exchange.torch_model import TorchSeq2Seq
from figures.frameworks.twins.contract import ADAM
from figures.lab.script import end_with
from lstm_lib import runs
from lstm_lib.commands.options import Parser
from lstm_lib.errors import UserError
from lstm_lib.storage import claimed
from lstm_lib.text.batching import Batch, bucketed_batches, encode_pairs
from lstm_lib.text.corpus import Corpus


class Epoch(NamedTuple):
    """What an epoch came to, in nats per target token."""

    training_loss: float  # with dropout and label smoothing
    dev_loss: float | None  # without; None where there is no development part


def train_on(
    folder: Path,
    epochs: int,
    *,
    learning_rate: float | None = None,
    seed: int = 0,
    device: str = "cpu",
    corpus: Corpus | None = None,
) -> list[Epoch]:
    """Train the weights of a folder, and leave there what is best on the development part, or else the last.

    Args: learning_rate: its peak, the run's own by default.  seed: of the batches and dropout.
        device: PyTorch's name of what computes.  corpus: the run's, if it has been read already.
    Returns: one entry per epoch.
    Raises: UserError if the folder does not fit, its corpus has changed, or training diverged.
    """
    translator, given = read_translator(folder), {"learning_rate": learning_rate} if learning_rate else {}
    recipe = dataclasses.replace(runs.read_recipe(folder), epochs=epochs, seed=seed, **given)
    corpus = corpus or runs.check_corpus(folder, runs.read_corpus(recipe))
    batches_of_epoch = runs.training_batches(recipe, translator, corpus.train)
    dev = encode_pairs(corpus.dev, translator.source_codec, translator.target_codec)
    dev_batches = bucketed_batches(dev, recipe.batch_size, np.random.default_rng(seed)) if dev else []
    schedule = runs.make_schedule(recipe, len(batches_of_epoch(1)))

    check_device(device)
    torch.manual_seed(seed)
    model = model_of(translator).to(device)
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.Adam(trained, betas=(ADAM["beta1"], ADAM["beta2"]), eps=ADAM["epsilon"])
    found, step = [], 0
    with claimed(folder):
        best = development_loss(model, dev_batches) if dev_batches else None
        for epoch in range(1, epochs + 1):
            losses = []
            for batch in batches_of_epoch(epoch):
                optimizer.param_groups[0]["lr"] = schedule(step)
                losses.append(take_step(model, optimizer, batch, recipe.clip_norm))
                step += 1
            dev_loss = development_loss(model, dev_batches) if dev_batches else None
            found.append(Epoch(sum(losses) / len(losses), dev_loss))
            if not all(math.isfinite(loss) for loss in found[-1] if loss is not None):
                raise UserError(f"{folder}: training diverged; try a lower --learning-rate")
            if dev_loss is None or dev_loss < best:
                best = dev_loss
                write_weights(folder / WEIGHTS, model.state_dict())
            print(f"epoch {epoch}: {described(found[-1])}", flush=True)
    return found


def take_step(model: TorchSeq2Seq, optimizer: torch.optim.Optimizer, batch: Batch, clip_norm: float) -> float:
    """One update.  Args: clip_norm: 0 clips nothing.  Returns: the loss before it."""
    model.train()
    optimizer.zero_grad()
    loss = loss_of(model, batch, model.config.label_smoothing)
    loss.backward()
    if clip_norm:
        clip_grad_norm_((each for group in optimizer.param_groups for each in group["params"]), clip_norm)
    optimizer.step()
    return loss.item()


def loss_of(
    model: TorchSeq2Seq, batch: Batch, label_smoothing: float = 0.0, reduction: str = "mean"
) -> Tensor:
    """The cross-entropy of a batch's real target tokens, in nats."""
    device = model.output.bias.device
    arrays = (torch.from_numpy(array).to(device) for array in batch)
    source, source_mask, target_in, target_out, target_mask = arrays
    logits = model(source, source_mask, target_in, target_mask)
    wanted = target_out[target_mask].long()
    return F.cross_entropy(logits, wanted, label_smoothing=label_smoothing, reduction=reduction)


@torch.inference_mode()
def development_loss(model: TorchSeq2Seq, batches: Sequence[Batch]) -> float:
    """The loss of some batches, each token counted once, without noise."""
    model.eval()
    total = sum(loss_of(model, batch, reduction="sum").item() for batch in batches)
    return total / sum(batch.tokens for batch in batches)


def check_device(name: str) -> None:
    """Raise a UserError if PyTorch cannot compute on a device."""
    try:
        torch.zeros(1, device=name)
    except (AssertionError, RuntimeError) as error:
        raise UserError(f"--device {name}: {str(error).splitlines()[0]}; name another one") from error


def described(epoch: Epoch) -> str:
    """An epoch in words."""
    dev = "" if epoch.dev_loss is None else f", development loss {epoch.dev_loss:.4f}"
    return f"training loss {epoch.training_loss:.4f}{dev}"


def main(argv: Sequence[str]) -> int:
    """Run the command.  Returns: the exit status."""
    parser = Parser(
        prog="python -m figures.frameworks.exchange.torch_training",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", type=Path, help="what export --to torch wrote")
    parser.add_argument(
        "--epochs", type=int, required=True, metavar="N", help="passes over the training part"
    )
    rate = "its peak (default: the run's own)"
    parser.add_argument("--learning-rate", type=float, metavar="X", help=rate)
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the batches and dropout")
    parser.add_argument("--device", default="cpu", help="PyTorch's name of what computes (default: cpu)")
    options = parser.parse_args(argv)
    train_on(**vars(options))
    return 0


if __name__ == "__main__":
    end_with(main, sys.argv[1:])
