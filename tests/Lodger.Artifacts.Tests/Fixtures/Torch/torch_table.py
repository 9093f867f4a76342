#!/usr/bin/python3
"""torch_table.py FILE...: what the real PyTorch reports of each file, as JSON: tensor names, types, shapes and a SHA-256 of the values.

Runs torch.load, which executes what is in the file: only for files whose origin is known. Names join levels with dots; a module has the names of
its state_dict; a sparse tensor is its parts."""
import hashlib
import json
import os
import sys
import warnings

import numpy
import torch

warnings.filterwarnings("ignore")


def checksum(tensor):
    """SHA-256 of the values in row-major order, little endian; None where PyTorch does not show them."""
    if tensor.is_quantized:
        if tensor.dtype in (torch.quint4x2, torch.quint2x4):
            return None
        tensor = tensor.int_repr()
    tensor = tensor.detach().resolve_conj().resolve_neg().contiguous()
    if tensor.dtype == torch.bfloat16:
        data = tensor.view(torch.int16)
    elif tensor.dtype == torch.complex32:
        data = torch.view_as_real(tensor)
    else:
        data = tensor
    return hashlib.sha256(data.numpy().tobytes()).hexdigest()


def statistics(tensor):
    """Count of NaN, infinities and zeros, and minimum, maximum and mean of the finite values, as float64."""
    if tensor.is_quantized:
        tensor = tensor.int_repr() if checksum(tensor) else torch.zeros(0)
    tensor = tensor.detach().resolve_conj().resolve_neg()
    if tensor.is_complex():
        tensor = torch.view_as_real(tensor.to(torch.complex64) if tensor.dtype == torch.complex32 else tensor)
    values = tensor.to(torch.float64).reshape(-1).numpy()
    finite = values[numpy.isfinite(values)]
    return {
        "nans": int(numpy.isnan(values).sum()),
        "infinities": int(numpy.isinf(values).sum()),
        "zeros": int((values == 0).sum()),
        "min": float(finite.min()) if finite.size else None,
        "max": float(finite.max()) if finite.size else None,
        "mean": float(finite.mean()) if finite.size else None,
    }


def flatten(value, name, rows):
    if isinstance(value, torch.nn.Module):
        value = dict(value.state_dict())
    if isinstance(value, torch.Tensor):
        if value.layout == torch.sparse_coo:
            flatten(value._indices(), name + ".indices", rows)
            flatten(value._values(), name + ".values", rows)
        elif value.layout == torch.sparse_csr:
            flatten(value.crow_indices(), name + ".crow_indices", rows)
            flatten(value.col_indices(), name + ".col_indices", rows)
            flatten(value.values(), name + ".values", rows)
        else:
            if value.is_quantized and value.qscheme() == torch.per_channel_affine:
                flatten(value.q_per_channel_scales(), name + ".scales", rows)
                flatten(value.q_per_channel_zero_points(), name + ".zero_points", rows)
            rows[name] = {"type": str(value.dtype).replace("torch.", ""), "shape": list(value.shape), "sha256": checksum(value), **statistics(value)}
    elif isinstance(value, dict):
        for key, item in value.items():
            flatten(item, f"{name}.{key}" if name else str(key), rows)
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            flatten(item, f"{name}.{index}" if name else str(index), rows)


def table(path):
    rows = {}
    try:
        value = torch.jit.load(path, map_location="cpu")
    except RuntimeError:
        value = torch.load(path, map_location="cpu")
    flatten(value, "", rows)
    return rows


if __name__ == "__main__":
    json.dump({os.path.basename(path): table(path) for path in sys.argv[1:]}, sys.stdout, indent=1, sort_keys=True)
    print()
