"""Writes the files beside it, and expected.json: what the readers named in it say of them. Run it by hand on Debian 12 with

    apt-get install python3-numpy python3-h5py python3-yaml python3-pil python3-onnx tar gzip pigz zip
    /usr/bin/python3 make.py && node make_parquet.mjs

The output is committed. Real writers and readers: NumPy, h5py, PyYAML, Pillow, onnx, GNU tar, gzip, pigz, Info-ZIP, Python's tarfile, zipfile and csv.
No writer of GGUF and TensorFlow checkpoints is packaged: from_specification.py writes those, from their published layouts.
"""
import csv
import gzip
import hashlib
import io
import json
import os
import shutil
import subprocess
import tarfile
import zipfile

import h5py
import numpy as np
import onnx
import yaml
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

import from_specification

os.chdir(os.path.dirname(os.path.abspath(__file__)))
rng = np.random.default_rng(4)
expected = {}
TYPES = {"float16": "float16", "float32": "float32", "float64": "float64", "bool": "bool", "complex64": "complex64"}


def tensor(name, array, dtype=None):
    little = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"), copy=False)
    return {
        "name": name,
        "type": dtype or str(array.dtype.newbyteorder("=").name),
        "shape": list(array.shape),
        "sha256": hashlib.sha256(little.tobytes()).hexdigest(),
    }


def expect(file, format, tensors=None, says=None, step=None):
    entry = {"format": format, "says": says}
    if tensors is not None:
        entry["tensors"] = sorted(tensors, key=lambda t: t["name"])
    if step is not None:
        entry["step"] = step
    expected[file] = entry


def run(*command, **kwargs):
    subprocess.run(command, check=True, **kwargs)


def images():
    pixels = (rng.random((23, 31, 3)) * 255).astype("u1")
    picture = Image.fromarray(pixels)
    picture.save("rgb.png")
    picture.convert("P").save("palette.png", bits=4)
    picture.convert("RGBA").save("alpha.png")
    Image.fromarray((rng.random((9, 7)) * 65535).astype("u2")).save("deep_gray.png")
    picture.convert("1").save("one_bit.png")
    picture.save("baseline.jpg", quality=80)
    picture.save("progressive.jpg", progressive=True, quality=70)
    picture.convert("L").save("gray_restarts.jpg")
    for name in ("rgb.png", "palette.png", "alpha.png", "deep_gray.png", "one_bit.png", "baseline.jpg", "progressive.jpg", "gray_restarts.jpg"):
        with Image.open(name) as read:
            read.load()
            expect(name, "JPEG" if name.endswith("jpg") else "PNG", says=f"{read.width} x {read.height} pixels")


def archives():
    tree = "tree"
    shutil.rmtree(tree, ignore_errors=True)
    os.makedirs(f"{tree}/{'long' * 20}/{'name' * 20}")
    with open(f"{tree}/{'long' * 20}/{'name' * 20}/größe.txt", "w") as f:
        f.write("deep\n")
    with open(f"{tree}/weights.bin", "wb") as f:
        f.write(rng.bytes(1500))
    with open(f"{tree}/holes.bin", "wb") as f:
        for at in (0, 40_000, 90_000):
            f.seek(at)
            f.write(b"x" * 10)
        f.truncate(120_000)
    os.symlink("weights.bin", f"{tree}/best.bin")
    stable = ["--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner"]
    run("tar", *stable, "--format=gnu", "-S", "-cf", "gnu_sparse.tar", tree)
    run("tar", *stable, "--format=pax", f"--exclude={tree}/holes.bin", "--pax-option=delete=atime,delete=ctime,exthdr.name=%d/PaxHeaders/%f", "-cf", "pax.tar", tree)
    run("tar", *stable, "--format=v7", "-cf", "v7.tar", f"{tree}/weights.bin", f"{tree}/best.bin")
    with tarfile.open("python_ustar.tar", "w", format=tarfile.USTAR_FORMAT) as t:
        info = tarfile.TarInfo("metrics.json")
        info.size = 2
        t.addfile(info, io.BytesIO(b"{}"))
    for name in ("gnu_sparse.tar", "pax.tar", "v7.tar", "python_ustar.tar"):
        with tarfile.open(name) as t:
            expect(name, "tar", says=f"{len(t.getmembers())} members")
    with open("pax.tar", "rb") as t, open("pax.tar.gz", "wb") as f:
        f.write(gzip.compress(t.read(), mtime=0))
    expect("pax.tar.gz", "tar, gzip", says=expected["pax.tar"]["says"])
    text = "".join(f"step {i} loss {1 / (i + 1):.4f}\n" for i in range(200)).encode()
    with open("python.log.gz", "wb") as f:
        f.write(gzip.compress(text, mtime=0))
    with open("train.txt", "wb") as f:
        f.write(text)
    with open("members.gz", "wb") as f:
        run("gzip", "-nc", "train.txt", stdout=f)
        f.flush()
        run("pigz", "-nc", "train.txt", stdout=f)
    for name in ("python.log.gz", "members.gz"):
        with gzip.open(name) as f:
            expect(name, "gzip", says=f"unpacked to {len(f.read())} bytes")
    expect("train.txt", "text", says="200 lines")
    if os.path.exists("infozip.zip"):
        os.remove("infozip.zip")
    run("zip", "-qrX", "infozip.zip", tree, f"-x{tree}/holes.bin")
    with zipfile.ZipFile("python.zip", "w") as z:
        z.writestr(zipfile.ZipInfo("a/stored.txt"), "stored")
        z.writestr(zipfile.ZipInfo("a/deflated.txt"), "deflated " * 50, zipfile.ZIP_DEFLATED)
    for name in ("infozip.zip", "python.zip"):
        with zipfile.ZipFile(name) as z:
            assert z.testzip() is None
            expect(name, "zip", says=f"{len(z.infolist())} members")
    shutil.rmtree(tree)


def tables():
    with open("history.csv", "w", newline="", encoding="utf-8") as f:
        w = csv.writer(f)
        w.writerow(["epoch", "loss", "note"])
        w.writerows([[i, 1 / (i + 1), 'größer, "besser"\nund weiter' if i == 3 else ""] for i in range(8)])
    with open("history.tsv", "w", newline="") as f:
        csv.writer(f, delimiter="\t", lineterminator="\n").writerows([["a", "b"], [1, 2], [3, 4]])
    expect("history.csv", "CSV", says="8 rows of 3 columns")
    expect("history.tsv", "CSV", says="2 rows of 2 columns")
    shared = {"lr": 0.1, "betas": [0.9, 0.999]}
    config = {"model": {"name": "it's # not: a comment", "layers": [1, 2, {"deep": None}]}, "a": shared, "b": shared, "text": "two\nlines\n", "odd": 'say "hi": {', "empty": {}}
    with open("config.yaml", "w") as f:
        yaml.safe_dump(config, f)
    with open("flow.yaml", "w") as f:
        yaml.safe_dump_all([config, [1, "x"]], f, default_flow_style=True, width=40)
    assert yaml.safe_load(open("config.yaml")) == config
    expect("config.yaml", "YAML")
    expect("flow.yaml", "YAML")


def hdf5(name, libver, build):
    with h5py.File(name, "w", libver=libver) as f:
        build(f)
    found = []
    with h5py.File(name, "r") as f:
        f.visititems(lambda path, item: found.append((path, item)) if isinstance(item, h5py.Dataset) else None)
        tensors = []
        for path, item in found:
            kind = item.dtype
            if kind.kind in "fiub" and item.shape is not None:
                tensors.append(tensor(path, item[()] if item.shape == () else item[...]))
                if item.chunks or item.id.get_offset() is None or kind.byteorder == ">":
                    tensors[-1]["sha256"] = None  # in chunks, never written, or of the other byte order: not measured here
        expect(name, "HDF5", tensors, says=f"{len(found)} datasets")


def hdf5_files():
    def keras(f):
        f.attrs["keras_version"] = "2.11.0"
        f.attrs["backend"] = "tensorflow"
        for layer, shape in (("dense", (4, 3)), ("dense_1", (3, 2))):
            g = f.create_group(f"model_weights/{layer}/{layer}")
            g.create_dataset("kernel:0", data=rng.random(shape, dtype="f4"))
            g.create_dataset("bias:0", data=np.zeros(shape[1], "f4"))
        f.create_dataset("optimizer_weights/iteration:0", data=np.int64(1840))

    def chunked(f):
        f.create_dataset("packed", data=np.arange(6000, dtype="i4").reshape(60, 100), chunks=(16, 32), compression="gzip", shuffle=True, fletcher32=True)
        f.create_dataset("grows", data=np.arange(20.0), maxshape=(None,), chunks=(8,))
        f.create_dataset("plain", data=np.arange(5, dtype=">f8"))
        f.create_dataset("never_written", shape=(10, 10), dtype="f2")
        f.create_dataset("flags", data=np.array([True, False]))

    def many(f):
        for i in range(60):
            f.create_dataset(f"layer_{i:03}/weight", data=np.full((2, 2), i, "f4"))

    hdf5("keras.h5", "earliest", keras)
    hdf5("chunked.h5", "earliest", chunked)
    hdf5("many_groups.h5", "earliest", many)
    hdf5("latest.h5", "latest", keras)
    hdf5("latest_chunked.h5", "latest", chunked)


def onnx_files():
    w = rng.random((4, 3), dtype="f4")
    typed = helper.make_tensor("typed", TensorProto.INT64, [3], [1, 2, 3])
    halves = numpy_helper.from_array(np.arange(5, dtype="f2"), "halves")
    text = helper.make_tensor("words", TensorProto.STRING, [2], [b"a", b"bc"])
    node = helper.make_node("MatMul", ["x", "w"], ["y"])
    graph = helper.make_graph(
        [node], "g", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 4])], [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, 3])],
        [numpy_helper.from_array(w, "w"), typed, halves, text])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    onnx.checker.check_model(model)
    onnx.save(model, "inline.onnx")
    arrays = [tensor("w", w), tensor("typed", np.array([1, 2, 3], "i8")) | {"sha256": None}, tensor("halves", np.arange(5, dtype="f2"))]
    expect("inline.onnx", "ONNX", arrays + [{"name": "words", "type": "string", "shape": [2], "sha256": None}])
    os.makedirs("onnx_external", exist_ok=True)
    for leftover in os.listdir("onnx_external"):
        os.remove(f"onnx_external/{leftover}")
    big = [numpy_helper.from_array(rng.random((8, 16), dtype="f4"), f"big{i}") for i in range(2)]
    expect("onnx_external/model.onnx", "ONNX", [tensor(t.name, numpy_helper.to_array(t)) | {"sha256": None} for t in big])
    graph = helper.make_graph([node], "g", list(graph.input), list(graph.output), big)
    onnx.save_model(helper.make_model(graph), "onnx_external/model.onnx", save_as_external_data=True, all_tensors_to_one_file=True, location="weights.data", size_threshold=0)
    onnx.load("onnx_external/model.onnx")


images()
archives()
tables()
hdf5_files()
onnx_files()
from_specification.write_all(rng, tensor, expect)
with open("expected.json", "w") as f:
    json.dump(expected, f, indent=1, sort_keys=True, ensure_ascii=False)
    f.write("\n")
