"""A page that shows how a class did: which exercise, which mistake, how many."""

import base64
import io
from collections import Counter
from collections.abc import Sequence
from html import escape

from matplotlib.figure import Figure

from course.shared.style import COLORS

PAGE = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>The class</title>
<style>
  body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }}
  table {{ border-collapse: collapse }} td, th {{ padding: .2rem .8rem; text-align: left; vertical-align:
  top }} tbody tr:nth-child(odd) {{ background: #f2f2f2 }} img {{ max-width: 100% }}
</style>
<h1>The class</h1>
<p>{students} students, {count} answers, {right} of them right.</p>
<h2>Exercises</h2>
<img src="data:image/png;base64,{picture}" alt="{alt}">
<h2>Mistakes</h2>
<table><thead><tr><th scope="col">exercise</th><th scope="col">students</th><th scope="col">what the check
says</th> </tr></thead><tbody> {mistakes} </tbody></table> </html>
"""


def class_page(grades: Sequence) -> str:
    """Return the page as HTML.  Args: grades: lines of the table, see `course.tools.grade.Grade`."""
    answers = [grade for grade in grades if grade.exercise]
    names = sorted({(grade.notebook, grade.exercise) for grade in answers})
    right = Counter((grade.notebook, grade.exercise) for grade in answers if grade.right)
    total = Counter((grade.notebook, grade.exercise) for grade in answers)
    labels = [f"{notebook[:2]} {exercise.removeprefix('check_')}" for notebook, exercise in names]
    shares = [right[name] / total[name] for name in names]
    alt = "; ".join(
        f"{label}: {right[name]} of {total[name]} right" for label, name in zip(labels, names, strict=True)
    )
    mistakes = Counter((grade.notebook, grade.exercise, grade.says) for grade in grades if not grade.right)
    rows = sorted(mistakes.items(), key=lambda item: (item[0][:2], -item[1]))
    cells = [(f"{notebook[:2]} {exercise}", str(count), says) for (notebook, exercise, says), count in rows]
    return PAGE.format(
        students=len({grade.student for grade in grades}),
        count=len(answers),
        right=sum(right.values()),
        picture=picture(labels, shares),
        alt=escape(alt),
        mistakes="\n".join(
            f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in cells
        ),
    )


def picture(labels: Sequence[str], shares: Sequence[float]) -> str:
    """Draw each exercise's share of right answers as a bar.  Returns: the PNG, in base 64."""
    figure = Figure(figsize=(8, 1 + 0.3 * len(labels)), layout="constrained")
    axes = figure.subplots()
    axes.barh(labels, [100 * share for share in shares], color=COLORS[0])
    axes.set(xlabel="right answers (%)", xlim=(0, 100))
    axes.invert_yaxis()
    png = io.BytesIO()
    figure.savefig(png, format="png", dpi=90)
    return base64.b64encode(png.getvalue()).decode()
