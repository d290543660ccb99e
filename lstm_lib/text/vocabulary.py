"""Tokens to ids and back."""

from collections import Counter
from collections.abc import Iterable, Sequence

from lstm_lib.text.tokenizer import plain

PAD, BOS, EOS, UNK = range(4)
SPECIAL_TOKENS = ("<pad>", "<s>", "</s>", "<unk>")


class Vocabulary:
    """A fixed list of tokens; a token's id is its place in the list, after the four special ones.

    A token that is not in it is read as the first one spelled alike: with another apostrophe, with or without
    invisible format characters, or, in a vocabulary with capital letters, in lower case.

    Args: words: the tokens without the special ones, each once.
    Raises: ValueError if a word occurs twice, or has the name of a special token.
    """

    def __init__(self, words: Sequence[str]):
        self.tokens = (*SPECIAL_TOKENS, *words)
        if len(set(self.tokens)) < len(self.tokens):
            repeated = next(token for token, count in Counter(self.tokens).items() if count > 1)
            raise ValueError(f"words: want each token once and no special token, got {repeated!r} again")
        # Special tokens have no entry: a text that happens to hold "</s>" cannot end a sentence with it.
        ids = {word: i for i, word in enumerate(words, start=len(SPECIAL_TOKENS))}
        self._ids = {plain(word).lower(): ids[word] for word in reversed(words)} | ids

    @classmethod
    def build(
        cls, token_lists: Iterable[Sequence[str]], max_size: int | None = None, min_count: int = 1
    ) -> "Vocabulary":
        """Collect the *training* sentences' tokens, most frequent first, then in alphabetical order.

        Of several spellings of a word (see `plain`), the most frequent one stands for all.

        Args: max_size: how many tokens to keep at most, the special ones not counted; None keeps all.
            min_count: leave out tokens seen less often than this.
        """
        found = Counter(token for tokens in token_lists for token in tokens)
        counts: Counter[str] = Counter()
        usual: dict[str, str] = {}

        def ranked(counts: Counter[str]) -> list[tuple[str, int]]:
            # Ties go by the alphabet, so that the choice never depends on the order of the sentences.
            return sorted(counts.items(), key=lambda item: (-item[1], item[0]))

        for token, count in ranked(found):
            counts[usual.setdefault(plain(token), token)] += count
        return cls([token for token, count in ranked(counts)[:max_size] if count >= min_count])

    def __len__(self) -> int:
        return len(self.tokens)

    def __contains__(self, token: str) -> bool:
        return self._id(token) != UNK

    def encode(self, tokens: Iterable[str]) -> list[int]:
        """Return the tokens' ids; an unknown token becomes UNK."""
        return [self._id(token) for token in tokens]

    def decode(self, ids: Iterable[int]) -> list[str]:
        """Return the ids' tokens without PAD, BOS and EOS; UNK becomes "<unk>"."""
        return [self.tokens[i] for i in ids if i >= UNK]

    def _id(self, token: str) -> int:
        return self._ids.get(token) or self._ids.get(plain(token).lower(), UNK)
