"""In the browser a large package is loaded when a cell names it; until then no import may need it."""

import json
import os
import subprocess
import sys

import pytest

from course.tools.execute import NOTEBOOKS, read
from course.tools.publish.lock import LATER
from course.tools.publish.wheels import FIGURES

# Runs the imports of a notebook's cells, without the late packages until a cell names them, as Pyodide does.
IMPORTS = """
import ast, json, sys

class Late:
    names = set()
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in self.names:
            raise ModuleNotFoundError(f"{name} is not loaded yet", name=name)

late = Late()
sys.meta_path.insert(0, late)
late.names, bring, cells = json.load(sys.stdin)
missed = []
for cell in cells:
    imports = [node for node in ast.walk(ast.parse(cell)) if isinstance(node, ast.Import | ast.ImportFrom)]
    named = {name for node in imports for name in
             ([node.module] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names])}
    if {name.partition(".")[0] for name in named} & {*late.names, *bring}:
        late.names = []
    for node in imports:
        try:
            exec(ast.unparse(node), {})
        except ImportError as error:
            if (error.name or "").partition(".")[0] in late.names:
                missed.append(ast.unparse(node))
print(json.dumps(missed))
"""


def missed(cells: list[str]) -> list[str]:
    """Which imports fail since they need a package that no cell has named so far."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    given = json.dumps([sorted(LATER), sorted(FIGURES), cells])
    command = [sys.executable, "-c", IMPORTS]
    done = subprocess.run(command, input=given, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_each_notebook_names_what_its_imports_need(path):
    assert missed([cell.source for cell in read(path)[1].cells if cell.cell_type == "code"]) == []


def test_what_is_named_too_late_is_found():
    early, late = "from course.evidence import check_holm, check_half_width", "from scipy import stats"
    assert missed([early, late]) == [early]
    assert missed([late, early]) == missed([f"{early}\n{late}"]) == []
