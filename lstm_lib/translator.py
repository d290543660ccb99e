"""A translator: a model with the two codecs that turn text into its ids and back."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np

from lstm_lib.errors import UserError
from lstm_lib.limits import Count, Exponent, check, shown
from lstm_lib.parallel import ParallelSearch
from lstm_lib.seq2seq.model import ModelConfig, Seq2Seq
from lstm_lib.seq2seq.search import Hypothesis, Rules
from lstm_lib.storage import atomic_file, disk_errors, from_json, regular
from lstm_lib.text.batching import pad_sources
from lstm_lib.text.codecs import CODECS, TextCodec
from lstm_lib.text.corpus import clean
from lstm_lib.text.tokenizer import detokenize
from lstm_lib.text.vocabulary import BOS, EOS, PAD, SPECIAL_TOKENS, UNK
from lstm_lib.training import DivergedError
from lstm_lib.training.checkpoint import Checkpoint, copy_into, load_checkpoint, save_checkpoint

CONFIG_FILE = "config.json"
PACKAGE = Path(__file__).resolve().parent
MODELS = (PACKAGE.parent / "data" / "models", PACKAGE / "models")  # of a checkout, of an installed package
FORMAT = "lstm_lib translator"
RULES = Rules(BOS, EOS, forbidden=(PAD, BOS, UNK))
MOST_TOKENS = 1000  # of a sentence: its search takes time and memory by the square of its length
MOST_WEIGHTS = 2**24  # of attention that one process keeps at once, about: 64 MB


class Translation(NamedTuple):
    """One translation of one sentence."""

    source: str
    text: str
    score: float  # log probability over the length penalty, by which translations are ranked
    log_probability: float  # in nats
    source_pieces: list[str]  # what the model read, with the end of sentence: the attention's columns
    target_pieces: list[str]  # what it wrote, with the end of sentence if reached: the attention's rows
    attention: np.ndarray | None  # (target pieces, source pieces)
    alignment: list[tuple[int, int]]  # `peaks` of the attention, if there is any


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
        copy_unknown: bool = False,
        batch_size: int = 64,
        workers: int = 1,
    ) -> list[list[Translation]]:
        """Translate sentences.

        Args: beam_size: hypotheses kept at each step; 1 is greedy search.  length_penalty: alpha of Wu et al.
            (2016).  n_best: translations of each sentence.  copy_unknown: let the model write <unk>, and put
            in its place the source word, as it is spelled, that the attention weighs most at this position
            (Luong et al., 2015b; Jean et al., 2015).  batch_size: sentences, sorted by length, that one
            process searches at once, fewer if they are long.  workers: processes. The last two change
            nothing but the speed.
        Returns: for each text its n_best translations, best first, or fewer if there are no more; for an
            empty text one empty translation.
        Raises: ValueError if an argument is of another type or cannot be.  UserError if 1 <= n_best <=
            beam_size does not hold, a text has more than MOST_TOKENS tokens, or the model cannot copy
            (`check_copying`).  DivergedError if training diverged so far that no word has a probability.
        """
        check("beam_size", beam_size, int), check("n_best", n_best, int)
        check("length_penalty", length_penalty, Exponent)
        check("batch_size", batch_size, Count), check("workers", workers, Count)
        if not 1 <= n_best <= beam_size:
            raise UserError(f"--beam-size {beam_size} --n-best {n_best}: wanted 1 <= n-best <= beam-size")
        if isinstance(texts, str) or not all(isinstance(text, str) for text in texts):
            raise ValueError(f"texts is {shown(texts)}; wanted a list of sentences")
        if copy_unknown:
            check_copying(self.model.config.attention, self.source_codec.kind)
        encoded = [self.source_codec.encode(clean(text)) for text in texts]
        for number, ids in enumerate(encoded, start=1):
            if len(ids) > MOST_TOKENS:
                wanted = f"a sentence has at most {MOST_TOKENS:,}: split it"
                raise UserError(f"sentence {number} has {len(ids):,} tokens; {wanted}")
        rules = RULES._replace(forbidden=(PAD, BOS)) if copy_unknown else RULES
        options = {"beam_size": beam_size, "n_best": n_best, "length_penalty_alpha": length_penalty}
        results = [[Translation(text, "", 0.0, 0.0, [], [], None, [])] for text in texts]
        order = sorted((k for k in range(len(texts)) if encoded[k]), key=lambda k: len(encoded[k]))
        # A model that diverged is reported below: NumPy's warnings would only repeat it.
        with ParallelSearch(self.model, workers) as search, np.errstate(over="ignore", invalid="ignore"):
            while order:
                lengths = enumerate((len(encoded[k]) for k in order[: batch_size * workers]), start=1)
                most = MOST_WEIGHTS * workers / (beam_size * RULES.growth)
                size = max((n for n, longest in lengths if n * longest**2 <= most), default=1)
                chunk, order = order[:size], order[size:]
                found = search.beam_search(*pad_sources([encoded[k] for k in chunk]), rules, **options)
                if not all(found):
                    advice = "train again with a lower --learning-rate"
                    raise DivergedError(f"the model's training diverged; {advice}")
                for k, hypotheses in zip(chunk, found, strict=True):
                    results[k] = [self._translation(texts[k], encoded[k], each) for each in hypotheses]
        return results

    def _translation(self, text: str, source: list[int], hypothesis: Hypothesis) -> Translation:
        ids, log_probability, score, attention = hypothesis
        alignment = [] if attention is None else peaks(attention[: len(ids)])
        read, pieces = self.source_codec.pieces([*source, EOS]), self.target_codec.pieces(ids)
        written = self.target_codec.decode(ids)
        if UNK in ids:  # to be copied
            words = self.source_codec.spelled(clean(text))
            written = detokenize([words[i] if ids[j] == UNK else pieces[j] for i, j in alignment])
        if attention is not None and len(attention) > len(ids):
            pieces.append(SPECIAL_TOKENS[EOS])
        return Translation(text, written, score, log_probability, read, pieces, attention, alignment)

    def best(self, texts: Sequence[str], **options: Any) -> list[str]:
        """Return the best translation of each text, as text alone; `options` are those of `translate`."""
        return [found[0].text for found in self.translate(texts, **options)]

    def num_tokens(self, text: str) -> int:
        """Return how many words or subwords the model reads of a text."""
        return len(self.source_codec.encode(clean(text)))

    def unknown(self, text: str) -> list[str]:
        """Return the parts of a text that the model does not know."""
        return self.source_codec.unknown(clean(text))

    # The part of a run's folder that says how to translate

    def save(self, run_dir: Path, about: dict[str, Any]) -> None:
        """Write the codecs and then `config.json`, so that a folder with a config is complete; no parameters.

        Args: run_dir: the folder, made if it does not exist.  about: what else the config should hold.
        Raises: UserError if the folder cannot be written.
        """
        own: dict[str, Any] = {"format": FORMAT, "codec": self.source_codec.kind, "checksums": {}}
        own["model"] = asdict(self.model.config)
        with disk_errors(run_dir):
            run_dir.mkdir(parents=True, exist_ok=True)
        for path, content in self.codec_files(run_dir).items():
            own["checksums"][path.name] = sha256(content).hexdigest()
            with atomic_file(path) as file:
                file.write(content)
        write_config(run_dir, own | about | own)

    def export(self, folder: Path, about: dict[str, Any]) -> None:
        """Write a translator that `load` reads, its parameters in half precision; otherwise as `save`."""
        half = {key: array.astype(np.float16) for key, array in self.model.params.items()}
        with disk_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
        save_checkpoint(folder / "best.npz", Checkpoint(half))
        self.save(folder, about)

    def codec_files(self, run_dir: Path) -> dict[Path, bytes]:
        """Return the paths and contents of the files that hold the codecs."""
        codecs = {"source": self.source_codec, "target": self.target_codec}
        return {run_dir / f"{side}.codec": codec.to_bytes() for side, codec in codecs.items()}

    @classmethod
    def load(cls, run_dir: str | Path) -> Self:
        """Read a translator from a run's folder, with its best parameters, or the newest if none are best.

        Args: run_dir: the folder, or the name of a model that comes with the package, "tatoeba-small".
        Raises: UserError if a file is missing, damaged or of something else.
        """
        run_dir = find_run(run_dir)
        config = read_config(run_dir)
        try:
            model = Seq2Seq(from_json(ModelConfig, config["model"]), np.random.default_rng(0))
            kind = CODECS[config["codec"]]
        except (KeyError, TypeError, ValueError) as error:
            raise UserError(
                f"{run_dir / CONFIG_FILE}: not a config of this version ({error}); train again"
            ) from error
        sizes = {"source.codec": model.config.source_size, "target.codec": model.config.target_size}
        sums = config.get("checksums", {})
        codecs = [read_codec(run_dir / name, kind, size, sums) for name, size in sizes.items()]
        path = run_dir / "best.npz"
        path = path if path.exists() else run_dir / "last.npz"
        copy_into(model.params, load_checkpoint(path, params=model.params).params, path)
        if not all(np.isfinite(array).all() for array in model.params.values()):
            raise UserError(f"{path}: its training diverged; train again with a lower --learning-rate")
        return cls(model, *codecs)


def check_copying(attention: str, codec: str) -> None:
    """Raise a UserError if a model of this attention and kind of codec cannot copy unknown words."""
    if attention == "none":
        raise UserError("--copy-unknown needs a model with attention, which says what to copy")
    if codec != "words":
        raise UserError("--copy-unknown needs a model of words: one of subwords writes any word in pieces")


def peaks(attention: np.ndarray) -> list[tuple[int, int]]:
    """Return for each target piece j the pair (i, j): i has most of its attention, the end of sentence aside.

    Args: attention (target pieces, source pieces and the end of sentence).
    """
    return [(int(i), j) for j, i in enumerate(attention[:, :-1].argmax(axis=1))]


def find_run(name: str | Path) -> Path:
    """Return the folder of that name, or else the model of that name that comes with the package."""
    shipped = [folder / name for folder in MODELS if (folder / name / CONFIG_FILE).is_file()]
    return Path(name) if Path(name).exists() or not shipped else shipped[0]


def read_config(run_dir: Path) -> dict[str, Any]:
    """Return the config of a run; raise a UserError if the folder holds no run, or a damaged one."""
    path = run_dir / CONFIG_FILE
    if not path.exists():
        raise UserError(
            f"{run_dir}: holds no trained model ({CONFIG_FILE} is missing); name a folder that train wrote"
        )
    try:
        config = json.loads(regular(path).read_bytes())
        if config["format"] != FORMAT:
            raise ValueError(f"format {config['format']!r}")
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise UserError(
            f"{path}: damaged, or not a config of a run ({error}); train again or restore it"
        ) from error
    return config


def write_config(run_dir: Path, config: dict[str, Any]) -> None:
    """Write the config of a run; bytes of file names that are not UTF-8 become escapes of JSON."""
    text = json.dumps(config, indent=2, ensure_ascii=False)
    with atomic_file(run_dir / CONFIG_FILE) as file:
        file.write(text.encode(errors="backslashreplace") + b"\n")


def read_codec(path: Path, kind: type[TextCodec], size: int, checksums: dict[str, str]) -> TextCodec:
    """Read a codec; raise a UserError if it is missing, damaged or not of this size.

    Args: checksums: the SHA-256 of files by their names; older versions noted none.
    """
    try:
        content = regular(path).read_bytes()
        if checksums.get(path.name) not in (None, sha256(content).hexdigest()):
            raise ValueError("not the file that was saved")
        codec = kind.from_bytes(content)
    except (OSError, ValueError, AttributeError, RecursionError) as error:
        raise UserError(f"{path}: missing or damaged ({error}); restore it or train again") from error
    if codec.size != size:
        raise UserError(f"{path}: holds {codec.size} words, but the model {size}; it is of another run")
    return codec
