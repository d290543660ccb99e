"""Encoder, decoder and search: what notebook 05 uses."""

from course import gathered

__getattr__, __all__ = gathered(
    __name__,
    {
        "course.attention.reading": "batch_of held_out trained_translator",
        "course.corpora.dates": "dates_corpus",
        "course.shared.architecture": "draw_encoder_decoder",
        "course.shared.plots": "plot_accuracy_along",
        "course.shared.source": "show_source",
        "course.shared.style": "use_course_style",
        "course.translator.assembly": "check_assembly",
        "course.translator.beam": "first_lost ranking trace_beam words_of",
        "course.translator.checks": "check_beam_step check_forced_loss",
        "course.translator.decoding": "check_beam_search check_greedy",
        "course.translator.explorer": "beam_explorer last_words",
        "course.translator.loss_gradients": "check_embedding_gradient check_softmax_loss",
        "course.translator.plots": "parameters_by_part plot_by_beam_size plot_parts plot_search",
    },
)
