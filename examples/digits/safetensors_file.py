"""Reads and writes safetensors files with numpy alone. A file is either whole or not there."""
import json
import os

import numpy as np

DTYPES = {"F32": np.dtype("<f4"), "F64": np.dtype("<f8"), "I64": np.dtype("<i8"), "U8": np.dtype("u1")}
NAMES = {dtype: name for name, dtype in DTYPES.items()}


def write_atomically(path, data):
    """Writes bytes so that a power cut leaves the old file or the new one, never half of it."""
    directory = os.path.dirname(os.path.abspath(path))
    os.makedirs(directory, exist_ok=True)
    temporary = path + ".tmp"
    with open(temporary, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.rename(temporary, path)
    # The rename itself is durable only once the directory is.
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def save(path, tensors, metadata):
    """tensors: name to array. metadata: text to text. The same input gives the same bytes."""
    header = {"__metadata__": metadata}
    parts = []
    offset = 0
    for name in sorted(tensors):
        array = np.ascontiguousarray(tensors[name])
        array = array.astype(array.dtype.newbyteorder("<"), copy=False)
        data = array.tobytes()
        header[name] = {"dtype": NAMES[array.dtype], "shape": list(array.shape), "data_offsets": [offset, offset + len(data)]}
        parts.append(data)
        offset += len(data)

    text = json.dumps(header, sort_keys=True, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    write_atomically(path, b"".join([len(text).to_bytes(8, "little"), text, *parts]))


def load(path):
    """Returns (tensors, metadata). Raises ValueError when the file is not whole."""
    with open(path, "rb") as file:
        content = file.read()
    if len(content) < 8:
        raise ValueError("shorter than its own length field")
    begin = 8 + int.from_bytes(content[:8], "little")
    if begin > len(content):
        raise ValueError("the header is cut short")
    header = json.loads(content[8:begin])
    metadata = header.pop("__metadata__", {})
    if len(content) - begin != max((entry["data_offsets"][1] for entry in header.values()), default=0):
        raise ValueError("the data is not as long as the header promises")

    tensors = {}
    for name, entry in header.items():
        first, last = entry["data_offsets"]
        flat = np.frombuffer(content[begin + first:begin + last], DTYPES[entry["dtype"]])
        tensors[name] = flat.reshape(entry["shape"]).copy()
    return tensors, metadata
