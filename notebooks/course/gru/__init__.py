"""GRU against LSTM: what notebook 08 uses."""

from course import gathered

__getattr__, __all__ = gathered(
    __name__,
    {
        "course.gru.cell_costs": "cell_parameters step_cost",
        "course.gru.checks": "check_gru_parameters check_gru_state_backward check_gru_step",
        "course.gru.drawing": "draw_gru_cell",
        "course.gru.explorer": "cell_explorer",
        "course.gru.plots": "plot_bars plot_convergence plot_rasters plot_saving plot_unit",
        "course.gru.layer_backward": "check_gru_layer_backward",
        "course.shared.gates": "ORDER clamp_gates walk",
        "course.shared.gradcheck": "check randomize recurrent_operation relative_error",
        "course.shared.readers": "ManyToMany ManyToOne shuffled_batches train_reader",
        "course.shared.source": "show_source",
        "course.shared.style": "use_course_style",
        "course.shared.tasks": ("TAGS build_vocabulary parity_task recall_batches spoken_dates tagging_task"),
    },
)
