"""Activation functions and gradient flow: what notebook 03 uses."""

from course import gathered

__getattr__, __all__ = gathered(
    __name__,
    {
        "course.activations.checks": "check_gradient_norms check_slopes",
        "course.activations.explorer": "FUNCTIONS activation_explorer",
        "course.activations.gradient_flow": "flow gradient_by_lag",
        "course.shared.readers": "ManyToOne train_reader",
        "course.shared.source": "show_source",
        "course.shared.style": "use_course_style",
        "course.shared.tasks": "recall_batches recall_task",
    },
)
