"""GGUF and TensorFlow checkpoints, for which no writer is packaged, written from their published layouts: ggml's docs/gguf.md; TensorFlow's
tensor_bundle.proto and its sorted tables (leveldb's doc/table_format.md)."""
import os
import struct

import numpy as np

CASTAGNOLI = [0] * 256
for i in range(256):
    crc = i
    for _ in range(8):
        crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    CASTAGNOLI[i] = crc


def crc32c(data):
    crc = 0xFFFFFFFF
    for value in data:
        crc = (crc >> 8) ^ CASTAGNOLI[(crc ^ value) & 0xFF]
    return crc ^ 0xFFFFFFFF


def masked(crc):
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


# --- GGUF ---------------------------------------------------------------------------------------------------------------------------

def text(value):
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def gguf(name, version, pairs, tensors, alignment=32):
    head = b"GGUF" + struct.pack("<IQQ", version, len(tensors), len(pairs))
    for key, kind, value in pairs:
        head += text(key) + struct.pack("<I", kind) + value
    data = b""
    for tensor_name, kind, sizes, content in tensors:
        data += b"\0" * (-len(data) % alignment)
        head += text(tensor_name) + struct.pack("<I", len(sizes)) + b"".join(struct.pack("<Q", s) for s in reversed(sizes)) + struct.pack("<IQ", kind, len(data))
        data += content
    data += b"\0" * (-len(data) % alignment)
    with open(name, "wb") as f:
        f.write(head + b"\0" * (-len(head) % alignment) + data)


def gguf_files(rng, tensor, expect):
    a, b = rng.random((3, 5), dtype="f4"), rng.random(7).astype("f2")
    words = struct.pack("<IQ", 8, 3) + text("a") + text("größe") + text("")
    pairs = [
        ("general.architecture", 8, text("llama")), ("llama.block_count", 4, struct.pack("<I", 2)), ("tokenizer.ggml.tokens", 9, words),
        ("tokenizer.ggml.scores", 9, struct.pack("<IQ3f", 6, 3, 1, 2, 3)), ("flag", 7, b"\1"), ("nested", 9, struct.pack("<IQ", 9, 1) + struct.pack("<IQ2H", 2, 2, 1, 2))]
    blocks = [("q4", 2, (2, 64), rng.bytes(4 * 18)), ("q8", 8, (32,), rng.bytes(34)), ("k4", 12, (2, 256), rng.bytes(2 * 144)), ("k6", 14, (256,), rng.bytes(210))]
    gguf("v3.gguf", 3, pairs, [("a", 0, a.shape, a.tobytes()), ("b", 1, b.shape, b.tobytes())] + blocks)
    quantized = [tensor(n, np.frombuffer(c, "u1")) | {"type": {2: "q4_0", 8: "q8_0", 12: "q4_k", 14: "q6_k"}[k], "shape": list(s)} for n, k, s, c in blocks]
    expect("v3.gguf", "GGUF", [tensor("a", a), tensor("b", b)] + quantized, says="llama")
    gguf("v2_aligned64.gguf", 2, [("general.alignment", 4, struct.pack("<I", 64)), ("training.iteration_count", 4, struct.pack("<I", 1840))], [("a", 0, a.shape, a.tobytes())], 64)
    expect("v2_aligned64.gguf", "GGUF", [tensor("a", a)], step=1840)


# --- TensorFlow checkpoints ---------------------------------------------------------------------------------------------------------

def varint(value):
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def field(number, value):
    if isinstance(value, bytes):
        return varint(number << 3 | 2) + varint(len(value)) + value
    return varint(number << 3) + varint(value) if value else b""


def block(entries, restart_every):
    out, restarts, before = b"", [], b""
    for i, (key, value) in enumerate(entries):
        shared = 0
        if i % restart_every == 0:
            restarts.append(len(out))
        else:
            while shared < min(len(before), len(key)) and before[shared] == key[shared]:
                shared += 1
        out += varint(shared) + varint(len(key) - shared) + varint(len(value)) + key[shared:] + value
        before = key
    restarts = restarts or [0]
    return out + b"".join(struct.pack("<I", r) for r in restarts) + struct.pack("<I", len(restarts))


def snappy(data):
    """google/snappy's format_description.txt: literals, and copies of what came before."""
    out, at, literal = varint(len(data)), 0, b""

    def flush():
        nonlocal out, literal
        while literal:
            part, literal = literal[:60], literal[60:]
            out += bytes([(len(part) - 1) << 2]) + part

    while at < len(data):
        found = data.rfind(data[at:at + 8], 0, at) if at + 8 <= len(data) else -1
        if found < 0:
            literal += data[at:at + 1]
            at += 1
            continue
        flush()
        out += bytes([7 << 2 | 2]) + struct.pack("<H", at - found)
        at += 8
    flush()
    return out


def checkpoint(prefix, shards, per_block, packed=False):
    """shards: one list of (name, TensorFlow type number, array) a data file."""
    entries = [(b"", field(1, len(shards)) + field(3, field(1, 1)))]
    for number, arrays in enumerate(shards):
        data = b""
        for name, kind, array in arrays:
            content = array.tobytes()
            shape = b"".join(field(2, field(1, size)) for size in array.shape)
            entries.append((name.encode(), field(1, kind) + field(2, shape) + field(3, number) + field(4, len(data)) + field(5, len(content))
                            + varint(6 << 3 | 5) + struct.pack("<I", masked(crc32c(content)))))
            data += content
        with open(f"{prefix}.data-{number:05}-of-{len(shards):05}", "wb") as f:
            f.write(data)
    entries.sort()
    out, index = b"", []

    def add(content):
        nonlocal out
        content, kind = (snappy(content), b"\1") if packed else (content, b"\0")
        handle = varint(len(out)) + varint(len(content))
        out += content + kind + struct.pack("<I", masked(crc32c(content + kind)))
        return handle

    for start in range(0, len(entries), per_block):
        part = entries[start:start + per_block]
        index.append((part[-1][0], add(block(part, 16))))
    meta = add(block([], 16))
    footer = meta + add(block(index, 1))
    with open(f"{prefix}.index", "wb") as f:
        f.write(out + footer.ljust(40, b"\0") + struct.pack("<Q", 0xDB4775248B80FB57))


def tensorflow_files(rng, tensor, expect):
    os.makedirs("tf", exist_ok=True)
    arrays = [("dense/kernel", 1, rng.random((4, 3), dtype="f4")), ("dense/bias", 1, np.zeros(3, "f4")), ("steps", 9, np.int64(1840))]
    more = [(f"layer_{i:02}/kernel/.ATTRIBUTES/VARIABLE_VALUE", 19, rng.random((2, 5)).astype("f2")) for i in range(20)]
    checkpoint("tf/one", [arrays], 100)
    checkpoint("tf/two", [arrays, more], 4)
    checkpoint("tf/packed", [arrays + more], 9, packed=True)
    names = [{"name": n, "type": str(a.dtype), "shape": list(a.shape), "sha256": None} for n, _, a in arrays + more]
    expect("tf/one.index", "TF index", names[:3])
    expect("tf/two.index", "TF index", names)
    expect("tf/packed.index", "TF index", names)


def write_all(rng, tensor, expect):
    gguf_files(rng, tensor, expect)
    tensorflow_files(rng, tensor, expect)
