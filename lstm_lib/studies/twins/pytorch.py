"""The twin in PyTorch: modules, `nn.LSTM` on packed sequences for the encoder, a cell in a loop for the decoder."""

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from lstm_lib.nn.parameters import Params, join, subset
from lstm_lib.seq2seq.model import ModelConfig
from lstm_lib.seq2seq.search import Rules
from lstm_lib.studies.twins.contract import (
    ADAM,
    check_config,
    cut,
    limits_and_penalties,
    state_parts,
    word_bias,
)
from lstm_lib.studies.twins.transfer import from_torch, to_torch
from lstm_lib.text.batching import Batch

State = tuple[Tensor, ...]  # h (B, H), and c for an LSTM


class Model(nn.Module):
    """Encoder, bridge, attention, decoder, readout, output."""

    def __init__(self, config: ModelConfig):
        super().__init__()
        E, H = config.embedding_size, config.hidden_size
        rnn, cell = (nn.LSTM, nn.LSTMCell) if config.cell == "lstm" else (nn.GRU, nn.GRUCell)
        self.source_embedding = nn.Embedding(config.source_size, E)
        self.encoder = rnn(E, H, batch_first=True, bidirectional=True)
        self.bridge = nn.ModuleDict({part: nn.Linear(2 * H, H) for part in state_parts(config)})
        self.target_embedding = nn.Embedding(config.target_size, E)
        self.query = nn.Linear(H, H, bias=False)
        self.key = nn.Linear(2 * H, H, bias=False)
        self.score = nn.Linear(H, 1, bias=False)
        self.cell = cell(E + 2 * H, H)
        self.readout = nn.Linear(H + 2 * H + E, E)
        self.output = nn.Linear(E, config.target_size)
        self.dropout = nn.Dropout(config.dropout)
        self.has_memory = config.cell == "lstm"
        keep_one_bias(self.encoder)
        keep_one_bias(self.cell)

    def forward(self, source, source_mask, target_in, target_mask) -> Tensor:
        """Logits of the real target tokens (N, V), all given as (B, S) or (B, T)."""
        memory, state = self.encode(source, source_mask)
        embedded = self.dropout(self.target_embedding(target_in))
        hidden, contexts = [], []
        for x in embedded.unbind(1):
            context, state = self.step(x, state, *memory)
            hidden.append(state[0])
            contexts.append(context)
        # The readout is needed at no step but for the words: one product for all, on real tokens alone.
        parts = (torch.stack(hidden, 1), torch.stack(contexts, 1), embedded)
        return self.words(torch.cat(parts, 2)[target_mask])

    def encode(self, source: Tensor, mask: Tensor):
        """Returns: memory for `step`: values (B, S, 2H), keys (B, S, H), score bias (B, S); first state."""
        x = self.dropout(self.source_embedding(source))
        if mask.all():  # sequences of one length need no packing, and run in oneDNN's fused kernel
            values, last = self.encoder(x)
        else:
            packed = pack_padded_sequence(x, mask.sum(1), batch_first=True, enforce_sorted=False)
            packed, last = self.encoder(packed)
            values, _ = pad_packed_sequence(packed, batch_first=True, total_length=source.shape[1])
        last = last if self.has_memory else (last,)
        # (2, B, H), a row for each direction, to (B, 2H)
        h, *c = (
            bridge(part.transpose(0, 1).flatten(1))
            for bridge, part in zip(self.bridge.values(), last, strict=True)
        )
        bias = torch.zeros_like(mask, dtype=values.dtype).masked_fill_(~mask, -torch.inf)
        return (values, self.key(values), bias), (h.tanh(), *c)

    def step(self, x: Tensor, state: State, values: Tensor, keys: Tensor, bias: Tensor):
        """One word.  Args: x (B, E).  Returns: context (B, 2H); the new state."""
        scores = self.score(torch.tanh(keys + self.query(state[0])[:, None]))[:, :, 0]
        weights = torch.softmax(scores + bias, dim=1)
        context = torch.bmm(weights[:, None], values)[:, 0]
        state = self.cell(torch.cat([x, context], 1), state if self.has_memory else state[0])
        return context, state if self.has_memory else (state,)

    def words(self, parts: Tensor) -> Tensor:
        """Logits (N, V) from state, context and embedding side by side (N, 3H + E)."""
        return self.output(self.dropout(torch.tanh(self.readout(parts))))


def keep_one_bias(rnn: nn.Module) -> None:
    """Train one of PyTorch's two biases: they are only ever added, and with both Adam would move twice as far.

    The candidate of a GRU has two that differ, since the reset gate stands between them.
    """
    for name, parameter in rnn.named_parameters():
        if name.startswith("bias_hh") and isinstance(rnn, nn.GRU | nn.GRUCell):
            trained = torch.zeros_like(parameter)
            trained[2 * rnn.hidden_size :] = 1
            parameter.register_hook(lambda grad, trained=trained: grad * trained.to(grad.dtype))
        elif name.startswith("bias_hh"):
            parameter.requires_grad_(False)
