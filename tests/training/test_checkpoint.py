import io
import json
import os
import signal
import sys
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest

from lstm_lib.errors import UserError
from lstm_lib.training import Checkpoint, Progress, load_checkpoint, save_checkpoint
from lstm_lib.training.checkpoint import copy_into

needs_dev_full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux's always full device")


@pytest.fixture
def checkpoint():
    rng = np.random.default_rng(0)
    rng.random(3)
    return Checkpoint(
        params={"encoder.W_x": rng.standard_normal((3, 4)), "out.b": np.arange(5, dtype=np.float32)},
        optimizer={"step": np.array(7), "m.out.b": np.ones(5, np.float32)},
        schedule={"best": None, "factor": 0.1},
        random=rng.bit_generator.state,
        progress=Progress(step=7, epoch=1, position=2, best_score=0.1 + 0.2, seconds=1.5),
    )


@pytest.fixture
def saved(tmp_path, checkpoint):
    save_checkpoint(tmp_path / "last.npz", checkpoint)
    return tmp_path / "last.npz"


def assert_same(got, want):
    for arrays, wanted in ((got.params, want.params), (got.optimizer, want.optimizer)):
        assert list(arrays) == list(wanted)
        for key, value in wanted.items():
            assert arrays[key].dtype == value.dtype
            assert np.array_equal(arrays[key], value)
    assert (got.schedule, got.random, got.progress) == (want.schedule, want.random, want.progress)


def the_error(path):
    """Return the message of loading `path`, after checking that it is one line that begins with the file."""
    with pytest.raises(UserError) as caught:
        load_checkpoint(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    return message


def test_round_trip_is_exact(saved, checkpoint):
    assert_same(load_checkpoint(saved), checkpoint)
    assert os.listdir(saved.parent) == ["last.npz"]


def test_the_random_state_continues_the_same_stream(tmp_path):
    original, resumed = np.random.default_rng(0), np.random.default_rng(99)
    original.integers(7, dtype=np.int32)  # leaves half of a 64-bit draw for the next one
    save_checkpoint(tmp_path / "c.npz", Checkpoint({}, random=original.bit_generator.state))
    resumed.bit_generator.state = load_checkpoint(tmp_path / "c.npz").random
    assert np.array_equal(
        original.integers(7, size=9, dtype=np.int32), resumed.integers(7, size=9, dtype=np.int32)
    )
    assert np.array_equal(original.standard_normal(9), resumed.standard_normal(9))


def test_parameters_alone_in_any_memory_layout_are_a_checkpoint_too(tmp_path):
    array = np.arange(12.0).reshape(3, 4)
    checkpoint = Checkpoint({"fortran": array.T, "strided": array[:, ::2]})
    save_checkpoint(tmp_path / "best.npz", checkpoint)
    assert_same(load_checkpoint(tmp_path / "best.npz"), checkpoint)


def test_cut_off_anywhere_it_is_refused(saved):
    whole = saved.read_bytes()
    for length in [0, 1, 3, 4, *range(10, len(whole), 97), len(whole) - 1]:
        saved.write_bytes(whole[:length])
        the_error(saved)


def test_one_wrong_byte_is_refused_or_harmless(saved, checkpoint):
    whole = saved.read_bytes()
    refused = 0
    for position in range(0, len(whole), 7):
        saved.write_bytes(whole[:position] + bytes([whole[position] ^ 0x55]) + whole[position + 1 :])
        try:
            got = load_checkpoint(saved)
        except UserError as error:
            assert "\n" not in str(error)
            refused += 1
        else:  # time stamps and the like
            assert_same(got, checkpoint)
    assert refused > 0.6 * len(range(0, len(whole), 7))


def test_there_is_no_file(tmp_path):
    assert "check the path" in the_error(tmp_path / "nowhere.npz")
    assert "check the path" in the_error(tmp_path)


def test_a_foreign_file(tmp_path):
    text, array, path = tmp_path / "text.npz", tmp_path / "array.npy", tmp_path / "foreign.npz"
    text.write_text("hello\n" * 100)
    np.save(array, np.ones(3))
    assert "not a whole checkpoint" in the_error(text)
    assert "not a whole checkpoint" in the_error(array)
    for arrays in ({"w": np.ones(3)}, {"meta": np.ones(3)}, {"meta": np.array("{}")}):
        np.savez(path, **arrays)
        assert "not one of this program's checkpoints" in the_error(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "hello")
    assert "not one of this program's checkpoints" in the_error(path)


def test_pickled_objects_are_never_opened(tmp_path):
    class Trap:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "executed",))

    np.savez(tmp_path / "trap.npz", meta=np.array([Trap()], dtype=object))
    assert "not a whole checkpoint" in the_error(tmp_path / "trap.npz")
    assert not (tmp_path / "executed").exists()


def rewrite_meta(path, change):
    """Save the checkpoint again with other meta data."""
    with np.load(path) as archive:
        arrays = dict(archive)
    meta = json.loads(str(arrays["meta"]))
    change(meta)
    np.savez(path, **(arrays | {"meta": np.array(json.dumps(meta))}))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda meta: meta.update(version=2), "newer version"),
        (lambda meta: meta.pop("arrays"), "not a whole checkpoint ('arrays')"),
        (lambda meta: meta.pop("schedule"), "not a whole checkpoint ('schedule')"),
        (lambda meta: meta.pop("random"), "not a whole checkpoint ('random')"),
        (lambda meta: meta.pop("progress"), "not a whole checkpoint ('progress')"),
        (lambda meta: meta["progress"].update(surprise=1), "surprise"),
    ],
)
def test_meta_data_that_do_not_fit_are_named(saved, change, message):
    rewrite_meta(saved, change)
    assert message in the_error(saved)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ({"a": np.ones(3)}, "'b' is missing from the checkpoint"),
        ({"a": np.ones(3), "b": np.ones(2), "c": np.ones(1)}, "'c' is not wanted here"),
        ({"a": np.ones(3), "b": np.ones(4)}, r"'b' is float64\(4,\), not float64\(2,\)"),
        ({"a": np.ones(3), "b": np.ones(2, np.float32)}, r"'b' is float32\(2,\), not float64\(2,\)"),
    ],
)
def test_what_does_not_fit_is_not_copied(source, message):
    target = {"a": np.zeros(3), "b": np.zeros(2)}
    with pytest.raises(UserError, match=f"^last.npz: {message}"):
        copy_into(target, source, "last.npz")
    assert not any(value.any() for value in target.values())


@needs_dev_full
@pytest.mark.parametrize("size", [3, 1_000_000])
def test_a_full_disk_keeps_the_older_checkpoint(saved, checkpoint, size, full_disk):
    message = r"last\.npz: cannot be written \(No space left on device\): free some"
    with full_disk("last.npz"), pytest.raises(UserError, match=message):
        save_checkpoint(saved, Checkpoint({"w": np.zeros(size)}))
    assert os.listdir(saved.parent) == ["last.npz"]
    assert_same(load_checkpoint(saved), checkpoint)


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits on file sizes")
def test_a_file_that_may_not_grow_keeps_the_older_checkpoint(tmp_path, run_script):
    done = run_script("limited_disk.py", tmp_path / "last.npz")
    assert done.returncode == 0
    assert done.stderr == ""
    assert done.stdout.startswith(f"{tmp_path / 'last.npz'}: cannot be written (File too large): this system")
    assert os.listdir(tmp_path) == ["last.npz"]
    assert_same(load_checkpoint(tmp_path / "last.npz"), Checkpoint({"w": np.ones(3)}))


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(UserError, match="cannot be written"):
        save_checkpoint(tmp_path / "nowhere" / "last.npz", Checkpoint({}))


def test_an_interrupt_while_saving_keeps_the_older_checkpoint(saved, checkpoint):
    class Interrupting:
        def __array__(self, dtype=None, copy=None):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        save_checkpoint(saved, Checkpoint({"a": np.ones(3), "w": Interrupting()}))
    assert os.listdir(saved.parent) == ["last.npz"]
    assert_same(load_checkpoint(saved), checkpoint)


def array_bytes(shape, dtype="<f4", data=b""):
    """An .npy file with a header of our choice."""
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, {"descr": dtype, "fortran_order": False, "shape": shape})
    return file.getvalue() + data


def archive_with(saved, name, content, **options):
    """Put another member in the place of one, or beside the others."""
    with zipfile.ZipFile(saved) as archive:
        members = {each: archive.read(each) for each in archive.namelist()} | {name: content}
    with zipfile.ZipFile(saved, "w", **options) as archive:
        for each, bytes_ in members.items():
            archive.writestr(each, bytes_)


@pytest.mark.parametrize(
    "content",
    [
        array_bytes((10**9, 10**3)),  # a header that promises terabytes
        array_bytes((10**18, 10**18)),
        array_bytes((-5,)),
        array_bytes((5,), data=bytes(21)),
        array_bytes((5,), data=bytes(19)),
        array_bytes((1,), "|O", data=bytes(8)),
        b"PK\x05\x06" + bytes(18),  # a zip in a zip
        b"",
        b"hello",
    ],
)
def test_a_member_that_lies_is_refused(saved, content):
    archive_with(saved, "params/out.b.npy", content)
    assert "not a whole checkpoint" in the_error(saved)


def test_a_member_that_swells_is_refused_before_it_is_unpacked(saved):
    """200 MB of zeros are 200 KB in the file."""
    content = array_bytes((50_000_000,), data=bytes(200_000_000))
    archive_with(saved, "params/out.b.npy", content, compression=zipfile.ZIP_DEFLATED)
    tracemalloc.start()
    assert "is not of the size that it claims" in the_error(saved)
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


def test_what_does_not_fit_is_not_even_read(tmp_path):
    """An honest 64 MB."""
    size = 1 << 24
    with zipfile.ZipFile(tmp_path / "last.npz", "w") as archive:
        meta = {"format": "lstm_lib checkpoint", "version": 1, "arrays": ["params/w"]}
        file = io.BytesIO()
        np.save(file, np.array(json.dumps(meta)))
        archive.writestr("meta.npy", file.getvalue())
        with archive.open("params/w.npy", "w", force_zip64=True) as member:
            member.write(array_bytes((size,)))
            member.write(bytes(4 * size))
    tracemalloc.start()
    with pytest.raises(UserError, match=r"'w' is float32\(16777216,\), not float32\(3,\)"):
        load_checkpoint(tmp_path / "last.npz", params={"w": np.zeros(3, np.float32)})
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


def test_only_what_is_wanted_is_read(saved, checkpoint):
    got = load_checkpoint(saved, params=checkpoint.params)
    assert got.params.keys() == checkpoint.params.keys() and not got.optimizer


@pytest.mark.parametrize(
    "change",
    [
        {"step": "7"},
        {"step": 7.5},
        {"epoch": None},
        {"best_score": "high"},
        {"seconds": "long"},
        {"stale": True},
    ],
)
def test_numbers_of_another_type_are_named(saved, change):
    rewrite_meta(saved, lambda meta: meta["progress"].update(change))
    assert f"not a whole checkpoint ({next(iter(change))} is " in the_error(saved)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes that have a name")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "last.npz")
    assert "(not a regular file)" in the_error(tmp_path / "last.npz")


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
def test_ctrl_c_waits_until_the_archive_is_closed(saved, checkpoint, monkeypatch):
    """In the midst of an array it would leave an open archive, whose closing fails with another error."""
    before, savez, sizes = saved.read_bytes(), np.savez, []

    def interrupted(file, **arrays):
        signal.raise_signal(signal.SIGINT)
        savez(file, **arrays)
        sizes.append(file.tell())

    monkeypatch.setattr(np, "savez", interrupted)
    with pytest.raises(KeyboardInterrupt):
        save_checkpoint(saved, checkpoint)
    assert sizes == [len(before)]
    assert saved.read_bytes() == before
    assert [path.name for path in saved.parent.iterdir()] == [saved.name]
