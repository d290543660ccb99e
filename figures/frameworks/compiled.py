"""What `torch.compile` finds in the twin in PyTorch: how many graphs, and why it needs more than one.

Only the tracing is run, which needs PyTorch and no compiler.
"""

from figures.frameworks.benchmark.workload import SIZES, first_params, model_config, random_batches

STEP, FORWARD = "one decoder step", "the whole forward pass"
GRAPHS = {STEP: 1, FORWARD: 4}  # with PyTorch 2.13, for readers who have none


def count_graphs() -> dict[str, int]:
    """Return the number of graphs into which PyTorch cuts a decoder step, and a whole forward pass."""
    import torch

    from figures.frameworks.twins.pytorch import PyTorchTwin

    config = model_config(SIZES["S"], dropout=0.0)
    model = PyTorchTwin(config, first_params(config)).model.eval()
    (batch,) = random_batches(SIZES["S"], "ragged", 1)
    source, source_mask, target_in, _, target_mask = map(torch.from_numpy, batch)
    memory, state = model.encode(source, source_mask)
    x = model.target_embedding(target_in[:, 0])
    step = torch._dynamo.explain(model.step)(x, state, *memory)
    forward = torch._dynamo.explain(model.forward)(source, source_mask, target_in, target_mask)
    return {STEP: step.graph_count, FORWARD: forward.graph_count}
