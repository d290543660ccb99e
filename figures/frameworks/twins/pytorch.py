"""The twin in PyTorch: `nn.LSTM` over packed sequences to encode, `nn.LSTMCell` in a loop to decode."""

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import get_total_norm
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from figures.frameworks.twins.contract import ADAM, Twin, blueprint, check_config, state_parts, word_bias
from figures.frameworks.twins.transfer import from_torch, to_torch
from lstm_lib.nn.layers import Params, join, subset
from lstm_lib.seq2seq.model import ModelConfig
from lstm_lib.seq2seq.search import Rules, length_penalty
from lstm_lib.text.batching import Batch

State = tuple[Tensor, ...]  # h (B, H), and c for an LSTM


class Model(nn.Module):
    """The whole model: encoder, bridge, attention, decoder, readout, output."""

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
        # No step needs the readout of another: one product for all, on real tokens alone.
        parts = (torch.stack(hidden, 1), torch.stack(contexts, 1), embedded)
        return self.words(torch.cat(parts, 2)[target_mask])

    def encode(self, source: Tensor, mask: Tensor):
        """Read.  Returns: memory: values (B, S, 2H), keys (B, S, H), score bias (B, S); the first state."""
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
        """Take one word.  Args: x (B, E).  Returns: context (B, 2H); the new state."""
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

    The candidate of a GRU keeps both, since the reset gate acts on the second one.
    """
    for name, parameter in rnn.named_parameters():
        if name.startswith("bias_hh") and isinstance(rnn, nn.GRU | nn.GRUCell):
            trained = torch.zeros_like(parameter)
            trained[2 * rnn.hidden_size :] = 1
            parameter.register_hook(lambda grad, trained=trained: grad * trained.to(grad.dtype))
        elif name.startswith("bias_hh"):
            parameter.requires_grad_(False)


# Search: loops of tensor operations


@torch.inference_mode()
def greedy(model, source: np.ndarray, mask: np.ndarray, limits: np.ndarray, rules: Rules) -> Tensor:
    """Search greedily.  Args: model: in evaluation mode; source, mask (B, S); limits (B).  Returns: words."""
    memory, state, forbidden = begin(model, source, mask, rules)
    ids, words = torch.full((len(source),), rules.bos), []
    done = torch.zeros(len(source), dtype=torch.bool)
    for length in range(1, limits.max() + 1):
        logits, state = next_logits(model, ids, state, memory)
        ids = (logits + forbidden).argmax(1)
        words.append(ids)
        done |= (ids == rules.eos) | (torch.from_numpy(limits) <= length)
        if done.all():
            break
    return torch.stack(words, 1)


@torch.inference_mode()
def beam(model, source, mask, limits: np.ndarray, rules: Rules, K: int, alpha: float) -> Tensor:
    """Search with a beam of K.  Args: as for `greedy`; alpha: of the length penalty.  Returns: words."""
    memory, state, forbidden = begin(model, source, mask, rules)
    batch, V = len(source), len(forbidden)
    memory, state = ([part.repeat_interleave(K, 0) for part in group] for group in (memory, state))
    first_row = torch.arange(batch)[:, None] * K
    totals = torch.full((batch, K), -torch.inf, dtype=forbidden.dtype)
    totals[:, 0] = 0  # all beams are equal: only one may branch
    words = torch.zeros((batch, K, limits.max()), dtype=torch.long)
    best_score, best_words = totals.new_full((batch,), -torch.inf), words[:, 0].clone()
    ids = torch.full((batch, K), rules.bos)
    at_limit = torch.from_numpy(length_penalty(limits, alpha)).to(totals)
    for t in range(limits.max()):
        logits, state = next_logits(model, ids.flatten(), state, memory)
        log_p = logits.log_softmax(1) + forbidden
        totals, places = (totals[:, :, None] + log_p.view(batch, K, V)).flatten(1).topk(K)
        parents, ids = (first_row + places // V).flatten(), places % V
        state = [part[parents] for part in state]
        words = words.view(batch * K, -1)[parents].view_as(words)
        words[:, :, t] = ids
        ended = (ids == rules.eos) | (torch.from_numpy(limits)[:, None] == t + 1)
        score, best = (totals / length_penalty(t + 1, alpha)).masked_fill(~ended, -torch.inf).max(1)
        better = score > best_score
        best_score = torch.where(better, score, best_score)
        best_words[better] = words[better, best[better]]
        totals = totals.masked_fill(ended, -torch.inf)
        longer = at_limit.clamp(min=length_penalty(t + 2, alpha))
        if (totals.max(1).values / longer <= best_score).all():  # no live beam can still win
            break
    return best_words


def begin(model, source: np.ndarray, mask: np.ndarray, rules: Rules):
    """Begin a search.  Returns: the memory; the first state; 0 or -inf for each word (V)."""
    memory, state = model.encode(torch.from_numpy(source), torch.from_numpy(mask))
    bias = model.output.bias
    return memory, state, torch.from_numpy(word_bias(rules, len(bias), bias.numpy().dtype))


def next_logits(model, ids: Tensor, state: tuple[Tensor, ...], memory):
    """Take one word of a search.  Returns: logits (B, V) of the next word; the new state."""
    x = model.target_embedding(ids)
    context, state = model.step(x, state, *memory)
    return model.words(torch.cat([state[0], context, x], 1)), state


class PyTorchTwin(Twin):
    """See `contract.Twin`."""

    def __init__(self, config: ModelConfig, params: Params, *, clip_norm: float | None = 1.0, seed: int = 0):
        check_config(config)
        torch.manual_seed(seed)
        self.config, self.clip_norm, self.blueprint = config, clip_norm, blueprint(params)
        weights = {name: torch.from_numpy(array) for name, array in to_state_dict(params).items()}
        self.model = Model(config).to(weights["output.weight"].dtype)
        self.model.load_state_dict(weights)
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
        """Clip as `clip_grad_norm_` does, without the 1e-6 that it adds to the norm."""
        grads = [parameter.grad for parameter in self.trained]
        factor = (self.clip_norm / get_total_norm(grads)).clamp(max=1.0)
        for grad in grads:
            grad.mul_(factor)

    def _greedy(self, *request) -> Tensor:
        return greedy(self.model.eval(), *request)

    def _beam(self, *request) -> Tensor:
        return beam(self.model.eval(), *request)


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
    """The inverse of `to_state_dict`, also for gradients.  Args: like: has the wanted keys and shapes."""
    params = {key: turned(key, weights[LAYERS[key]]) for key in like if key in LAYERS}
    for prefix, name in RECURRENT.items():
        part = subset(like, prefix)
        params |= join(
            {prefix: from_torch({rest: weights[torch_name(name, rest)] for rest in to_torch(part)}, part)}
        )
    return {key: params[key] for key in like}


def turned(key: str, array: np.ndarray) -> np.ndarray:
    """Transpose a matrix: (in, out) here, (out, in) in PyTorch.  An embedding's table is the same in both."""
    return np.array(array if key.endswith("table") else array.T, order="C")


def torch_name(name: str, rest: str) -> str:
    """PyTorch's name of a recurrent weight: a cell's have no layer in their names."""
    return name.format(rest.removesuffix("_l0") if name.startswith("cell") else rest)
