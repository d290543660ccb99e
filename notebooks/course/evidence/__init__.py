"""What one may claim of a training: what notebook 12 uses."""

from course import gathered

__getattr__, __all__ = gathered(
    __name__,
    {
        "course.attention.reading": "batch_of",
        "course.evidence.checks": "check_early_stopping check_half_width check_paired_bootstrap",
        "course.evidence.holm": "check_holm",
        "course.evidence.paired": "check_paired_interval",
        "course.evidence.plots": "plot_bootstrap plot_differences plot_epochs plot_orders",
        "course.shared.source": "show_source",
        "course.shared.style": "use_course_style",
        "course.training.curves": "curves_of",
    },
)
