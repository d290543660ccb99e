"""A translator: a model and the two vocabularies that stand between it and text."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from lstm_lib.errors import UserError
from lstm_lib.parallel import ParallelSearch
from lstm_lib.seq2seq.model import ModelConfig, Seq2Seq
from lstm_lib.seq2seq.search import Hypothesis, Rules
from lstm_lib.storage import atomic_file, disk_errors
from lstm_lib.text.batching import pad_sources
from lstm_lib.text.codecs import CODECS, TextCodec
from lstm_lib.text.corpus import clean
from lstm_lib.text.vocabulary import BOS, EOS, PAD, UNK
from lstm_lib.training.checkpoint import Checkpoint, copy_into, load_checkpoint, save_checkpoint

CONFIG_FILE = "config.json"
FORMAT = "lstm_lib translator"
RULES = Rules(BOS, EOS, forbidden=(PAD, BOS, UNK))


class Translation(NamedTuple):
    """One translation of one sentence."""

    source: str
    text: str
    score: float  # log probability over the length penalty: what translations are ranked by
    log_probability: float  # in nats
    source_pieces: list[str]  # what the model read, end of sentence included: the attention's columns
    target_pieces: list[
        str
    ]  # what it wrote, end of sentence included if it was reached: the attention's rows
    attention: np.ndarray | None  # (target pieces, source pieces)


class Translator:
    """Text in, text out."""

    def __init__(self, model: Seq2Seq, source_codec: TextCodec, target_codec: TextCodec):
        self.model, self.source_codec, self.target_codec = model, source_codec, target_codec

    def translate(
        self,
        texts: Sequence[str],
        *,
        beam_size: int = 5,
        length_penalty: float = 1.0,
        n_best: int = 1,
        batch_size: int = 64,
        workers: int = 1,
    ) -> list[list[Translation]]:
        """Translate sentences.

        Args: texts; beam_size: 1 is greedy; length_penalty: alpha of Wu et al. (2016); n_best: how many for
        each;
            batch_size: sentences that one process searches at once (sorted by length); workers: number of
            processes.  Both change the speed alone.
        Returns: for each text its n_best translations (fewer if there are no more), best first; of an empty
            text one empty translation.
        Raises: UserError where 1 <= n_best <= beam_size does not hold.
        """
        if not 1 <= n_best <= beam_size:
            raise UserError(f"--beam-size {beam_size} --n-best {n_best}: wanted 1 <= n-best <= beam-size")
        encoded = [self.source_codec.encode(clean(text)) for text in texts]
        results: list[list[Translation]] = [[Translation(text, "", 0.0, 0.0, [], [], None)] for text in texts]
        order = sorted((k for k in range(len(texts)) if encoded[k]), key=lambda k: len(encoded[k]))
        with ParallelSearch(self.model, workers) as search:
            for start in range(0, len(order), batch_size * workers):
                chunk = order[start : start + batch_size * workers]
                found = self._search(
                    search,
                    [encoded[k] for k in chunk],
                    beam_size,
                    length_penalty_alpha=length_penalty,
                    n_best=n_best,
                )
                for k, hypotheses in zip(chunk, found, strict=True):
                    pieces = self.source_codec.pieces([*encoded[k], EOS])
                    results[k] = [self._translation(texts[k], pieces, found) for found in hypotheses]
        return results

    def unknown(self, text: str) -> list[str]:
        """What of a text the model does not know."""
        return self.source_codec.unknown(clean(text))

    def best(self, texts: Sequence[str], **options: Any) -> list[str]:
        """The best translation of each text, as text alone.  Args: as for `translate`."""
        return [found[0].text for found in self.translate(texts, **options)]

    def _search(
        self, search: ParallelSearch, encoded: list[list[int]], beam_size: int, **options: Any
    ) -> list[list[Hypothesis]]:
        """Raises: UserError where the model has diverged so far that nothing has a probability."""
        source, mask = pad_sources(encoded)
        with np.errstate(over="ignore", invalid="ignore"):
            if beam_size == 1:
                return [[hypothesis] for hypothesis in search.greedy(source, mask, RULES)]
            found = search.beam_search(source, mask, RULES, beam_size=beam_size, **options)
        if not all(found):
            raise UserError("the model's training diverged; train again with a lower --learning-rate")
        return found

    def _translation(self, text: str, source_pieces: list[str], hypothesis: Hypothesis) -> Translation:
        ids, attention = hypothesis.ids, hypothesis.attention
        ended = attention is not None and len(attention) > len(ids)
        target_pieces = self.target_codec.pieces([*ids, EOS] if ended else ids)
        return Translation(
            text,
            self.target_codec.decode(ids),
            hypothesis.score,
            hypothesis.log_probability,
            source_pieces,
            target_pieces,
            attention,
        )

    # The part of a run's folder that says how to translate

    def save(self, run_dir: Path, about: dict[str, Any]) -> None:
        """Write vocabularies and `config.json` (last, so that a folder with one is whole), not the
        parameters.

        Args: run_dir: made if need be.  about: what else the config should tell, fit for JSON.
        Raises: UserError where the folder cannot be written.
        """
        with disk_errors(run_dir):
            run_dir.mkdir(parents=True, exist_ok=True)
        for path, content in self.codec_files(run_dir).items():
            with atomic_file(path) as file:
                file.write(content)
        config = {
            "format": FORMAT,
            "codec": self.source_codec.kind,
            "model": asdict(self.model.config),
            **about,
        }
        with atomic_file(run_dir / CONFIG_FILE) as file:
            file.write(json.dumps(config, indent=2, ensure_ascii=False).encode() + b"\n")

    def export(self, folder: Path, about: dict[str, Any]) -> None:
        """Write a translator that `load` reads, its parameters in half precision.

        Args: folder: made if need be.  about: as for `save`.
        Raises: UserError where the folder cannot be written.
        """
        half = {key: array.astype(np.float16) for key, array in self.model.params.items()}
        with disk_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
        save_checkpoint(folder / "best.npz", Checkpoint(half))
        self.save(folder, about)

    def codec_files(self, run_dir: Path) -> dict[Path, bytes]:
        """The files that hold the vocabularies, and their contents."""
        codecs = {"source": self.source_codec, "target": self.target_codec}
        return {run_dir / f"{side}.codec": codec.to_bytes() for side, codec in codecs.items()}

    @classmethod
    def load(cls, run_dir: str | Path) -> "Translator":
        """Read a translator from a run's folder, with its best parameters (the newest, before the first
        evaluation).

        Raises: UserError where a file is missing, damaged or of something else.
        """
        run_dir = Path(run_dir)
        config = read_config(run_dir)
        try:
            model = Seq2Seq(ModelConfig(**config["model"]), np.random.default_rng(0))
            kind = CODECS[config["codec"]]
        except (KeyError, TypeError, ValueError) as error:
            raise UserError(
                f"{run_dir / CONFIG_FILE}: not a config of this version ({error}); train again"
            ) from error
        source_codec = read_codec(run_dir / "source.codec", kind, model.config.source_size)
        target_codec = read_codec(run_dir / "target.codec", kind, model.config.target_size)
        path = run_dir / "best.npz"
        path = path if path.exists() else run_dir / "last.npz"
        params = load_checkpoint(path).params
        halves = {key: array.astype(np.float32) for key, array in params.items() if array.dtype == np.float16}
        copy_into(model.params, params | halves, path)
        if not all(np.isfinite(array).all() for array in model.params.values()):
            raise UserError(f"{path}: its training diverged; train again with a lower --learning-rate")
        return cls(model, source_codec, target_codec)


def read_config(run_dir: Path) -> dict[str, Any]:
    """The config of a run.  Raises: UserError where the folder holds no run, or a damaged one."""
    path = run_dir / CONFIG_FILE
    if not path.exists():
        raise UserError(
            f"{run_dir}: holds no trained model ({CONFIG_FILE} is missing); name a folder that train wrote"
        )
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
        if config["format"] != FORMAT:
            raise ValueError(f"format {config['format']!r}")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"{path}: damaged, or not a config of a run ({error}); train again or restore it"
        ) from error
    return config


def read_codec(path: Path, kind: type[TextCodec], size: int) -> TextCodec:
    """A vocabulary.  Raises: UserError where it is missing, damaged or not of this size."""
    try:
        codec = kind.from_bytes(path.read_bytes())
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: missing or damaged ({error}); restore it or train again") from error
    if codec.size != size:
        raise UserError(f"{path}: holds {codec.size} words, but the model {size}; it is of another run")
    return codec
