"""A run's weights in PyTorch and back: the same bits, numbers and training; damage is refused."""

import io
import json
import os
import pickle
import re
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace

import numpy as np
import pytest

from course.corpora.dates import dates_corpus
from course.shared.gradcheck import randomize
from figures.lab.setting import FIGURES
from lstm_lib import runs
from lstm_lib.__main__ import main
from lstm_lib.errors import UserError
from lstm_lib.nn.losses import log_softmax
from lstm_lib.seq2seq.model import ModelConfig, Seq2Seq
from lstm_lib.text.batching import make_batch
from lstm_lib.text.vocabulary import UNK
from lstm_lib.training import Adam
from lstm_lib.training.step import take_step
from lstm_lib.translator import Translator

torch = pytest.importorskip("torch")

from figures.frameworks.exchange import handover, torch_training, worked_example  # noqa: E402
from figures.frameworks.exchange.torch_model import (  # noqa: E402
    TorchSeq2Seq,
    from_state_dict,
    place_and_score,
    to_state_dict,
)
from figures.frameworks.twins.pytorch import Model  # noqa: E402

SIZES = {"source_size": 11, "target_size": 13, "embedding_size": 5, "hidden_size": 6, "label_smoothing": 0.1}
LENGTHS = [(3, 5), (6, 2), (1, 4), (4, 1), (2, 0)]  # words of source and target: ragged
TWINS = {"lstm": {}, "gru": {"cell": "gru"}}
CONFIGS = {
    **TWINS,
    "relu network, one direction": {"cell": "rnn", "activation": "relu", "bidirectional": False},
    "three layers": {"num_layers": 3},
    "two layers of a GRU, one direction": {"cell": "gru", "num_layers": 2, "bidirectional": False},
    "narrow encoder": {"encoder_size": 4, "num_layers": 2},
    "Bahdanau, general, scaled": {"attention": "bahdanau-general-scaled", "encoder_size": 4},
    "Bahdanau, dot, scaled": {"attention": "bahdanau-dot-scaled", "encoder_size": 3},
    "Luong, dot": {"attention": "luong-dot", "bidirectional": False},
    "Luong, general, fed": {"attention": "luong-general", "input_feeding": True, "cell": "gru"},
    "Luong, concat, fed, two layers": {"attention": "luong-concat", "input_feeding": True, "num_layers": 2},
    "no attention": {"attention": "none", "num_layers": 2},
    "tied embeddings": {"tied_embeddings": True},
}


def make_model(name, dtype=np.float64, **options):
    rng = np.random.default_rng(0)
    model = Seq2Seq(ModelConfig(**SIZES | CONFIGS[name] | options), rng, dtype)
    randomize(model.params, rng, scale=0.7)
    return model


def there(model):
    """The same model in PyTorch."""
    return handover.model_of(Translator(model, None, None))


def make_batches(count=1):
    rng = np.random.default_rng(1)

    def words(length, size):
        return rng.integers(UNK, size, length).tolist()

    return [make_batch([(words(s, 11), words(t, 13)) for s, t in LENGTHS]) for _ in range(count)]


def tensors(batch):
    source, source_mask, target_in, _, target_mask = map(torch.from_numpy, batch)
    return source, source_mask, target_in, target_mask


# The model


@pytest.mark.parametrize("name", CONFIGS)
def test_weights_come_back_with_the_same_bits(name, tmp_path):
    model = make_model(name, np.float32)
    model.params["output.b"][:2] = [-0.0, np.float32(1e-45)]  # which sums and other formats lose
    key = next(key for key in model.params if key.endswith("rnn.0.b") or key.endswith("forward.b"))
    model.params[key][:2] = [-0.0, np.float32(1e-45)]
    handover.write_weights(tmp_path / "weights.pt", there(model).state_dict())
    weights = handover.read_weights(tmp_path / "weights.pt", to_state_dict(model.params))
    back = from_state_dict(weights, model.params)
    assert list(back) == list(model.params)
    for key, array in model.params.items():
        assert back[key].dtype == np.float32 and not np.shares_memory(back[key], array)
        np.testing.assert_array_equal(back[key].view(np.uint32), array.view(np.uint32), err_msg=key)


@pytest.mark.parametrize("name", CONFIGS)
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-10), (np.float32, 2e-5)])
def test_every_logit_is_numpys_up_to_a_constant(name, dtype, tolerance):
    model, (batch,) = make_model(name, dtype, dropout=0.3), make_batches()
    memory, state = model.begin(batch.source, batch.source_mask)
    steps = []
    for ids in batch.target_in.T:
        log_p, state, _ = model.next_log_probabilities(ids, state, memory)
        steps.append(log_p.copy())
    wanted = np.stack(steps, axis=1)[batch.target_mask]
    with torch.inference_mode():
        logits = there(model).eval()(*tensors(batch)).numpy()
    assert logits.dtype == dtype
    np.testing.assert_allclose(log_softmax(logits), wanted, rtol=0, atol=tolerance)


@pytest.mark.parametrize("name", CONFIGS)
def test_loss_and_every_gradient_are_numpys(name):
    model, (batch,) = make_model(name), make_batches()
    loss, grads, _ = model.loss_and_grads(batch)
    double = there(model)
    got = torch_training.loss_of(double, batch, model.config.label_smoothing)
    got.backward()
    np.testing.assert_allclose(got.item(), loss, rtol=0, atol=1e-10)
    theirs = {
        key: np.zeros(weight.shape) if weight.grad is None else weight.grad.numpy()
        for key, weight in double.named_parameters()
    }
    for key, grad in from_state_dict(theirs, model.params).items():
        assert np.abs(grad).max() > 0, key
        np.testing.assert_allclose(grad, grads[key], rtol=0, atol=1e-10, err_msg=key)


@pytest.mark.parametrize("name", CONFIGS)
def test_the_first_updates_take_numpys_path(name):
    model = make_model(name)
    double, batches = there(model), make_batches(3)
    ours, theirs = Adam(), torch.optim.Adam([p for p in double.parameters() if p.requires_grad])
    ours.state = ours.initial_state(model.params)
    for step in range(9):
        theirs.param_groups[0]["lr"] = rate = 0.01 / (1 + step)
        batch = batches[step % 3]
        loss = take_step(model, ours, batch, None, rate, 1.0).loss
        # PyTorch's clipping adds 1e-6 to the norm.
        np.testing.assert_allclose(torch_training.take_step(double, theirs, batch, 1.0), loss, atol=1e-5)
    back = from_state_dict({key: each.numpy() for key, each in double.state_dict().items()}, model.params)
    for key, array in model.params.items():
        np.testing.assert_allclose(back[key], array, rtol=0, atol=1e-4, err_msg=key)


@pytest.mark.parametrize("name", TWINS)
def test_the_benchmarks_twin_takes_the_same_state_dict(name):
    model, (batch,) = make_model(name), make_batches()
    double = there(model).eval()
    twin = Model(model.config).double().eval()
    twin.load_state_dict(double.state_dict())  # strict: names and shapes are the same
    with torch.inference_mode():
        torch.testing.assert_close(twin(*tensors(batch)), double(*tensors(batch)))


def test_both_trained_biases_come_back_as_their_sum():
    model, (batch,) = make_model("three layers"), make_batches()
    double = there(model).eval()
    with torch.no_grad():
        for key, weight in double.state_dict().items():
            if "bias_hh" in key:
                weight += torch.rand_like(weight)
        wanted = double(*tensors(batch)).numpy()
    weights = {key: each.numpy() for key, each in double.state_dict().items()}
    for key, array in from_state_dict(weights, model.params).items():
        model.params[key][...] = array
    with torch.inference_mode():
        np.testing.assert_allclose(there(model).eval()(*tensors(batch)).numpy(), wanted, atol=1e-12)


def test_dropout_is_on_in_training_alone():
    model, (batch,) = make_model("three layers", dropout=0.4), make_batches()
    double = there(model)
    noisy = {torch_training.loss_of(double.train(), batch).item() for _ in range(4)}
    still = {torch_training.loss_of(double.eval(), batch).item() for _ in range(4)}
    assert len(noisy) == 4 and len(still) == 1
    assert double.encoder.dropout == 0.4


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"recurrent_dropout": 0.2}, "recurrent_dropout is 0.2; the model in PyTorch has only 0.0"),
        ({"scheduled_sampling": 0.1}, "scheduled_sampling is 0.1"),
        ({"activation": "relu"}, "activation is 'relu'; the model in PyTorch has only tanh"),
        ({"gate_activation": "tanh"}, "gate_activation is 'tanh'"),
    ],
)
def test_what_pytorchs_layers_lack_is_named(options, told):
    with pytest.raises(ValueError, match=told):
        TorchSeq2Seq(ModelConfig(**SIZES, **options))


def test_every_attention_has_a_place_and_a_score():
    assert place_and_score("none") == (None, None)
    assert place_and_score("bahdanau") == ("before", "additive")
    assert place_and_score("luong-concat") == ("after", "additive")
    assert place_and_score("luong-general-scaled") == ("after", "general")
    assert place_and_score("bahdanau-dot-scaled") == ("before", "dot")


# The commands


def run(*arguments):
    """Run a command.  Returns: status, what it printed, what it complained of."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        status = main([str(argument) for argument in arguments])
    return status, out.getvalue(), err.getvalue()


def refused(*arguments):
    """Run a command that must end with one line and status 2.  Returns: the line."""
    status, _, err = run(*arguments)
    assert status == 2 and err.startswith("lstm_lib: ") and err.count("\n") == 1, err
    return err


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """The options that name a small corpus of spoken dates."""
    folder = tmp_path_factory.mktemp("own")
    pairs = dates_corpus(train_size=400, dev_size=0, test_size=0).train[::2]
    (folder / "my.en").write_text("".join(f"{pair.source}\n" for pair in pairs))
    (folder / "my.fr").write_text("".join(f"{pair.target}\n" for pair in pairs))
    return "--source-file", folder / "my.en", "--target-file", folder / "my.fr"


TINY = ("--hidden-size", 16, "--embedding-size", 12, "--epochs", 1, "--batch-size", 16, "--warmup-steps", 3)
TINY += ("--attention", "bahdanau", "--tied-embeddings")


@pytest.fixture(scope="module")
def trained(own, tmp_path_factory):
    """A run."""
    folder = tmp_path_factory.mktemp("trained") / "run"
    assert run("train", *own, *TINY, "--out", folder)[0] == 0
    return folder


@pytest.fixture
def exported(trained, tmp_path):
    """The same for PyTorch."""
    status, told, err = run("export", trained, tmp_path / "there", "--to", "torch")
    assert (status, err) == (0, "") and "parameters to" in told
    return tmp_path / "there"


def best(folder):
    return Translator.load(folder).model.params


def test_a_run_goes_there_and_comes_back(trained, exported, tmp_path):
    assert {path.name for path in exported.iterdir()} == {
        "config.json", "source.codec", "target.codec", "weights.pt",
    }  # fmt: skip
    assert run("export", exported, tmp_path / "back", "--to", "numpy")[0] == 0
    before, after = best(trained), best(tmp_path / "back")
    assert list(before) == list(after)
    for key, array in before.items():
        np.testing.assert_array_equal(after[key].view(np.uint32), array.view(np.uint32), err_msg=key)
    config, was = (json.loads((each / "config.json").read_text()) for each in (tmp_path / "back", trained))
    assert config.pop("by_way_of") == f"PyTorch {torch.__version__}" and config == was


def test_trained_on_there_it_translates_and_trains_on_here(own, exported, trained, tmp_path, capsys):
    first = torch_training.development_loss(*loaded(exported))
    assert torch_training.main([str(exported), "--epochs", "3", "--learning-rate", "0.01"]) == 0
    assert capsys.readouterr().out.count("development loss") == 3
    last = torch_training.development_loss(*loaded(exported))
    assert last < 0.9 * first
    back = tmp_path / "back"
    assert run("export", exported, back, "--to", "numpy")[0] == 0
    model, batches = Translator.load(back).model, loaded(exported)[1]
    total, tokens = np.sum([model.loss(batch) for batch in batches], axis=0)
    assert total / tokens == pytest.approx(last, rel=1e-5)
    status, text, _ = run("translate", back, "the third of May")
    assert status == 0 and text.strip() == Translator.load(back).best(["the third of May"])[0]
    status, told, err = run("evaluate", back)
    assert (status, err) == (0, "") and "BLEU" in told
    further = ("--init-from", back, *own, "--epochs", 1, "--out", tmp_path / "further")
    assert run("train", *further)[0] == 0


def loaded(folder):
    """The model of a folder in PyTorch, and the batches of the run's development part."""
    from lstm_lib import runs
    from lstm_lib.text.batching import bucketed_batches, encode_pairs

    translator = handover.read_translator(folder)
    pairs = runs.read_corpus(runs.read_recipe(folder)).dev
    encoded = encode_pairs(pairs, translator.source_codec, translator.target_codec)
    return handover.open_model(folder), bucketed_batches(encoded, 16, np.random.default_rng(0))


def test_the_best_weights_stay_where_training_ends_worse(exported, monkeypatch):
    told, seen = iter([4.0, 3.0, 1.0, 2.0]), []

    def development_loss(model, batches):
        seen.append({key: each.clone() for key, each in model.state_dict().items()})
        return next(told)

    monkeypatch.setattr(torch_training, "development_loss", development_loss)
    torch_training.train_on(exported, 3)
    kept = torch.load(exported / "weights.pt", weights_only=True)
    for epoch, weights in enumerate(seen):
        assert all(torch.equal(kept[key], each) for key, each in weights.items()) == (epoch == 2)


def test_a_training_that_only_harms_leaves_the_weights(exported, monkeypatch):
    before = (exported / "weights.pt").read_bytes()
    found = torch_training.train_on(exported, 2, learning_rate=1e12)
    assert min(epoch.dev_loss for epoch in found) > 1e9
    assert (exported / "weights.pt").read_bytes() == before
    monkeypatch.setattr(torch_training, "development_loss", lambda model, batches: float("nan"))
    with pytest.raises(UserError, match="training diverged; try a lower --learning-rate"):
        torch_training.train_on(exported, 1)
    assert (exported / "weights.pt").read_bytes() == before


@pytest.mark.parametrize("options", [["--epochs", "0"], ["--epochs", "1", "--device", "nonsense"]])
def test_options_of_the_training_that_cannot_be(exported, options):
    with pytest.raises(UserError, match=r"--epochs 0: wanted|--device nonsense: .*; name another one"):
        torch_training.main([str(exported), *options])


def test_a_shipped_model_is_known_by_its_name(tmp_path):
    assert run("export", "tatoeba-small", tmp_path / "there", "--to", "torch")[0] == 0
    assert run("export", tmp_path / "there", tmp_path / "back", "--to", "numpy")[0] == 0
    texts = ["Where is the train station?", "thank you."]
    assert Translator.load(tmp_path / "back").best(texts) == Translator.load("tatoeba-small").best(texts)


# Bad input: one line, status 2, nothing written


class Trap:
    """An object whose unpickling would make a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def edited(**changes):
    """Replace entries of the state dict; None removes one."""

    def change(path):
        weights = torch.load(path, weights_only=True) | changes
        torch.save({key: each for key, each in weights.items() if each is not None}, path)

    return change


def untied(path):
    """Train one of the two names of the matrix without the other."""
    edited(**{"output.weight": torch.load(path, weights_only=True)["output.weight"] + 1})(path)


def written(content):
    return lambda path: path.write_bytes(content)


def sprung(path):
    with open(path, "wb") as file:
        pickle.dump({"output.bias": Trap(path.parent / "sprung")}, file)


def sprung_in_a_zip(path):
    torch.save({"output.bias": Trap(path.parent / "sprung")}, path)


DAMAGE = {
    "a key is missing": (edited(**{"output.bias": None}), "'output.bias' is missing"),
    "a key too many": (edited(more=torch.zeros(3)), "'more' is not wanted here"),
    "a number for a name": (lambda path: torch.save({3: torch.zeros(2)}, path), "3 is not wanted here"),
    "another shape": (edited(score=torch.zeros(3)), r"'score' is of shape (3,), not (16,)"),
    "integers": (edited(score=torch.zeros(16, dtype=torch.int32)), "'score' is of torch.int32"),
    "sparse": (edited(score=torch.zeros(16).to_sparse()), "'score' is of torch.float32, torch.sparse_coo"),
    "no tensor": (edited(score=[0.0] * 16), "'score' is a list, not a tensor"),
    "a checkpoint of more": (
        lambda path: torch.save({"model": {}, "epoch": 3}, path),
        "'epoch' is not wanted",
    ),
    "not finite": (edited(score=torch.full((16,), torch.nan)), "its training diverged"),
    "too large": (edited(score=torch.full((16,), 1e300, dtype=torch.float64)), "its training diverged"),
    "two matrices for one": (untied, "differ, and this model has one matrix for both"),
    "a list": (lambda path: torch.save([torch.zeros(2)], path), "holds a list; save model.state_dict()"),
    "pickled objects": (sprung, "holds no whole state dict of tensors alone"),
    "pickled objects in a zip": (sprung_in_a_zip, "holds no whole state dict of tensors alone"),
    "text": (written(b"hello\n" * 99), "holds no whole state dict of tensors alone"),
    "nothing": (written(b""), "holds no whole state dict of tensors alone"),
    "half": (lambda path: path.write_bytes(path.read_bytes()[:5000]), "holds no whole state dict"),
    "a folder": (lambda path: (path.unlink(), path.mkdir()), "cannot be read"),
    "gone": (lambda path: path.unlink(), "holds no weights.pt; name a folder that export --to torch wrote"),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_damaged_weights_are_refused(exported, tmp_path, name):
    damage, told = DAMAGE[name]
    damage(exported / "weights.pt")
    assert told in refused("export", exported, tmp_path / "back", "--to", "numpy")
    assert {path.name for path in tmp_path.iterdir()} == {"there"}
    assert not (exported / "sprung").exists()


def test_other_floats_become_single_precision(exported, tmp_path):
    for dtype in (torch.float64, torch.float16, torch.bfloat16):
        weights = torch.load(exported / "weights.pt", weights_only=True)
        torch.save({key: each.to(dtype) for key, each in weights.items()}, exported / "weights.pt")
        back = tmp_path / f"{dtype}"
        assert run("export", exported, back, "--to", "numpy")[0] == 0
        np.testing.assert_allclose(best(back)["decoder.attention.v"], weights["score"].numpy(), rtol=0.01)


def test_a_damaged_config_or_codec_is_refused(exported, tmp_path):
    config = exported / "config.json"
    whole = config.read_text()
    for text, told in (
        (whole[:200], "damaged, or not a config of a run"),
        (whole.replace('"hidden_size": 16', '"hidden_size": "x"', 1), "not a config of this version"),
        (
            whole.replace('"recurrent_dropout": 0.0', '"recurrent_dropout": 0.5', 1),
            "recurrent_dropout is 0.5",
        ),
    ):
        assert text != whole
        config.write_text(text)
        assert told in refused("export", exported, tmp_path / "back", "--to", "numpy")
    config.write_text(whole)
    (exported / "source.codec").write_bytes(b"{}")
    assert "source.codec: missing or damaged" in refused("export", exported, tmp_path / "b", "--to", "numpy")
    assert {path.name for path in tmp_path.iterdir()} == {"there"}


def test_the_wrong_folder_is_told(trained, exported, tmp_path):
    assert "holds no weights.pt" in refused("export", trained, tmp_path / "back", "--to", "numpy")
    assert "holds no trained model" in refused("export", tmp_path, tmp_path / "back", "--to", "numpy")
    assert "last.npz" in refused("export", exported, tmp_path / "back", "--to", "torch")
    assert "exists already" in refused("export", trained, exported, "--to", "torch")
    assert {path.name for path in tmp_path.iterdir()} == {"there"}


def test_a_run_that_pytorch_cannot_train_is_refused(own, tmp_path):
    noisy = ("--recurrent-dropout", 0.2, "--out", tmp_path / "run")
    assert run("train", *own, *TINY, *noisy)[0] == 0
    told = refused("export", tmp_path / "run", tmp_path / "there", "--to", "torch")
    assert "run: recurrent_dropout is 0.2; the model in PyTorch has only 0.0" in told
    assert {path.name for path in tmp_path.iterdir()} == {"run"}


def test_options_of_the_search_have_no_place_there(trained, tmp_path):
    for option in (("--beam-size", 3), ("--length-penalty", 0.5), ("--copy-unknown",)):
        line = refused("export", trained, tmp_path / "there", "--to", "torch", *option)
        assert "--to torch scores nothing: leave out the options of the search" in line
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
@pytest.mark.parametrize(
    ("to", "name"), [("torch", "weights.pt"), ("torch", "config.json"), ("numpy", "best.npz")]
)
def test_a_full_disk_leaves_nothing(trained, exported, tmp_path, full_disk, to, name):
    source = trained if to == "torch" else exported
    with full_disk(name):
        line = refused("export", source, tmp_path / "new", "--to", to)
    assert f"{tmp_path / 'new' / name}: cannot be written" in line and "free some space" in line
    assert {path.name for path in tmp_path.iterdir()} == {"there"}


# The page that shows it


def test_the_pages_commands_do_what_it_says(tmp_path, monkeypatch):
    """In order, as they stand there, on the first of the dates."""
    corpus = runs.load_corpus("dates")
    short = replace(corpus, train=corpus.train[:640], dev=corpus.dev[:32], test=corpus.test[:32])
    monkeypatch.setattr(runs, "load_corpus", lambda name: {"dates": short}[name])
    monkeypatch.chdir(tmp_path)
    text = (FIGURES / "SCALE.md").read_text(encoding="utf-8")
    place = re.search(r"## Leave, and come back\n.*?\n\n((?:    python -m [^\n]*\n)+)", text, re.DOTALL)
    lines = [line.split()[2:] for line in place[1].splitlines()]
    assert [module for module, *_ in lines].count("lstm_lib") == len(lines) - 1 == 4
    for module, *arguments in lines:
        if module == "lstm_lib":
            assert run(*arguments)[::2] == (0, "")
        else:
            assert module == torch_training.__name__ and torch_training.main(arguments) == 0
    assert {path.name for path in (tmp_path / "runs").iterdir()} == {"early", "there", "back"}
    assert handover.open_model("runs/there").config == Translator.load("runs/back").model.config


def test_the_example_runs(tmp_path, monkeypatch):
    corpus = runs.load_corpus("dates")
    short = replace(corpus, train=corpus.train[:640], dev=corpus.dev[:32], test=corpus.test[:32])
    monkeypatch.setattr(runs, "load_corpus", lambda name: {"dates": short}[name])
    configuration = {"options": worked_example.OPTIONS, "further": worked_example.FURTHER}
    found = worked_example.there_and_back(configuration, 1)
    assert set(found["scores"]) == set(worked_example.STAGES) and found["same_bits"] is True
    assert found["scores"]["untouched"] == found["scores"]["trained"]
    later = [found["scores"][stage]["perplexity"] for stage in ("trained", "pytorch", "numpy")]
    assert later[1] < later[0] and later[2] < later[0]
    assert found["versions"] == {"torch": torch.__version__}
    assert json.loads(json.dumps(found)) == found
