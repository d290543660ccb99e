"""RNN architectures: what notebook 02 uses."""

from course import gathered

__getattr__, __all__ = gathered(
    __name__,
    {
        "course.architectures.architectures": "MANY_TO_MANY MANY_TO_ONE SEQ2SEQ Architecture",
        "course.architectures.length_batches": "check_batches_by_length",
        "course.architectures.checks": "check_both_ways check_last_real check_reverse",
        "course.architectures.drawing": "draw_unrolled",
        "course.architectures.explorer": "architecture_explorer plot_architecture",
        "course.architectures.padded_batches": "check_padded_batch check_vocabulary",
        "course.architectures.padding_hunt": "broken_features check_padding_hunt",
        "course.shared.architecture": "draw_encoder_decoder",
        "course.shared.plots": "plot_accuracies plot_accuracy_along",
        "course.shared.readers": "ManyToMany ManyToOne shuffled_batches train_reader",
        "course.shared.source": "show_source",
        "course.shared.style": "use_course_style",
        "course.shared.tasks": "TAGS build_vocabulary parity_task spoken_dates tagging_task",
    },
)
