#!/usr/bin/python3
"""Writes the PyTorch fixtures beside this script, with Debian's python3-torch (1.13), and expected.json with what it reports of them (torch_table.py).

The files zip_*.pt, zip_*.pth, legacy_full.pth and torchscript.pt are older than this script and are only tabled here."""
import argparse
import collections
import io
import json
import os
import pickle
import random
import sys
import types
import zipfile

import numpy
import torch

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, here)
import torch_table

torch.manual_seed(20)
random.seed(20)


def path(name):
    return os.path.join(here, name)


def network():
    return torch.nn.Sequential(torch.nn.Linear(7, 5), torch.nn.BatchNorm1d(5), torch.nn.Linear(5, 3))


def trained(steps=3):
    model = network()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 10)
    for _ in range(steps):
        optimizer.zero_grad()
        model(torch.randn(4, 7)).square().mean().backward()
        optimizer.step()
        scheduler.step()
    return model, optimizer, scheduler


def every_type():
    values = torch.arange(-6, 6).reshape(3, 4)
    kept = {str(kind).replace("torch.", ""): values.to(kind) for kind in (
        torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16, torch.int8, torch.bool, torch.complex64, torch.complex128)}
    kept["uint8"] = torch.arange(12, dtype=torch.uint8).reshape(3, 4)
    scale = torch.quantize_per_tensor(values.float(), 0.5, 3, torch.qint8)
    kept["qint8"] = scale
    kept["quint8"] = torch.quantize_per_tensor(values.float(), 0.5, 3, torch.quint8)
    kept["qint32"] = torch.quantize_per_tensor(values.float(), 0.5, 3, torch.qint32)
    kept["channels"] = torch.quantize_per_channel(values.float(), torch.tensor([0.1, 0.2, 0.3]), torch.tensor([0, 1, 2]), 0, torch.qint8)
    kept["scalar"] = torch.tensor(3.5)
    kept["empty"] = torch.zeros(0, 5)
    return kept


def views():
    base = torch.randn(6, 8)
    long = torch.arange(48, dtype=torch.int64)
    return {
        "base": base, "transposed": base.t(), "every_other": base[:, ::2], "row": base[2], "column": base[:, 3], "expanded": torch.tensor([1.0, 2.0]).expand(3, 4, 2),
        "permuted": long.reshape(2, 4, 6).permute(2, 0, 1), "tail": long[40:], "diagonal": base[:6, :6].diagonal(), "again": base,
        "channels_last": torch.randn(2, 3, 4, 5).to(memory_format=torch.channels_last),
    }


def unusual():
    weights = torch.randn(4, 4)
    weights[1, 2] = float("nan")
    weights[3, 0] = float("inf")
    weights[0, 0] = float("-inf")
    half = weights.half()
    return {"weights": weights, "half": half, "brain": weights.bfloat16(), "double": weights.double(), "zeros": torch.zeros(30), "tiny": torch.tensor([6e-8, -6e-8, 65504.0]).half(),
            "denormal": torch.tensor([1e-45, -1e-40]), "odd": torch.randn(37)}


def write(name, value, **how):
    torch.save(value, path(name), **how)


def like_newer(source, target):
    """The same records as PyTorch 2.x lays them out: with byteorder, .format_version, .storage_alignment and .data/serialization_id."""
    with zipfile.ZipFile(path(source)) as old, zipfile.ZipFile(path(target), "w", zipfile.ZIP_STORED) as new:
        for info in old.infolist():
            record = info.filename.split("/", 1)[1]
            new.writestr(zipfile.ZipInfo("archive/" + record), old.read(info))
            if record == "data.pkl":
                for extra, content in ((".format_version", "1"), (".storage_alignment", "64"), ("byteorder", "little")):
                    new.writestr(zipfile.ZipInfo("archive/" + extra), content)
        new.writestr(zipfile.ZipInfo("archive/.data/serialization_id"), "0" * 40)


def named(name, module):
    made = types.FunctionType((lambda *arguments: None).__code__, {}, name)
    made.__module__, made.__qualname__ = module, name
    return made


def newer_types(target):
    """What 2.3 and later write for types without a storage class: _rebuild_tensor_v3 on an UntypedStorage. No PyTorch 1.13 reads it."""
    module = types.ModuleType("torch._utils")
    rebuild = named("_rebuild_tensor_v3", "torch._utils")
    real = torch._utils
    real._rebuild_tensor_v3 = rebuild
    data = numpy.arange(60000, 60012, dtype=numpy.uint16)

    class Name:
        def __init__(self, text):
            self.text = text

        def __reduce__(self):
            return self.text

    class Storage:
        pass

    class Tensor:
        def __reduce__(self):
            return rebuild, (Storage(), 0, (3, 4), (4, 1), False, collections.OrderedDict(), torch.int16)

    untyped = type("UntypedStorage", (), {"__module__": "torch.storage"})
    had = getattr(torch.storage, "UntypedStorage", None)
    torch.storage.UntypedStorage = untyped

    class Pickler(pickle.Pickler):
        def persistent_id(self, value):
            return ("storage", untyped, "0", "cpu", data.nbytes) if isinstance(value, Storage) else None

    buffer = io.BytesIO()
    Pickler(buffer, protocol=2).dump({"counts": Tensor()})
    if had is None:
        del torch.storage.UntypedStorage
    else:
        torch.storage.UntypedStorage = had
    del real._rebuild_tensor_v3
    text = buffer.getvalue().replace(b"ctorch\nint16\n", b"ctorch\nuint16\n")
    with zipfile.ZipFile(path(target), "w", zipfile.ZIP_STORED) as new:
        for record, content in (("data.pkl", text), (".format_version", "1"), ("byteorder", "little"), ("data/0", data.tobytes()), ("version", "3\n")):
            new.writestr(zipfile.ZipInfo("archive/" + record), content)


def distributed(directory):
    """A directory as torch.distributed.checkpoint writes it. Debian's 1.13 has not that module: its classes are stood in for by name."""
    names = {}
    for module, kinds in {
        "torch.distributed.checkpoint.metadata": ("Metadata", "MetadataIndex", "TensorStorageMetadata", "BytesStorageMetadata", "ChunkStorageMetadata", "TensorProperties"),
        "torch.distributed.checkpoint.filesystem": ("_StorageInfo",),
    }.items():
        made = types.ModuleType(module)
        sys.modules[module] = made
        for kind in kinds:
            names[kind] = type(kind, (), {"__module__": module})
            setattr(made, kind, names[kind])

    def make(kind, **fields):
        value = names[kind].__new__(names[kind])
        value.__dict__.update(fields)
        return value

    model, optimizer, _ = trained()
    tensors = {f"model.{name}": value for name, value in model.state_dict().items()}
    tensors.update({f"optim.state.{name}.exp_avg": torch.randn(3, 2) for name in "ab"})
    os.makedirs(path(directory), exist_ok=True)
    storage, described = {}, {}
    for rank in (0, 1):
        with open(path(f"{directory}/__{rank}_0.distcp"), "wb") as shard:
            for name, value in tensors.items():
                half = value.shape[0] // 2 if value.dim() else 0
                if value.dim() == 0 and rank == 1:
                    continue
                part = value if value.dim() == 0 else (value[:half] if rank == 0 else value[half:])
                offset = [] if value.dim() == 0 else [0 if rank == 0 else half] + [0] * (value.dim() - 1)
                begin = shard.tell()
                buffer = io.BytesIO()
                torch.save(part.clone(), buffer)
                shard.write(buffer.getvalue())
                chunk = make("ChunkStorageMetadata", offsets=torch.Size(offset), sizes=part.shape)
                described.setdefault(name, make(
                    "TensorStorageMetadata", properties=make("TensorProperties", dtype=value.dtype, requires_grad=False, pin_memory=False), size=value.shape, chunks=[])).chunks.append(chunk)
                storage[make("MetadataIndex", fqn=name, offset=torch.Size(offset), index=rank)] = make(
                    "_StorageInfo", relative_path=f"__{rank}_0.distcp", offset=begin, length=shard.tell() - begin)
            if rank == 0:
                begin = shard.tell()
                buffer = io.BytesIO()
                torch.save({"step": 1234}, buffer)
                shard.write(buffer.getvalue())
                described["step"] = make("BytesStorageMetadata")
                storage[make("MetadataIndex", fqn="step", offset=None, index=None)] = make(
                    "_StorageInfo", relative_path="__0_0.distcp", offset=begin, length=shard.tell() - begin)
    with open(path(f"{directory}/.metadata"), "wb") as metadata:
        pickle.dump(make("Metadata", state_dict_metadata=described, planner_data=None, storage_data=storage), metadata)


def main():
    model, optimizer, scheduler = trained()
    write("types.pt", every_type())
    write("types_legacy.pth", every_type(), _use_new_zipfile_serialization=False)
    write("views.pt", views())
    write("views_legacy.pth", views(), _use_new_zipfile_serialization=False)
    write("unusual.pt", unusual())
    write("sparse.pt", {"coo": torch.eye(4).to_sparse(), "csr": torch.eye(4).to_sparse_csr()})
    write("parameters.pt", {"parameter": torch.nn.Parameter(torch.randn(3))})
    write("module_legacy.pth", network(), _use_new_zipfile_serialization=False)
    write("lightning.ckpt", {
        "epoch": 4, "global_step": 3750, "pytorch-lightning_version": "1.9.0", "state_dict": model.state_dict(), "loops": {"fit_loop": {"state_dict": {}}},
        "callbacks": {"ModelCheckpoint": {"best_model_score": torch.tensor(0.93)}}, "optimizer_states": [optimizer.state_dict()], "lr_schedulers": [scheduler.state_dict()],
        "hparams": argparse.Namespace(lr=1e-3)})
    write("resume.pth", {
        "model": model.state_dict(), "optimizer": optimizer.state_dict(), "scheduler": scheduler.state_dict(), "scaler": {"scale": 65536.0, "growth_factor": 2.0, "backoff_factor": 0.5,
        "growth_interval": 2000, "_growth_tracker": 3}, "rng_state": torch.get_rng_state(), "numpy_rng_state": numpy.random.RandomState(1).get_state(), "python_rng_state": random.getstate(),
        "step": 3, "best": numpy.float64(0.5)})
    write("no_step.pth", {"model": model.state_dict(), "optimizer": torch.optim.SGD(model.parameters(), lr=0.1).state_dict()})
    write("optimizer_step.pth", {"model": model.state_dict(), "optimizer": optimizer.state_dict()})
    write("optimizer.pt", optimizer.state_dict())
    like_newer("resume.pth", "like_newer.pth")
    newer_types("newer_types.pt")
    distributed("distributed")
    for protocol in range(6):
        with open(path(f"protocol{protocol}.pkl"), "wb") as plain:
            pickle.dump({"a": [1, 2.5, None, True, -7, 1 << 40, 1 << 90], "b": ("text", b"bytes"), "s": {1, 2}, "n": numpy.arange(6, dtype="<i4").reshape(2, 3),
                         "o": collections.OrderedDict(x=1), "e": "é" * 3, "step": 77}, plain, protocol=protocol)
    files = sorted(name for name in os.listdir(here) if name.endswith((".pt", ".pth", ".ckpt")) and name != "newer_types.pt")
    with open(path("expected.json"), "w") as table:
        json.dump({name: torch_table.table(path(name)) for name in files}, table, indent=1, sort_keys=True)
        table.write("\n")


if __name__ == "__main__":
    main()
