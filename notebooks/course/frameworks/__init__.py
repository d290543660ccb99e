"""NumPy beside PyTorch, Keras and JAX: what notebook 11 uses."""

from course import gathered

__getattr__, __all__ = gathered(
    __name__,
    {
        "course.frameworks.autograd": "Traced trace",
        "course.frameworks.checks": "check_fair_ratio check_gru_transfer check_weight_transfer",
        "course.shared.gradcheck": "randomize",
        "course.shared.source": "show_source",
        "course.shared.style": "use_course_style",
        "course.shared.tasks": "build_vocabulary spoken_dates",
    },
)
