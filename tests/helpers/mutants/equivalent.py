"""Mutants that are not tried: by check, the changed line, and why it is as right as before."""

SAME_SIZE = "both arrays have this size"
NEVER_EQUAL = "a random number equals p with probability 0"
NEVER_EQUAL_TO_IT = "no draw is exactly as far from the mean as the difference is from 0"
UNUSED = "the name is not used"
NEGATIVE = "NumPy takes any negative size for the one to be worked out"
SAME_AXIS = "of two axes, the last one"
OVERWRITTEN = "every entry is set afterwards"
ZERO_AT_PADDING = "a step's gradient is 0 at padding, and nowhere else"
NOT_NEEDED = "a step of beam search does not need the length"
ENDLESS = "no mutant to try: NumPy takes a list that holds itself for an array, and never ends"
RATIOS = "BLEU depends on ratios of counts alone, which the number of sentences leaves as they are"
ZERO = "0 divided by any number is 0"
KILLS_AS_WELL = "a test on other numbers, which kills all mutants as well"

EQUIVALENT: dict[str, dict[str, str]] = {
    "check_numerical_gradient": {"gradient = np.ones_like(x)": OVERWRITTEN},
    "check_lstm_layer": {"for t in range(mask.shape[1]):": SAME_SIZE},
    "check_lstm_layer_backward": {
        "dx, grads = np.ones_like(x), [0, 0, 0]": OVERWRITTEN,
        "for t in reversed(range(mask.shape[1])):": SAME_SIZE,
        "grads = [total + one for total, one in zip(grads, of_step, strict=False)]": SAME_SIZE,
        "dh, dc = np.where(dh_t, dh_t, dh), np.where(real, dc_t, dc)": ZERO_AT_PADDING,
        "dh, dc = np.where(real, dh_t, dh), np.where(dh_t, dc_t, dc)": ZERO_AT_PADDING,
    },
    "check_reverse": {"steps = np.arange(x.shape[1])": SAME_SIZE},
    "check_last_real": {"return h[np.arange(len(mask)), mask.sum(axis=1) - 1]": SAME_SIZE},
    "check_padding_hunt": {
        "real, h, states = mask[:, :, np.newaxis], np.zeros((len(mask), len(b))), []": SAME_SIZE,
        "real, h, states = mask[:, :, np.newaxis], np.zeros((len(x), len(W_h))), []": SAME_SIZE,
        "real, h, states = mask[:, :, np.newaxis], np.zeros((len(x), len(v))), []": SAME_SIZE,
        "for t in range(mask.shape[1]):": SAME_SIZE,
    },
    "check_dropout": {
        "mask = (rng.random(dy.shape) >= p) / (1 - p)": SAME_SIZE,
        "mask = (rng.random(x.shape) > p) / (1 - p)": NEVER_EQUAL,
    },
    "check_variational": {
        "batch, units, units = h.shape": UNUSED,
        "mask = (rng.random((batch, 1, units)) > p) / (1 - p)": NEVER_EQUAL,
    },
    "check_zoneout": {
        "return np.where(rng.random(old.shape) < p, old, new)": SAME_SIZE,
        "return np.where(rng.random(new.shape) <= p, old, new)": NEVER_EQUAL,
    },
    "check_accumulate": {
        "total = sum(tokens for name, _, tokens in parts)": UNUSED,
        "total = sum(tokens for tokens, _, tokens in parts)": UNUSED,
        "total = sum(tokens for _, name, tokens in parts)": UNUSED,
        "total = sum(tokens for _, tokens, tokens in parts)": UNUSED,
        "loss = sum(tokens * loss for loss, name, tokens in parts) / total": UNUSED,
        "loss = sum(tokens * loss for loss, tokens, tokens in parts) / total": UNUSED,
        "names = parts[-1][1]": "all parts have the same names",
        (
            "grads = {name: sum(tokens * grads[name] for tokens, grads, tokens in parts) / total "
            "for name in names}"
        ): UNUSED,
    },
    "check_masked_memory": {"for f_t, a_t in zip(f, a, strict=False):": SAME_SIZE},
    "check_beam_step": {"best = np.argsort(-extended, axis=None)[: len(ended)]": SAME_SIZE},
    "check_forced_loss": {
        "begin = np.full((len(mask), 1), BOS)": SAME_SIZE,
        "of_target = np.take_along_axis(log_p, target[:, :, np.newaxis], axis=2)[:, :, -1]  # (B, T)": (
            "the axis has one entry"
        ),
    },
    "check_masked_softmax": {
        "return exponentials / np.where(exponentials > 0, sums, 1.0)": ZERO,
        "return exponentials / np.where(sums > 0, sums, 2.0)": ZERO,
    },
    "check_project_all": {"return z.reshape(B, T, -2)": NEGATIVE},
    "check_weight_gradients": {
        "rows_x, rows_h, rows_dz = (a.reshape(-2, a.shape[-1]) for a in (x, h_before, dz))": NEGATIVE
    },
    "check_table_gradient": {"return one_hot.T @ dx.reshape(ids.size, -2)": NEGATIVE},
    "check_projection_backward": {
        "dz_rows = np.where(mask[:, :, np.newaxis], dz, 0).reshape(mask.size, -2)": NEGATIVE,
        "dW_x = x.reshape(mask.size, -2).T @ dz_rows": NEGATIVE,
    },
    "check_gru_layer_backward": {
        "(d_x, d_h), dh = np.ones((2, *mask.shape, W_h.shape[1])), 0.0": OVERWRITTEN,
        "for t in reversed(range(dh_all.shape[1])):": SAME_SIZE,
        "for t in reversed(range(h_before.shape[1])):": SAME_SIZE,
    },
    "check_fused_gates": {"H = z.shape[1] / 4": "NumPy takes 2.0 for 2 where it repeats"},
    "check_corpus_bleu": {
        "pairs = [(a.split(), b.split()) for a, b in zip(hypotheses, references, strict=False)]": SAME_SIZE,
        "p.append(matched / sum(len(ngrams(a, n)) for a, b in pairs))": UNUSED,
        "p.append(matched / sum(len(ngrams(a, n)) for a, hypotheses in pairs))": UNUSED,
    },
    "check_clip": {"factor = max_norm / norm if norm >= max_norm else 1.0": "at equality both are 1"},
    "check_schedule": {"if step <= peak_step:": "at the peak both branches give it"},
    "check_gru_transfer": {
        "r, u, n = np.split(a, 3, axis=+1)": SAME_AXIS,
        "return np.concatenate([u, r, n], axis=+1)": SAME_AXIS,
    },
    "check_chrf": {"return 500 * p * q / (4 * p + q) if q > 0 else 0.0": "both are 0, or neither"},
    "check_holm": {
        "order, adjusted, highest = np.argsort(p_values), np.ones(len(p_values)), 0.0": OVERWRITTEN,
        "highest = max(highest, (len(p_values) - k) * p_values[place])": SAME_SIZE,
        "highest = max(highest, (len(adjusted) - k) * p_values[place])": SAME_SIZE,
    },
    "check_paired_bootstrap": {
        "p = (1 + np.sum(np.abs(d - d.mean()) > abs(difference))) / (1 + samples)": NEVER_EQUAL_TO_IT,
        "drawn = rng.integers(len(second), size=len(first))": SAME_SIZE,
        "drawn = rng.integers(len(first), size=len(second))": SAME_SIZE,
        "a, b = (bleu_from_statistics(system[drawn].mean(axis=0)) for system in (first, second))": RATIOS,
        "difference = bleu_from_statistics(first.mean(axis=0)) - bleu_from_statistics(second.sum(axis=0))": (
            RATIOS
        ),
        "difference = bleu_from_statistics(first.sum(axis=0)) - bleu_from_statistics(second.mean(axis=0))": (
            RATIOS
        ),
    },
    "check_greedy": {
        "for length in range(length):": UNUSED,
        "rows.append(rows)": ENDLESS,
    },
    "check_beam_search": {
        "prefixes, state, found = np.full((size, 1), BOS), np.repeat(state, size, axis=-1), []": SAME_AXIS,
        "totals, parents, words = beam_step(totals, ended, log_p, t - 1)": NOT_NEEDED,
        "totals, parents, words = beam_step(totals, ended, log_p, t + 2)": NOT_NEEDED,
        "totals, parents, words = beam_step(totals, ended, log_p, t + 0)": NOT_NEEDED,
        "totals, parents, words = beam_step(totals, ended, log_p, length + 1)": NOT_NEEDED,
        "totals, parents, words = beam_step(totals, ended, log_p, totals + 1)": NOT_NEEDED,
        "prefixes, size, found = np.full((size, 1), BOS), np.repeat(state, size, axis=0), []": (
            "at the first step one prefix alone is continued, and NumPy spreads its state over all"
        ),
    },
    "check_killing_test": dict.fromkeys(
        [
            "draw, mask = np.random.default_rng(6), np.arange(5) < np.array([[5], [2], [1], [0]])",
            "draw, mask = np.random.default_rng(4), np.arange(5) < np.array([[5], [2], [1], [0]])",
            "draw, mask = np.random.default_rng(5), np.arange(5) > np.array([[5], [2], [1], [0]])",
            "draw, mask = np.random.default_rng(5), np.arange(5) < np.array([[6], [2], [1], [0]])",
            "draw, mask = np.random.default_rng(5), np.arange(5) < np.array([[4], [2], [1], [0]])",
            "draw, mask = np.random.default_rng(5), np.arange(5) < np.array([[5], [3], [1], [0]])",
            "draw, mask = np.random.default_rng(5), np.arange(5) < np.array([[5], [1], [1], [0]])",
            "draw, mask = np.random.default_rng(5), np.arange(5) < np.array([[5], [2], [2], [0]])",
            "draw, mask = np.random.default_rng(5), np.arange(5) < np.array([[5], [2], [0], [0]])",
            "draw, mask = np.random.default_rng(5), np.arange(5) < np.array([[5], [2], [1], [-1]])",
            "for far in (0.0, 2000.0, -1000.0):  # no score is too large, and none too small",
            "for far in (0.0, 0.0, -1000.0):  # no score is too large, and none too small",
            "for far in (0.0, 1000.0, +1000.0):  # no score is too large, and none too small",
            "for far in (0.0, 1000.0, -2000.0):  # no score is too large, and none too small",
            "for far in (0.0, 1000.0, -0.0):  # no score is too large, and none too small",
            "scores = 4 * draw.standard_normal((4, 3, 5))",
            "scores = 2 * draw.standard_normal((4, 3, 5))",
            "scores = 3 / draw.standard_normal((4, 3, 5))",
            "scores = 3 * draw.standard_normal((4, 4, 5))",
            "scores = 3 * draw.standard_normal((4, 2, 5))",
            "wanted = e / np.maximum(e.sum(axis=2, keepdims=True), 2e-300)",
        ],
        KILLS_AS_WELL,
    ),
    "check_self_attention": {
        "e = (x @ W_q) @ (x @ W_k).swapaxes(1, 2) / np.sqrt(W_k.shape[1])  # (B, T, T)": SAME_SIZE,
        "return exponentials / np.where(exponentials > 0, sums, 1.0) @ (x @ W_v)": ZERO,
        "return exponentials / np.where(sums > 0, sums, 2.0) @ (x @ W_v)": ZERO,
    },
}
