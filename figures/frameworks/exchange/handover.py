"""The two halves of the exchange: `export RUN FOLDER --to torch` and `export FOLDER RUN --to numpy`.

The folder in between holds what a run's folder does, `config.json` and the codecs, and in place of the
checkpoint `weights.pt`: the state dict of `TorchSeq2Seq`, tensors alone.  Train on in PyTorch with
`torch_training`, or by code of your own:

    model = open_model("FOLDER")
    ...
    torch.save(model.state_dict(), "FOLDER/weights.pt")

Nothing in `weights.pt` is ever executed: it is read with `weights_only=True`.
"""

import argparse
import inspect
import io
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from figures.frameworks.exchange.torch_model import (
    TorchSeq2Seq,
    check_config,
    from_state_dict,
    to_state_dict,
)
from lstm_lib.commands.options import search_options
from lstm_lib.errors import UserError, explained
from lstm_lib.nn.layers import Params
from lstm_lib.seq2seq.model import ModelConfig, Seq2Seq
from lstm_lib.storage import atomic_file, disk_errors, from_json, regular
from lstm_lib.text.codecs import CODECS
from lstm_lib.training.checkpoint import Checkpoint, save_checkpoint
from lstm_lib.translator import CONFIG_FILE, Translator, find_run, read_codec, read_config

WEIGHTS = "weights.pt"


def export(options: argparse.Namespace) -> int:
    """Run one half, as the command line asks for it; the folder to be written is known to be new.

    Args: options: to ("torch" or "numpy"); run_folder and out, folders; those of the search.
    Returns: the exit status.
    Raises: UserError on a model that PyTorch's layers lack, or weights that do not fit; then nothing is left.
    """
    defaults = inspect.signature(Translator.translate).parameters
    if any(value != defaults[name].default for name, value in search_options(options).items()):
        raise UserError(f"--to {options.to} scores nothing: leave out the options of the search")
    out = Path(options.out)
    translator = (to_torch if options.to == "torch" else to_numpy)(options.run_folder, out)
    print(f"Wrote {translator.model.num_parameters:,} parameters to {out}")
    return 0


def to_torch(run: str | Path, out: Path) -> Translator:
    """Write a run for PyTorch.  Args: run: its folder, or a model's name.  Returns: what was written."""
    folder = find_run(run)
    translator = Translator.load(folder)
    check(translator.model.config, folder)
    with new_folder(out) as making:
        write_weights(making / WEIGHTS, to_state_dict(translator.model.params))
        translator.save(making, read_config(folder))
    return translator


def to_numpy(folder: str | Path, out: Path) -> Translator:
    """Write a run from a folder of PyTorch's; `translate`, `evaluate` and `--init-from` take it.

    Returns: what was written.
    """
    folder = Path(folder)
    translator = read_translator(folder)
    with new_folder(out) as making:
        save_checkpoint(making / "best.npz", Checkpoint(translator.model.params))
        translator.save(making, {**read_config(folder), "by_way_of": f"PyTorch {torch.__version__}"})
    return translator


def open_model(folder: str | Path) -> TorchSeq2Seq:
    """Return the model of a folder that `to_torch` wrote, with its weights, ready to train."""
    return model_of(read_translator(Path(folder)))


def model_of(translator: Translator) -> TorchSeq2Seq:
    """Return the same model in PyTorch."""
    model = TorchSeq2Seq(translator.model.config).to(
        torch.from_numpy(translator.model.params["output.b"]).dtype
    )
    weights = to_state_dict(translator.model.params)
    model.load_state_dict({name: torch.from_numpy(array) for name, array in weights.items()})
    return model


def check(config: ModelConfig, folder: Path) -> None:
    """Raise a UserError if PyTorch's layers do not cover a model."""
    try:
        check_config(config)
    except ValueError as error:
        raise UserError(f"{folder}: {error}") from error


# The folder


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Make a folder under another name, which takes its own once all in it is written.

    An error leaves nothing, a process that is killed no folder of this name.
    """
    making = path.with_name(f"{path.name[:40]}.{secrets.token_hex(4)}.tmp")
    try:
        with disk_errors(path):
            making.mkdir(parents=True)
            yield making
            making.rename(path)
    except UserError as error:
        raise UserError(str(error).replace(str(making), str(path))) from error
    finally:
        shutil.rmtree(making, ignore_errors=True)


def read_translator(folder: Path) -> Translator:
    """Read a folder that `to_torch` wrote, and that PyTorch may have trained on.

    Raises: UserError if a file is missing, damaged or of another model.
    """
    config = read_config(folder)
    if not (folder / WEIGHTS).exists():
        raise UserError(f"{folder}: holds no {WEIGHTS}; name a folder that export --to torch wrote")
    try:
        model = Seq2Seq(from_json(ModelConfig, config["model"]), np.random.default_rng(0))
        kind = CODECS[config["codec"]]
    except (KeyError, TypeError, ValueError) as error:
        reason = f"not a config of this version ({error}); export the run again"
        raise UserError(f"{folder / CONFIG_FILE}: {reason}") from error
    check(model.config, folder)
    sizes = {"source.codec": model.config.source_size, "target.codec": model.config.target_size}
    sums = config.get("checksums", {})
    codecs = [read_codec(folder / name, kind, size, sums) for name, size in sizes.items()]
    weights = read_weights(folder / WEIGHTS, to_state_dict(model.params))
    one, other = weights["output.weight"], weights["target_embedding.weight"]
    if model.config.tied_embeddings and not np.array_equal(one, other):
        both = "'output.weight' and 'target_embedding.weight'"
        raise UserError(f"{folder / WEIGHTS}: {both} differ, and this model has one matrix for both")
    for key, array in from_state_dict(weights, model.params).items():
        model.params[key][...] = array
    return Translator(model, *codecs)


# The file of weights


def write_weights(path: Path, weights: Mapping[str, np.ndarray | Tensor]) -> None:
    """Write a state dict; a process that is killed leaves the old file or the new one.

    Raises: UserError if it cannot be written.
    """
    tensors = {name: torch.as_tensor(each).detach().cpu().contiguous() for name, each in weights.items()}
    with atomic_file(path) as file:
        torch.save(tensors, file)


def read_weights(path: Path, like: Params) -> Params:
    """Read a state dict as arrays in single precision.  Args: like: has the wanted names and shapes.

    Raises: UserError if the file holds anything else, or another model's weights, or ones that diverged.
    """
    try:
        content = regular(path).read_bytes()
    except OSError as error:
        raise UserError(f"{path}: cannot be read {explained(error)}") from error
    try:
        found = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except MemoryError:
        raise
    except Exception as error:  # damaged bytes make PyTorch raise almost anything
        reason = "holds no whole state dict of tensors alone, and nothing else is loaded"
        raise UserError(f"{path}: {reason}; save it by torch.save(model.state_dict(), path)") from error
    if not isinstance(found, Mapping):
        raise UserError(f"{path}: holds a {type(found).__name__}; save model.state_dict() instead")
    for name in [*sorted(found.keys() - like.keys(), key=str), *like]:  # what is too many tells most
        if name not in found or name not in like:
            where = "missing" if name in like else "not wanted here"
            raise UserError(f"{path}: {name!r} is {where}: it is not the state dict of this model")
        if (reason := misfit(found[name], like[name].shape)) is not None:
            raise UserError(f"{path}: {name!r} is {reason}: it is not the state dict of this model")
    arrays = {name: found[name].detach().float().numpy() for name in like}
    if not all(np.isfinite(array).all() for array in arrays.values()):
        raise UserError(f"{path}: its training diverged; train again with a lower learning rate")
    return arrays


def misfit(value: Any, shape: tuple[int, ...]) -> str | None:
    """Say what a value is, unless it is a tensor of floats, in memory, of this shape."""
    if not isinstance(value, Tensor):
        return f"a {type(value).__name__}, not a tensor"
    if value.layout is not torch.strided or value.device.type != "cpu" or not value.is_floating_point():
        return f"of {value.dtype}, {value.layout} on {value.device}, not dense floats"
    if tuple(value.shape) != shape:
        return f"of shape {tuple(value.shape)}, not {shape}"
    return None
