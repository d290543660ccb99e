"""Tokens to ids and back."""

from collections import Counter
from collections.abc import Iterable, Sequence

PAD, BOS, EOS, UNK = range(4)
SPECIAL_TOKENS = ("<pad>", "<s>", "</s>", "<unk>")


class Vocabulary:
    """A fixed list of tokens; a token's id is its place in the list, after the four special ones.

    Args:
        words: the tokens without the special ones, each once.

    Raises:
        ValueError: a word occurs twice, or has the name of a special token.
    """

    def __init__(self, words: Sequence[str]):
        self.tokens = (*SPECIAL_TOKENS, *words)
        if len(set(self.tokens)) < len(self.tokens):
            repeated = next(token for token, count in Counter(self.tokens).items() if count > 1)
            raise ValueError(f"words: want each token once and no special token, got {repeated!r} again")
        # Special tokens have no entry: a text that happens to hold "</s>" cannot end a sentence with it.
        self._ids = {word: i for i, word in enumerate(words, start=len(SPECIAL_TOKENS))}

    @classmethod
    def build(
        cls, token_lists: Iterable[Sequence[str]], max_size: int | None = None, min_count: int = 1
    ) -> "Vocabulary":
        """Collect the *training* sentences' tokens, most frequent first, then in alphabetical order.

        Args:
            token_lists: the sentences, tokenized.
            max_size: how many tokens to keep at most, the special ones not counted; None keeps all.
            min_count: leave out tokens seen less often than this.
        """
        counts = Counter(token for tokens in token_lists for token in tokens)
        # Ties go by the alphabet, so that the choice never depends on the order of the sentences.
        ranked = sorted(counts, key=lambda token: (-counts[token], token))
        return cls([token for token in ranked[:max_size] if counts[token] >= min_count])

    def __len__(self) -> int:
        return len(self.tokens)

    def __contains__(self, token: str) -> bool:
        return token in self._ids

    def encode(self, tokens: Iterable[str]) -> list[int]:
        """Return the tokens' ids; an unknown token becomes UNK."""
        return [self._ids.get(token, UNK) for token in tokens]

    def decode(self, ids: Iterable[int]) -> list[str]:
        """Return the ids' tokens without PAD, BOS and EOS; UNK becomes "<unk>"."""
        return [self.tokens[i] for i in ids if i >= UNK]
