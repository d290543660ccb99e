"""A schedule with warm-up and cosine as students write it, and the known mistakes in it."""

import math
from collections.abc import Callable

Rate = Callable[[int, float, int, int], float]  # of update, peak, warm-up's length, all updates


def _schedule(wave: Callable[[float], float], **options) -> Rate:
    """Warm-up, then a peak times `wave` of the share of the way, 0 to 1.

    Args: wave; options: `warm`: False for no warm-up; `peak_at`: the update of the peak, and `length`: of the
        rest, functions of the warm-up's length and of all updates; `end`: the largest share.
    """
    warm = options.get("warm", True)
    peak_at = options.get("peak_at", lambda warmup, total: warmup - 1)
    length = options.get("length", lambda warmup, total: total - (warmup - 1))
    end = options.get("end", 1.0)

    def rate(step: int, peak: float, warmup: int, total: int) -> float:
        if warm and step < warmup - 1:
            return peak * (step + 1) / warmup
        return peak * wave(min((step - peak_at(warmup, total)) / length(warmup, total), end))

    return rate


def half_wave(share: float) -> float:
    return (1 + math.cos(math.pi * share)) / 2


schedule = _schedule(half_wave)
MISTAKES: dict[str, Rate] = {
    "there is no warm-up": _schedule(half_wave, warm=False),
    "there is no warm-up, and the cosine begins at update 0": _schedule(
        half_wave, warm=False, peak_at=lambda warmup, total: 0, length=lambda warmup, total: total
    ),
    "the warm-up begins at 0: the first update has peak / warmup_steps": (
        lambda step, peak, warmup, total: (
            peak * step / warmup if step < warmup else schedule(step, peak, warmup, total)
        )
    ),
    "the warm-up begins at 0, and the cosine one update late: the peak is update warmup_steps - 1": (
        lambda step, peak, warmup, total: (
            peak * step / warmup
            if step < warmup
            else peak * half_wave(min((step - warmup) / (total - warmup), 1))
        )
    ),
    "the cosine begins one update late: the peak is update warmup_steps - 1": _schedule(
        half_wave,
        peak_at=lambda warmup, total: warmup if warmup else 0,
        length=lambda warmup, total: total - warmup,
    ),
    "the cosine begins at update 0: it begins at the peak": _schedule(
        half_wave, peak_at=lambda warmup, total: 0, length=lambda warmup, total: total
    ),
    "the cosine takes total_steps from the peak on: it ends at total_steps": _schedule(
        half_wave, length=lambda warmup, total: total
    ),
    "a whole wave is taken, which climbs again: half a wave, cos(pi ...)": _schedule(
        lambda share: half_wave(2 * share)
    ),
    "a quarter of a wave is taken: cos goes from 1 to -1 over half a wave": _schedule(
        lambda share: math.cos(math.pi * share / 2)
    ),
    "only half of the half wave is taken: cos(pi ...), not cos(pi / 2 ...)": _schedule(
        lambda share: half_wave(share / 2)
    ),
    "the cosine is given degrees: math.cos wants radians": _schedule(
        lambda share: (1 + math.cos(180 * share)) / 2
    ),
    "the 1 is missing: (1 + cos(pi ...)) / 2": _schedule(lambda share: math.cos(math.pi * share)),
    "the division by 2 is missing: (1 + cos(pi ...)) / 2": _schedule(lambda share: 2 * half_wave(share)),
    "the rate rises: 1 + cos, not 1 - cos": _schedule(lambda share: 1 - half_wave(share)),
    "the sine is taken: the cosine begins at its peak": _schedule(
        lambda share: (1 + math.sin(math.pi * share)) / 2
    ),
    "the rate falls in a straight line: along half a cosine wave": _schedule(lambda share: 1 - share),
    "the rate climbs again after total_steps: it stays at 0": _schedule(half_wave, end=math.inf),
    "the peak is left out: the factor is to be multiplied by it": (
        lambda step, peak, warmup, total: schedule(step, 1.0, warmup, total)
    ),
    "warm-up and cosine are multiplied all the way: the cosine begins at the peak": (
        lambda step, peak, warmup, total: peak * min(1, (step + 1) / warmup) * half_wave(min(step / total, 1))
    ),
}
