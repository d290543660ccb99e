"""The LSTM cell: what notebook 01 uses."""

from course import gathered

__getattr__, __all__ = gathered(
    __name__,
    {
        "course.lstm_cell.bug_hunt": "LayerOfLines broken_lines check_bug_hunt",
        "course.lstm_cell.checks": "check_lstm_step check_lstm_step_backward",
        "course.lstm_cell.drawing": "draw_lstm_cell",
        "course.lstm_cell.explorer": "gate_explorer",
        "course.lstm_cell.finite_differences": "check_numerical_gradient",
        "course.lstm_cell.plots": "plot_errors plot_gradient_by_lag plot_memory plot_sentence",
        "course.lstm_cell.through_time": "check_lstm_layer check_lstm_layer_backward",
        "course.shared.gates": "clamp_gates walk",
        "course.shared.gradcheck": "check randomize recurrent_operation relative_error",
        "course.shared.source": "show_lines show_source",
        "course.shared.style": "use_course_style",
    },
)
