"""Tables in Markdown."""

from collections.abc import Sequence


def markdown(head: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    """A table; nothing where it has no rows."""
    if not body:
        return ""
    rows = [head, ["---"] * len(head), *filter(None, body)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
