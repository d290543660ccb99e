"""Text to ids and back, by words or by subwords; both read and write detokenized text."""

import io
import json
import re
from collections.abc import Iterable, Sequence
from typing import Protocol, Self

from lstm_lib.errors import UserError, extra
from lstm_lib.text.tokenizer import detokenize, tokenize
from lstm_lib.text.vocabulary import BOS, EOS, PAD, SPECIAL_TOKENS, UNK, Vocabulary


class TextCodec(Protocol):
    """What a model needs to know about text."""

    kind: str  # the name under which `CODECS` lists the class
    keep_case: bool  # whether decoded text has capital letters

    @property
    def size(self) -> int:
        """The number of ids, special ones included."""

    def encode(self, text: str) -> list[int]:
        """Return the text's ids, without BOS and EOS."""

    def decode(self, ids: Sequence[int]) -> str:
        """Return detokenized text: PAD, BOS and EOS are left out, UNK reads "<unk>"."""

    def pieces(self, ids: Sequence[int]) -> list[str]:
        """Return one string for each id, special ones included: the labels of an attention heat map."""

    def unknown(self, text: str) -> list[str]:
        """Return the parts of a text that can only be encoded as UNK."""

    def to_bytes(self) -> bytes:
        """Return the codec as bytes, for `from_bytes`."""

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read what `to_bytes` wrote; raise ValueError if the bytes are something else."""


class WordCodec:
    """The tokens of `tokenize`; one that the vocabulary lacks becomes UNK."""

    kind = "words"

    def __init__(self, vocabulary: Vocabulary, keep_case: bool = False):
        self.vocabulary, self.keep_case = vocabulary, keep_case

    @classmethod
    def train(
        cls, texts: Iterable[str], max_size: int | None = None, min_count: int = 1, keep_case: bool = False
    ) -> Self:
        """Collect the words of the *training* texts; see `Vocabulary.build` for the two limits."""
        tokens = (tokenize(text, keep_case) for text in texts)
        return cls(Vocabulary.build(tokens, max_size, min_count), keep_case)

    @property
    def size(self) -> int:
        return len(self.vocabulary)

    def encode(self, text: str) -> list[int]:
        return self.vocabulary.encode(tokenize(text, self.keep_case))

    def decode(self, ids: Sequence[int]) -> str:
        return detokenize(self.vocabulary.decode(ids))

    def pieces(self, ids: Sequence[int]) -> list[str]:
        return [self.vocabulary.tokens[i] for i in ids]

    def unknown(self, text: str) -> list[str]:
        return [token for token in tokenize(text, self.keep_case) if token not in self.vocabulary]

    def spelled(self, text: str) -> list[str]:
        """Return the text's tokens with their capital letters, one for each id of `encode`."""
        tokens, words = tokenize(text, self.keep_case), tokenize(text, keep_case=True)
        return words if len(words) == len(tokens) else tokens

    def to_bytes(self) -> bytes:
        words = self.vocabulary.tokens[len(SPECIAL_TOKENS) :]
        saved = {"words": words, "keep_case": True} if self.keep_case else {"words": words}
        return json.dumps(saved, ensure_ascii=False).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        saved = json.loads(data)
        words = saved.get("words") if isinstance(saved, dict) else None
        if not isinstance(words, list) or not all(isinstance(word, str) and word for word in words):
            raise ValueError('text: want {"words": [strings]}, got other JSON')
        return cls(Vocabulary(words), saved.get("keep_case") is True)


class SubwordCodec:
    """Frequent words whole, rare ones in parts; only unseen characters become UNK.

    SentencePiece (Kudo and Richardson, 2018) with byte-pair encoding (Sennrich et al., 2016). Text comes back
    as it was, character by character (but for "▁", which SentencePiece writes for a space).

    Args: model: a SentencePiece model with this package's special ids.
    Raises: ValueError if the bytes are no such model.
    """

    kind = "subwords"
    keep_case = True

    def __init__(self, model: bytes):
        with extra("subwords", "--subwords"):
            import sentencepiece
        try:
            self._processor = sentencepiece.SentencePieceProcessor(model_proto=model)
        except RuntimeError as error:
            raise ValueError(f"model: want a SentencePiece model, got {len(model)} other bytes") from error
        if self.pieces(range(min(4, self.size))) != list(SPECIAL_TOKENS):
            raise ValueError(f"model: want the special pieces {SPECIAL_TOKENS} at ids 0 to 3")
        # An apostrophe that the training texts lack is read as the other.
        known = [mark for mark in "'’" if self._processor.piece_to_id(mark) != UNK]
        self._apostrophes = str.maketrans(dict.fromkeys("'’", known[0]) if len(known) == 1 else {})

    @classmethod
    def train(cls, texts: Iterable[str], size: int) -> Self:
        """Learn the subwords of the *training* texts; the same texts and size always give the same model.

        Args: texts: the sentences.  size: the number of ids, special ones included.
        Raises: UserError if the texts are empty, or do not allow this size; it then names one they allow.
        """
        texts = _without_rare_apostrophe([text for text in texts if text.strip()])
        if not texts:
            raise UserError("--subwords: the training texts are empty; give a corpus with sentences in it")
        with extra("subwords", "--subwords"):
            import sentencepiece
        model = io.BytesIO()
        try:
            sentencepiece.SentencePieceTrainer.train(
                sentence_iterator=iter(texts),
                model_writer=model,
                model_type="bpe",
                vocab_size=min(max(size, 4), 2**31 - 1),  # beyond, the message would name no size that works
                pad_id=PAD,
                bos_id=BOS,
                eos_id=EOS,
                unk_id=UNK,
                pad_piece="<pad>",
                unk_surface="<unk>",
                character_coverage=1.0,
                normalization_rule_name="identity",
                remove_extra_whitespaces=False,
                max_sentence_length=2**30,  # bytes: none is too long
                num_threads=1,  # the order of sums, and so the model, may depend on it
                minloglevel=3,
            )
        except (RuntimeError, OSError) as error:
            raise UserError(f"--subwords {size}: {_advice(str(error))}") from error
        return cls(model.getvalue())

    @property
    def size(self) -> int:
        return self._processor.get_piece_size()

    def encode(self, text: str) -> list[int]:
        return self._processor.encode(self._read(text))

    def decode(self, ids: Sequence[int]) -> str:
        return self._processor.decode([int(i) for i in ids])

    def pieces(self, ids: Sequence[int]) -> list[str]:
        return [self._processor.id_to_piece(int(i)) for i in ids]

    def unknown(self, text: str) -> list[str]:
        pieces = self._processor.encode(self._read(text), out_type=str)
        return [piece for piece in pieces if self._processor.piece_to_id(piece) == UNK]

    def _read(self, text: str) -> str:
        return text.translate(self._apostrophes) if text.strip() else ""

    def to_bytes(self) -> bytes:
        return self._processor.serialized_model_proto()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        return cls(data)


CODECS: dict[str, type[TextCodec]] = {codec.kind: codec for codec in (WordCodec, SubwordCodec)}


def _without_rare_apostrophe(texts: list[str]) -> list[str]:
    """Write both apostrophes as one where one is an exception, too rare to learn from."""
    counts = {mark: sum(text.count(mark) for text in texts) for mark in "'’"}
    rare, usual = sorted(counts, key=counts.__getitem__)
    return [text.replace(rare, usual) for text in texts] if 100 * counts[rare] < counts[usual] else texts


def _advice(error: str) -> str:
    """Put SentencePiece's complaint about the size into the user's words."""
    if found := re.search(r"too high.*<= (\d+)", error):
        return f"too many for texts this small; choose at most {found[1]}"
    if found := re.search(r"required_chars\. \d+ vs (\d+)", error):
        return f"too few for the characters of the texts; choose at least {found[1]}"
    return f"SentencePiece cannot learn them from these texts: {error}"
