"""What the notebooks show and ask: plots, widgets, exercises, and the tool that executes the notebooks."""
