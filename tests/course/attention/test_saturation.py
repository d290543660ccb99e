"""What is measured after a few updates: shares, entropies, and always the same for one seed."""

import numpy as np

from course.attention.reading import held_out, trained_translator
from course.attention.saturation import after_updates


def test_the_same_seed_gives_the_same_rows_and_none_is_saturated_at_first():
    first = after_updates("luong-general-scaled", seed=0, updates=1)
    assert first == after_updates("luong-general-scaled", seed=0, updates=1)
    assert first.saturated == 0.0
    assert 1.5 < first.entropy < np.log(9)
    assert first.loss > 6  # near ln V


def test_held_out_pairs_are_of_the_trained_length_and_have_known_words():
    translator, pairs = trained_translator(), held_out(50)
    assert len(pairs) == 50
    for pair in pairs:
        assert not translator.unknown(pair.source)
        assert 3 <= len(translator.source_codec.encode(pair.source)) <= 8
    assert pairs[0].source == "Tom said that he wasn't hungry."
