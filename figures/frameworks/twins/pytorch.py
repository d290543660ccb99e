"""The twin in PyTorch: `nn.LSTM` over packed sequences as encoder, `nn.LSTMCell` in a loop as decoder."""

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import get_total_norm
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from figures.frameworks.twins.contract import ADAM, blueprint, check_config, state_parts
from figures.frameworks.twins.pytorch_search import beam, greedy
from figures.frameworks.twins.transfer import from_torch, to_torch
from lstm_lib.nn.layers import Params, join, subset
from lstm_lib.seq2seq.model import ModelConfig
from lstm_lib.seq2seq.search import Rules
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
        self.score = nn.Parameter(torch.empty(H))
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
        scores = torch.tanh(keys + self.query(state[0])[:, None]) @ self.score
        weights = torch.softmax(scores + bias, dim=1)
        context = torch.bmm(weights[:, None], values)[:, 0]
        state = self.cell(torch.cat([x, context], 1), state if self.has_memory else state[0])
        return context, state if self.has_memory else (state,)

    def words(self, parts: Tensor) -> Tensor:
        """Logits (N, V) from state, context and embedding side by side (N, 3H + E)."""
        return self.output(self.dropout(torch.tanh(self.readout(parts))))


def keep_one_bias(rnn: nn.Module) -> None:
    """Train one of PyTorch's two biases: they are only added, and with both Adam would move twice as far.

    The candidate of a GRU has two that differ, since the reset gate stands between them.
    """
    for name, parameter in rnn.named_parameters():
        if name.startswith("bias_hh") and isinstance(rnn, nn.GRU | nn.GRUCell):
            trained = torch.zeros_like(parameter)
            trained[2 * rnn.hidden_size :] = 1
            parameter.register_hook(lambda grad, trained=trained: grad * trained.to(grad.dtype))
        elif name.startswith("bias_hh"):
            parameter.requires_grad_(False)


class PyTorchTwin:
    """See `contract.Twin`.  `compiler`: backend of `torch.compile` for the decoder's step, as "inductor"."""

    def __init__(
        self,
        config: ModelConfig,
        params: Params,
        *,
        clip_norm: float | None = 1.0,
        seed: int = 0,
        compiler: str | None = None,
    ):
        check_config(config)
        torch.manual_seed(seed)
        self.config, self.clip_norm, self.blueprint = config, clip_norm, blueprint(params)
        weights = {name: torch.from_numpy(array) for name, array in to_state_dict(params).items()}
        self.model = Model(config).to(weights["output.weight"].dtype)
        self.model.load_state_dict(weights)
        if compiler is not None:
            self.model.step = torch.compile(self.model.step, backend=compiler, dynamic=True)
        self.trained = [parameter for parameter in self.model.parameters() if parameter.requires_grad]
        betas = (ADAM["beta1"], ADAM["beta2"])
        self.optimizer = torch.optim.Adam(self.trained, betas=betas, eps=ADAM["epsilon"], fused=True)

    def to_numpy(self) -> Params:
        weights = {name: tensor.numpy() for name, tensor in self.model.state_dict().items()}
        return from_state_dict(weights, self.blueprint)

    # Training

    def loss_and_grads(self, batch: Batch) -> tuple[float, Params, int]:
        self.model.eval()
        loss = self._backward(batch)
        grads = {
            name: np.zeros_like(weight.detach()) if weight.grad is None else weight.grad.numpy()
            for name, weight in self.model.named_parameters()
        }
        return loss.item(), from_state_dict(grads, self.blueprint), batch.tokens

    def train_step(self, batch: Batch, learning_rate: float) -> Tensor:
        self.model.train()
        loss = self._backward(batch)
        if self.clip_norm is not None:
            self._clip()
        self.optimizer.param_groups[0]["lr"] = learning_rate
        self.optimizer.step()
        return loss

    def _backward(self, batch: Batch) -> Tensor:
        """Fill the parameters' gradients.  Returns: the loss."""
        self.optimizer.zero_grad()
        source, source_mask, target_in, target_out, target_mask = map(torch.from_numpy, batch)
        logits = self.model(source, source_mask, target_in, target_mask)
        smoothing = self.config.label_smoothing
        loss = F.cross_entropy(logits, target_out[target_mask].long(), label_smoothing=smoothing)
        loss.backward()
        return loss.detach()

    def _clip(self) -> None:
        """As `clip_grad_norm_`, but for the 1e-6 that it adds to the norm."""
        grads = [parameter.grad for parameter in self.trained]
        factor = (self.clip_norm / get_total_norm(grads)).clamp(max=1.0)
        for grad in grads:
            grad.mul_(factor)

    # Search

    def greedy(self, source: np.ndarray, source_mask: np.ndarray, rules: Rules) -> list[list[int]]:
        return greedy(self.model.eval(), source, source_mask, rules)

    def beam(
        self,
        source: np.ndarray,
        source_mask: np.ndarray,
        rules: Rules,
        *,
        beam_size: int = 5,
        length_penalty_alpha: float = 1.0,
    ) -> list[list[int]]:
        return beam(self.model.eval(), source, source_mask, rules, beam_size, length_penalty_alpha)


# Names and layouts

LAYERS = {  # ours: PyTorch's
    "encoder.embedding.table": "source_embedding.weight",
    "bridge.0.h.W": "bridge.h.weight",
    "bridge.0.h.b": "bridge.h.bias",
    "bridge.0.c.W": "bridge.c.weight",
    "bridge.0.c.b": "bridge.c.bias",
    "decoder.embedding.table": "target_embedding.weight",
    "decoder.attention.W_q": "query.weight",
    "decoder.attention.W_k": "key.weight",
    "decoder.attention.v": "score",
    "decoder.readout.W": "readout.weight",
    "decoder.readout.b": "readout.bias",
    "output.W": "output.weight",
    "output.b": "output.bias",
}
RECURRENT = {"encoder.rnn": "encoder.{}", "decoder.rnn": "cell.{}"}


def to_state_dict(params: Params) -> Params:
    """Our parameters as the `state_dict` of `Model`, in fresh arrays."""
    weights = {LAYERS[key]: turned(key, array) for key, array in params.items() if key in LAYERS}
    for prefix, name in RECURRENT.items():
        for rest, array in to_torch(subset(params, prefix)).items():
            weights[torch_name(name, rest)] = array
    return weights


def from_state_dict(weights: Params, like: Params) -> Params:
    """The inverse, also of gradients.  Args: like: arrays of the keys and shapes that are wanted."""
    params = {key: turned(key, weights[LAYERS[key]]) for key in like if key in LAYERS}
    for prefix, name in RECURRENT.items():
        part = subset(like, prefix)
        params |= join(
            {prefix: from_torch({rest: weights[torch_name(name, rest)] for rest in to_torch(part)}, part)}
        )
    return {key: params[key] for key in like}


def turned(key: str, array: np.ndarray) -> np.ndarray:
    """A matrix is (in, out) here and (out, in) there; an embedding's table is the same in both."""
    return np.array(array if key.endswith("table") else array.T, order="C")


def torch_name(name: str, rest: str) -> str:
    """A cell's weights have no layer in their names."""
    return name.format(rest.removesuffix("_l0") if name.startswith("cell") else rest)
