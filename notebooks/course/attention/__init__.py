"""Attention: what notebook 06 uses."""

from course import gathered

__getattr__, __all__ = gathered(
    __name__,
    {
        "course.attention.checks": (
            "check_additive_scores check_context check_masked_softmax check_softmax_backward"
        ),
        "course.attention.drawing": "draw_attention_places",
        "course.attention.explorer": "attention_explorer",
        "course.attention.hunt": "broken_attention check_attention_hunt",
        "course.attention.killing_test": "check_killing_test",
        "course.attention.plots": "Gaze plot_gazes plot_weights",
        "course.attention.reading": "batch_of gaze trained_translator",
        "course.attention.saturation": "after_updates",
        "course.attention.self_attention": "check_self_attention",
        "course.attention.whole_backward": "check_attention_backward",
        "course.shared.source": "show_source",
        "course.shared.style": "use_course_style",
        "lstm_lib.text.corpus": "Pair",
    },
)
