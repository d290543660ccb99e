"""Recurrent dropout: what notebook 04 uses."""

from course import gathered

__getattr__, __all__ = gathered(
    __name__,
    {
        "course.dropout.checks": "check_dropout check_variational check_zoneout",
        "course.dropout.explorer": "draw_noise dropout_explorer noisy_lstm",
        "course.dropout.masked_memory": "check_masked_memory",
        "course.dropout.noise": "raster spread",
        "course.dropout.overfitting": "order_task train_noisy",
        "course.shared.gates": "clamp_gates",
        "course.shared.gradcheck": "check randomize recurrent_operation",
        "course.shared.source": "show_source",
        "course.shared.style": "use_course_style",
    },
)
