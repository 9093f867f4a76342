"""Writes the fixtures beside it with NumPy itself, so that the verifier is held to the real writer. Run it by hand; its output is committed."""
import io
import os
import zipfile

import numpy as np
from numpy.lib import format as npy

os.chdir(os.path.dirname(os.path.abspath(__file__)))
rng = np.random.default_rng(1)


def save(name, array, version=None, **kwargs):
    with open(name, "wb") as f:
        if version is None:
            np.save(f, array, **kwargs)
        else:
            npy.write_array(f, array, version=version)


save("f8_3x4.npy", rng.random((3, 4)))
save("fortran_f4.npy", np.asfortranarray(rng.random((5, 3), dtype=np.float32)))
save("version2.npy", np.arange(6, dtype="<i4"), version=(2, 0))
save("version3.npy", np.zeros(2, dtype=[("größe", "<f8"), ("n", "<i2")]), version=(3, 0))
save("big_endian.npy", np.arange(4, dtype=">i8"))
save("bool_scalar.npy", np.array(True))
save("empty_0x5.npy", np.zeros((0, 5), dtype=np.float16))
save("unicode.npy", np.array(["ab", "cdé"]))
save("dates.npy", np.array(["2026-01-01", "2026-01-02"], dtype="datetime64[D]"))
save("structured.npy", np.zeros(3, dtype=[("pos", "<f4", (2, 3)), ("id", "S5"), ("sub", [("a", "u1"), ("b", "<c16")])]))
save("objects.npy", np.array([{"step": 1}, None, "x" * 300], dtype=object), allow_pickle=True)
with open("two_arrays.npy", "wb") as f:
    np.save(f, np.arange(3))
    np.save(f, np.arange(2.0))

arrays = {"w": rng.random((4, 3)), "layer1/b": np.zeros(50, dtype=np.float32), "step": np.array(1840), "epoch": np.array(3)}
np.savez("stored.npz", **arrays)
np.savez_compressed("deflated.npz", **arrays)


class Unseekable(io.RawIOBase):
    def __init__(self, inner):
        self.inner = inner

    def writable(self):
        return True

    def write(self, data):
        return self.inner.write(data)


with open("streamed.npz", "wb") as f:  # data descriptors after each member
    with zipfile.ZipFile(Unseekable(f), "w", zipfile.ZIP_DEFLATED) as z:
        for name, array in arrays.items():
            with z.open(name + ".npy", "w", force_zip64=True) as member:
                npy.write_array(member, array)
