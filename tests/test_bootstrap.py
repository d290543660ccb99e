"""The doorstep: it needs no package, says what is missing, and installs again only what changed."""

import ast
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lstm_lib import bootstrap
from lstm_lib.__main__ import main
from lstm_lib.errors import UserError


def bare(*arguments):
    """Run the command line with a Python that sees no installed package."""
    command = [sys.executable, "-S", "-m", "lstm_lib", *arguments]
    return subprocess.run(command, cwd=bootstrap.ROOT, capture_output=True, text=True, check=False)


def test_help_needs_nothing_but_python():
    result = bare("--help")
    assert result.returncode == 0, result.stderr
    assert "lab" in result.stdout and "test" in result.stdout


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["train", "--nonsense"]])
def test_wrong_commands_exit_with_2(arguments):
    assert bare(*arguments).returncode == 2


def test_an_old_python_is_refused_in_one_line(monkeypatch, capsys):
    monkeypatch.setattr(bootstrap, "OLDEST_PYTHON", (99, 0))
    for arguments in (["test"], ["--help"], ["train", "--nonsense"]):
        assert main(arguments) == 2
        error = capsys.readouterr().err
        assert error.count("\n") == 1
        assert "needs Python 99.0 or newer" in error


def test_an_old_python_gets_far_enough_to_say_so():
    script = "import lstm_lib.__main__, sys; print(*(name for name in sys.modules if 'lstm_lib' in name))"
    output = subprocess.check_output([sys.executable, "-S", "-c", script], cwd=bootstrap.ROOT, text=True)
    found = sorted(output.split())
    assert found == ["lstm_lib", "lstm_lib.__main__", "lstm_lib.bootstrap", "lstm_lib.errors"]
    for module in found:
        source = Path(sys.modules[module].__file__).read_text(encoding="utf-8")
        ast.parse(source, feature_version=(3, 7))
        assert module == "lstm_lib" or "from __future__ import annotations" in source  # no hint is evaluated


def test_this_python_is_new_enough():
    bootstrap.check_python((3, 11))
    bootstrap.check_python((4, 0))


@pytest.fixture
def course(tmp_path, monkeypatch):
    """Return a checkout that asks for no package, in place of the real one."""
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    monkeypatch.setattr(bootstrap, "ENVIRONMENT", tmp_path / ".venv")
    for name in bootstrap.RECIPE:
        (tmp_path / name).write_text("# nothing")
    return tmp_path


def test_the_recipe_is_installed_again_only_when_it_changes(course, capfd):
    def installs():
        bootstrap.update_environment()
        return "Installing" in capfd.readouterr().out

    assert installs()
    assert bootstrap.run([str(bootstrap.environment_python()), "-m", "pip", "--version"]) == 0
    assert not installs()
    for name in bootstrap.RECIPE:
        (course / name).write_text("# changed")
        assert installs()
        assert not installs()

    (course / "requirements.txt").write_text("no package is named so")
    for _ in range(2):
        with pytest.raises(UserError, match=r"could not install requirements\.txt"):
            bootstrap.update_environment()
    (course / "requirements.txt").write_text("# mended")
    assert installs()


def test_the_sentences_come_with_the_environment(course, capfd):
    bootstrap.update_environment()
    assert "all notebooks do without them" in capfd.readouterr().out  # no lstm_lib is here to fetch any
    (course / "lstm_lib").mkdir()
    (course / "lstm_lib" / "__main__.py").write_text("import sys; print(sys.argv[1:], file=sys.stderr)")
    bootstrap.fetch_sentences()
    told = capfd.readouterr()
    assert told.err.strip() == "['corpus', 'tatoeba']" and not told.out


def test_outside_a_checkout_the_error_says_where_to_go(course):
    (course / "requirements.txt").unlink()
    with pytest.raises(UserError, match=r"no requirements\.txt"):
        bootstrap.lab([])


def test_lab_opens_the_first_notebook_and_connects_to_nothing(course):
    (course / "notebooks").mkdir()
    (course / "notebooks" / "00_start_here.ipynb").touch()
    command = bootstrap.lab_command(["--no-browser"])
    assert command[-2:] == ["--LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb", "--no-browser"]
    assert set(bootstrap.OFFLINE_LAB) < set(command)


def test_settings_of_the_user_s_own_come_after_the_course_s():
    ours = str(bootstrap.LAB_DEFAULTS)
    assert bootstrap.lab_environment({"A": "b"}) == {"A": "b", "JUPYTER_CONFIG_PATH": ours}
    theirs = {"JUPYTER_CONFIG_PATH": "/etc/theirs"}
    assert bootstrap.lab_environment(theirs)["JUPYTER_CONFIG_PATH"] == os.pathsep.join([ours, "/etc/theirs"])


def test_the_course_s_settings_are_where_jupyterlab_looks(monkeypatch):
    from jupyter_server.services.config.manager import ConfigManager

    environment = bootstrap.lab_environment({})
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", environment["JUPYTER_CONFIG_PATH"])
    settings = ConfigManager(config_dir_name="labconfig").get("default_setting_overrides")
    assert settings["@jupyterlab/apputils-extension:notification"] == {"fetchNews": "false"}


def test_the_exit_status_is_the_command_s():
    assert bootstrap.run([sys.executable, "-c", "raise SystemExit(7)"]) == 7


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signals to send")
def test_ctrl_c_is_left_to_the_command():
    child = "import os, signal; os.kill(os.getppid(), signal.SIGINT); raise SystemExit(3)"
    assert bootstrap.run([sys.executable, "-c", child]) == 3


@pytest.mark.skipif(os.name == "nt", reason="Windows cannot put a program in the place of a process")
def test_a_command_takes_the_place_of_the_process(tmp_path):
    child = "import os; print(os.getpid(), os.getcwd(), os.environ['A'])"
    code = (
        "import pathlib, sys; from lstm_lib import bootstrap; print('first'); "
        f"bootstrap.hand_over([sys.executable, '-c', {child!r}], pathlib.Path({str(tmp_path)!r}), "
        "{'A': 'b'})"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], cwd=bootstrap.ROOT, stdout=subprocess.PIPE, text=True
    )
    out, _ = process.communicate(timeout=60)
    assert out.split() == ["first", str(process.pid), str(tmp_path), "b"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signals to send")
def test_what_ends_the_process_ends_an_installation():
    child = "import os, signal, time; os.kill(os.getppid(), signal.SIGTERM); time.sleep(60)"
    assert bootstrap.run([sys.executable, "-c", child]) == -signal.SIGTERM
