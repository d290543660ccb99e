"""BLEU, what it misses, and how sure a difference is: what notebook 09 uses."""

from course import gathered

__getattr__, __all__ = gathered(
    __name__,
    {
        "course.bleu.checks": "check_bleu_of_ids check_corpus_bleu check_sentence_bleu",
        "course.bleu.explorer": "bleu_explorer tokens",
        "course.bleu.letters": "check_chrf chrf_from_statistics chrf_statistics",
        "course.bleu.ngrams": "plot_ngrams",
        "course.bleu.plots": "plot_brevity_penalty plot_differences plot_precisions plot_results",
        "course.bleu.ratings": ("choose_items join_ratings rating_file save_rating sentence_bleu summarize"),
        "course.bleu.system_outputs": "read_translations",
        "course.shared.source": "show_source",
        "course.shared.style": "use_course_style",
    },
)
