"""Check of the bug hunt: which planted bugs are still there, told by what they do to the gradients.

All corrections together must make the layer right.  Where they do not, each line that was spoiled is tried
alone, in lines that are right otherwise: what it does then, it does by itself.
"""

import traceback
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from course.lstm_cell.broken_lstm import (
    FILE,
    LayerOfLines,
    broken_lines,
    planted_bugs,
    right_lines,
    with_lines,
)
from course.lstm_cell.lstm_mistakes import ORDER
from course.shared.diagnosis import Wrong, answer_of
from lstm_lib.nn import gradcheck
from lstm_lib.nn.lstm import LSTM, LSTMState

BATCH, INPUT_SIZE, HIDDEN_SIZE = 3, 2, 2
STEPS = {1: "in a single step", 3: "over several steps, and none in a single one"}
AGREE = 1e-7  # relative
NO_LSTM = "no gradient, but the outputs, which are no LSTM's any more"


def check_bug_hunt(student: Callable, seed: int = 1) -> None:
    """Check the corrections of a broken LSTM, corrections() -> {number of a line: the line as it should be}.

    Args: student: takes nothing.  seed: of the lines, as in `broken_lstm.broken_lines(seed)`.
    """
    try:
        print(_verdict(_corrections(student), seed))
    except Wrong as wrong:
        print(wrong)


def _corrections(student: Callable) -> dict[int, str]:
    found, last = answer_of(student), len(right_lines())
    if not isinstance(found, Mapping):
        raise Wrong(f"The function should return a dictionary, {{number: line}}, not {type(found).__name__}.")
    for number, line in found.items():
        if not isinstance(number, int) or not 1 <= number <= last:
            raise Wrong(f"There is no line {number!r}: they are counted from 1 to {last}.")
        if not isinstance(line, str) or len(line.splitlines()) != 1:
            raise Wrong(f"What is to stand in line {number} should be text, and one line of it.")
    return dict(found)


def _verdict(corrections: Mapping[int, str], seed: int) -> str:
    bugs = dict(planted_bugs(seed))
    effect = effect_of(with_lines(broken_lines(seed), corrections))
    if not effect:
        return f"Right: all {len(bugs)} bugs are gone, and every gradient agrees with the differences."
    for number in sorted(corrections.keys() - bugs.keys()):
        if harm := _effect_alone(number, corrections[number]):
            return f"Not yet. Line {number} was right; as you have it now, it spoils {harm}."
    alone = [_effect_alone(number, corrections.get(number, wrong)) for number, wrong in bugs.items()]
    left = [harm for harm in alone if harm]
    if not left:
        return f"Not yet. Each line may be right by itself; together they spoil {effect}."
    count = f"Not yet: {len(left)} of {len(bugs)} bugs {'is' if len(left) == 1 else 'are'} still there."
    return "\n".join([count, *(f"- One spoils, by itself, {harm}." for harm in left)])


def _effect_alone(number: int, line: str) -> str:
    """What this line spoils where all others are right; nothing if it is right."""
    return effect_of(with_lines(right_lines(), {number: line}))


def effect_of(lines: Sequence[str]) -> str:
    """What is wrong with a layer of these lines, in words; nothing if it is an LSTM with right gradients.

    What a mistake spoils in one step, it carries to all gradients over several: one step comes first.

    Raises: Wrong: the lines cannot be run.
    """
    rng = np.random.default_rng(0)
    try:
        layer = LayerOfLines(lines, INPUT_SIZE, HIDDEN_SIZE, rng)
        gradcheck.randomize(layer.params, rng)
        for steps, when in STEPS.items():
            x = rng.standard_normal((BATCH, steps, INPUT_SIZE))
            first = LSTMState(*rng.standard_normal((2, BATCH, HIDDEN_SIZE)))
            if spoiled := _spoiled_gradients(layer, x, first, rng):
                return f"{spoiled} {when}"
        return "" if _is_lstm(layer, x, first) else NO_LSTM
    except Exception as error:
        raise Wrong(_where_it_stopped(error)) from None


def _spoiled_gradients(layer: LayerOfLines, x: np.ndarray, first: LSTMState, rng: np.random.Generator) -> str:
    """The gradients that disagree with central differences, in words."""
    operation = gradcheck.recurrent_operation(layer, x, first, mask=None)
    upstream = gradcheck.upstream_gradients(operation.run(operation.arrays), rng)
    wanted = gradcheck.numerical_gradients(operation.run, operation.arrays, upstream)
    found = operation.gradients(operation.arrays, upstream)
    wrong = [row.name for row in gradcheck.compare(found, wanted) if row.relative_error > AGREE]
    if not wrong:
        return ""
    gates = {gate for name in wrong for gate in _wrong_gates(name, found[name], wanted[name])}
    *others, last = [name.removeprefix("params.") for name in wrong]
    names = f"the gradients of {', '.join(others)} and {last}" if others else f"the gradient of {last}"
    only = ", ".join(gate for gate in ORDER if gate in gates)
    return f"{names} (only the columns of {only})" if 0 < len(gates) < len(ORDER) else names


def _wrong_gates(name: str, found: np.ndarray, wanted: np.ndarray) -> list[str]:
    """The gates in whose columns a parameter's gradient is wrong."""
    if not name.startswith("params."):
        return []
    blocks = zip(ORDER, np.split(found, 4, axis=-1), np.split(wanted, 4, axis=-1), strict=True)
    return [gate for gate, a, b in blocks if gradcheck.relative_error(a, b) > AGREE]


def _is_lstm(layer: LayerOfLines, x: np.ndarray, first: LSTMState) -> bool:
    """Whether the outputs are those of the library's layer with the same parameters."""
    library = LSTM(INPUT_SIZE, HIDDEN_SIZE, np.random.default_rng(0), dtype=np.float64)
    library.params.update(layer.params)
    return np.allclose(layer.forward(x, first)[0], library.forward(x, first)[0], rtol=AGREE, atol=AGREE)


def _where_it_stopped(error: Exception) -> str:
    message = error.msg if isinstance(error, SyntaxError) else str(error).partition("\n")[0][:150]
    says = f"With these lines the layer stops with {type(error).__name__}: {message}"
    own = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == FILE]
    number = error.lineno if isinstance(error, SyntaxError) else (own or [None])[-1]
    return f"{says}\nIt happened in line {number}." if number else says
