"""Training: what notebook 10 uses."""

from course import gathered

__getattr__, __all__ = gathered(
    __name__,
    {
        "course.corpora.dates": "dates_corpus",
        "course.shared.readers": "ManyToOne",
        "course.shared.source": "show_lines show_source",
        "course.shared.style": "use_course_style",
        "course.shared.tasks": "recall_batches",
        "course.training.checks": "check_adam check_schedule",
        "course.training.explorer": "draw_descent surface_explorer training_dashboard",
        "course.training.gradient_dicts": "check_accumulate check_clip",
        "course.training.live_training": "live_translator",
        "course.training.loss_surface": "SURFACES cliff descend landscape",
        "course.training.training_bugs": "broken_training check_training_bug_hunt",
    },
)
