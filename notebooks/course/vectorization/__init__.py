"""From loops to a vectorized pass: what notebook 07 uses."""

from course import gathered

__getattr__, __all__ = gathered(
    __name__,
    {
        "course.lstm_cell.plots": "plot_errors",
        "course.shared.gradcheck": (
            "projected_difference randomize recurrent_operation relative_error upstream_gradients"
        ),
        "course.shared.source": "show_change show_source",
        "course.shared.style": "use_course_style",
        "course.vectorization.checks": "check_fused_gates check_project_all",
        "course.vectorization.costs": "ROUND_RATES STAGES Product Size fit_rates",
        "course.vectorization.explorer": "cost_explorer",
        "course.vectorization.memory": "fresh_memory",
        "course.vectorization.plots": "plot_parts plot_roofline",
        "course.vectorization.table_gradient": "check_table_gradient",
        "course.vectorization.timing": "seconds",
        "course.vectorization.weight_gradients": "check_projection_backward check_weight_gradients",
    },
)
