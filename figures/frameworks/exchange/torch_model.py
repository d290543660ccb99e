"""The model in PyTorch, in every architecture that PyTorch's own layers have.

The benchmark's twin (`twins.pytorch`) is one of them: a bidirectional LSTM or GRU of one layer with
Bahdanau's attention.  There the two have the same state dict.  This class is made to be trained, on a CPU or
a GPU, and not to be timed: it computes the readout of each step in the loop, as input feeding needs it.

Names in the state dict are the twin's; upper layers have PyTorch's suffix:

    here                        there
    encoder.rnn.1.backward.W_x  encoder.weight_ih_l1_reverse
    bridge.1.h.W                bridge.h_l1.weight
    decoder.rnn.1.W_x           cell_l1.weight_ih
    decoder.attention.W         key.weight, of a general score
"""

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from figures.frameworks.twins.contract import state_parts
from figures.frameworks.twins.pytorch import LAYERS, keep_one_bias, turned
from figures.frameworks.twins.transfer import from_torch, to_torch
from lstm_lib.nn.layers import Params, join, subset
from lstm_lib.seq2seq.model import ModelConfig

State = tuple[Tensor, ...]  # of one layer: h (B, H), and c for an LSTM
MODULES = {"lstm": (nn.LSTM, nn.LSTMCell), "gru": (nn.GRU, nn.GRUCell), "rnn": (nn.RNN, nn.RNNCell)}


class TorchSeq2Seq(nn.Module):
    """Encoder, bridge, decoder with or without attention, readout and output of a `ModelConfig`."""

    def __init__(self, config: ModelConfig):
        """Raises: ValueError naming the option that PyTorch's layers lack."""
        super().__init__()
        check_config(config)
        self.config = config
        E, H, H_e = config.embedding_size, config.hidden_size, config.encoder_size or config.hidden_size
        rnn, cell = MODULES[config.cell]
        options = {"nonlinearity": config.activation} if config.cell == "rnn" else {}
        D = H_e * (1 + config.bidirectional)
        self.place, score = place_and_score(config.attention)
        fed = D if self.place == "before" else E if config.input_feeding else 0

        self.source_embedding = nn.Embedding(config.source_size, E)
        between = config.dropout if config.num_layers > 1 else 0.0
        reading = {"batch_first": True, "bidirectional": config.bidirectional, "dropout": between}
        self.encoder = rnn(E, H_e, config.num_layers, **reading, **options)
        parts = state_parts(config)
        layers = range(config.num_layers)
        self.bridge = nn.ModuleDict({part + suffix(k): nn.Linear(D, H) for k in layers for part in parts})
        self.target_embedding = nn.Embedding(config.target_size, E)
        for k in layers:
            self.add_module(f"cell{suffix(k)}", cell(H if k else E + fed, H, **options))
        if score == "additive":
            self.query = nn.Linear(H, H, bias=False)
            self.score = nn.Parameter(torch.empty(H))
        if score in ("additive", "general"):
            self.key = nn.Linear(D, H, bias=False)
        self.is_additive = score == "additive"
        self.scale = H**-0.5 if config.attention.endswith("scaled") else 1.0
        self.readout = nn.Linear(H + (D if self.place else 0) + E, E)
        self.output = nn.Linear(E, config.target_size)
        if config.tied_embeddings:
            self.output.weight = self.target_embedding.weight
        self.dropout = nn.Dropout(config.dropout)
        for module in (self.encoder, *self.cells):
            keep_one_bias(module)

    @property
    def cells(self) -> list[nn.Module]:
        """The decoder's cells, lowest layer first."""
        return [getattr(self, f"cell{suffix(k)}") for k in range(self.config.num_layers)]

    def forward(self, source: Tensor, source_mask: Tensor, target_in: Tensor, target_mask: Tensor) -> Tensor:
        """Logits of the real target tokens (N, V), with teacher forcing.

        Args: source, source_mask (B, S); target_in, target_mask (B, T): ids, and bool, True = real token.
        """
        memory, states = self.encode(source, source_mask)
        embedded, readouts = self.dropout(self.target_embedding(target_in)), []
        readout = embedded.new_zeros(len(source), self.config.embedding_size)
        for x in embedded.unbind(1):
            readout, states = self.step(x, states, readout, *memory)
            readouts.append(readout)
        return self.output(self.dropout(torch.stack(readouts, 1)[target_mask]))

    def encode(self, source: Tensor, mask: Tensor) -> tuple[tuple[Tensor, Tensor, Tensor], list[State]]:
        """Read.  Returns: memory: values (B, S, D), keys (B, S, K), score bias (B, S); first states."""
        x = self.dropout(self.source_embedding(source))
        lengths = mask.sum(1).cpu()  # where packing wants them, wherever the model is
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        packed, last = self.encoder(packed)
        values, _ = pad_packed_sequence(packed, batch_first=True, total_length=source.shape[1])
        parts = last if isinstance(last, tuple) else (last,)  # each (layers x directions, B, H)
        # To one (B, D) per layer, both directions side by side.
        parts = [part.unflatten(0, (self.config.num_layers, -1)).transpose(1, 2).flatten(2) for part in parts]
        states = []
        for k, layer in enumerate(zip(*parts, strict=True)):
            names = (part + suffix(k) for part in state_parts(self.config))
            h, *c = (self.bridge[name](part) for name, part in zip(names, layer, strict=True))
            states.append((h.tanh(), *c))
        keys = self.key(values) if hasattr(self, "key") else values
        bias = torch.zeros_like(mask, dtype=values.dtype).masked_fill_(~mask, -torch.inf)
        return (values, keys, bias), states

    def step(self, x: Tensor, states: list[State], readout: Tensor, *memory: Tensor):
        """Take one word.  Args: x (B, E); readout (B, E) of the step before.  Returns: readout; states."""
        inputs = [x]
        if self.place == "before":
            context = self.attend(states[-1][0], *memory)
            inputs.append(context)
        elif self.config.input_feeding:
            inputs.append(readout)
        h, new = torch.cat(inputs, 1), []
        for k, (cell, state) in enumerate(zip(self.cells, states, strict=True)):
            h = self.dropout(h) if k else h
            state = cell(h, state if len(state) > 1 else state[0])
            new.append(state if isinstance(state, tuple) else (state,))
            h = new[-1][0]
        if self.place == "after":
            context = self.attend(h, *memory)
        read = [h, context, x] if self.place else [h, x]
        return torch.tanh(self.readout(torch.cat(read, 1))), new

    def attend(self, query: Tensor, values: Tensor, keys: Tensor, bias: Tensor) -> Tensor:
        """The context (B, D) of a query (B, H)."""
        if self.is_additive:
            scores = torch.tanh(keys + self.query(query)[:, None]) @ self.score
        else:
            scores = torch.bmm(keys, self.scale * query[:, :, None])[:, :, 0]
        weights = torch.softmax(scores + bias, dim=1)
        return torch.bmm(weights[:, None], values)[:, 0]


def check_config(config: ModelConfig) -> None:
    """Check that PyTorch's layers cover a model and its training.

    Raises: ValueError naming the first option that they lack.
    """
    wanted = {
        "activation": ("tanh", "relu") if config.cell == "rnn" else ("tanh",),
        "gate_activation": ("sigmoid",),
        "recurrent_dropout": (0.0,),
        "scheduled_sampling": (0.0,),
    }
    for name, values in wanted.items():
        if (value := getattr(config, name)) not in values:
            choices = " or ".join(map(str, values))
            raise ValueError(f"{name} is {value!r}; the model in PyTorch has only {choices}")


def place_and_score(attention: str) -> tuple[str | None, str | None]:
    """Where an attention stands, before or after the cell, and its score: additive, general or dot."""
    if attention == "none":
        return None, None
    model, _, score = attention.removesuffix("-scaled").partition("-")
    place = "before" if model == "bahdanau" else "after"
    return place, "additive" if score in ("", "concat") else score


def suffix(layer: int) -> str:
    """What stands behind the names of a layer: nothing behind those of the lowest."""
    return f"_l{layer}" if layer else ""


# Names and layouts

RECURRENT = ("encoder.rnn", "decoder.rnn")
ENDS = {"W": "weight", "b": "bias"}


def to_state_dict(params: Params) -> Params:
    """Our parameters as the state dict of `TorchSeq2Seq`, in fresh arrays.  Args: of a `Seq2Seq`."""
    weights = {plain_name(key): turned(key, array) for key, array in params.items() if not is_recurrent(key)}
    for prefix in RECURRENT:
        for rest, array in to_torch(subset(params, prefix)).items():
            weights[recurrent_name(prefix, rest)] = array
    if "output.W" not in params:  # tied: one matrix, which PyTorch's state dict holds under both names
        weights["output.weight"] = weights["target_embedding.weight"]
    return weights


def from_state_dict(weights: Params, like: Params) -> Params:
    """The inverse of `to_state_dict`; where both of PyTorch's biases were trained, ours is their sum.

    Args: weights: with the names and shapes of `to_state_dict(like)`; like: the `params` of a `Seq2Seq`.
    Returns: fresh arrays with the keys of `like`.
    """
    params = {key: turned(key, weights[plain_name(key)]) for key in like if not is_recurrent(key)}
    for prefix in RECURRENT:
        part = subset(like, prefix)
        found = {rest: weights[recurrent_name(prefix, rest)] for rest in to_torch(part)}
        params |= join({prefix: from_torch(found, part)})
    return {key: params[key] for key in like}


def is_recurrent(key: str) -> bool:
    """Whether a parameter is of a recurrent layer."""
    return key.startswith(RECURRENT)


def plain_name(key: str) -> str:
    """PyTorch's name of a parameter outside the recurrent layers."""
    if key.startswith("bridge."):
        _, layer, part, end = key.split(".")
        return f"bridge.{part}{suffix(int(layer))}.{ENDS[end]}"
    return "key.weight" if key == "decoder.attention.W" else LAYERS[key]


def recurrent_name(prefix: str, rest: str) -> str:
    """PyTorch's name of a recurrent weight, such as weight_ih_l1: the decoder has a module for each layer."""
    if prefix == "encoder.rnn":
        return f"encoder.{rest}"
    name, _, layer = rest.rpartition("_l")
    return f"cell{suffix(int(layer))}.{name}"
