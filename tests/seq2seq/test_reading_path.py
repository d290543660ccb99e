"""How many files somebody has to open who follows one batch from its words to the loss and back."""

import sys
from pathlib import Path

import numpy as np

import lstm_lib
from lstm_lib.seq2seq.model import ModelConfig, Seq2Seq
from lstm_lib.text.batching import make_batch

FILES = {
    "nn": {"attention", "dropout", "layers", "losses", "lstm", "recurrent", "stacked"},
    "seq2seq": {"decoder", "encoder", "model"},
}


def test_a_training_step_of_the_default_model_enters_ten_files():
    model = Seq2Seq(ModelConfig(10, 10, 4, 4, dropout=0.2, label_smoothing=0.1), np.random.default_rng(0))
    batch = make_batch([([4, 5, 6], [7, 8]), ([9], [4, 5, 6])])
    entered = {room: set() for room in FILES}

    def note(frame, event, argument):
        path = Path(frame.f_code.co_filename)
        room = path.parent
        if event == "call" and room.name in FILES and room.parent == Path(lstm_lib.__path__[0]):
            entered[room.name].add(path.stem)

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        model.loss_and_grads(batch, np.random.default_rng(0))
    finally:
        sys.setprofile(before)
    assert entered == FILES
    assert sum(map(len, entered.values())) <= 10
