"""Take hold of an explorer's controls."""

from ipywidgets import Box, DOMWidget


def controls_of(widget: DOMWidget) -> dict[str, DOMWidget]:
    """Return all controls of an explorer by what stands beside them, in the order on the page."""
    if isinstance(widget, Box):
        return {name: control for child in widget.children for name, control in controls_of(child).items()}
    name = getattr(widget, "description", "")
    return {name: widget} if name else {}
