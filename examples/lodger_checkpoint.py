# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The Lodger authors
#
# Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the "Software"), to deal
# in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
# copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the following conditions:
# The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.
# THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS
# FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY,
# WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""Checkpoints that survive being killed at any moment, for PyTorch and plain Python. One file: copy it beside your program.

    from lodger_checkpoint import Checkpoints

    checkpoints = Checkpoints("checkpoints", keep=3)
    objects = {"model": model, "optimizer": optimizer, "scheduler": scheduler, "scaler": scaler}
    saved = checkpoints.load_latest(objects)     # None at the very first start
    step = saved["step"] if saved else 0
    while step < total:
        train_one_step()
        step += 1
        if checkpoints.due(step) or step == total:
            checkpoints.save(objects, step)

A state is a dict. What has state_dict() is saved by it, random number generators by their state, anything else (epoch, best loss) as it is. The global
random numbers of Python, numpy and torch (CPU and every GPU) are saved with it and set again by load_latest(objects). Where a data loader stands is yours
to save: shuffle by a seed and the epoch, and save the epoch and the position in it.

How often: Lodger's cadence where the job runs under it (read again while it runs), else every ten minutes or what you say. In a job of several processes
let one of them save. Python 3.8 or later. Loading unpickles: load only your own files.
"""
import os
import pickle
import random
import re
import sys
import time
import zlib

DEFAULT_EVERY_SECONDS = 600.0
LONGEST_SECONDS = 7 * 86400.0
NAME = re.compile(r"^step-(\d+)-([0-9a-f]{8})\.(pt|pkl)$")


class Checkpoints:
    """Checkpoints in one directory, named step-STEP-CRC32.pt (or .pkl without torch): the name proves that the content is whole."""

    def __init__(self, directory="checkpoints", keep=3, every=None):
        """Keeps the newest `keep`; `every`: seconds between them when Lodger does not say."""
        if keep < 1:
            raise ValueError("keep must be at least 1")
        self.directory = os.fspath(directory)
        self.keep = keep
        self.every = DEFAULT_EVERY_SECONDS if every is None else float(every)
        self._since = self._asked = self._step_seconds = None
        self._asked_step = self._saved_step = None
        self._cadence, self._cadence_read = None, -1.0

    def due(self, step):
        """Is it time to save, after this step? Rounded down: also when the next step would end too late."""
        now = _clock()
        if self._since is None:
            self._since = now
        if self._asked is not None and step > self._asked_step:
            one = (now - self._asked) / (step - self._asked_step)
            # A smoothed mean; one long step (a validation, a pause) does not make it.
            self._step_seconds = one if self._step_seconds is None else 0.9 * self._step_seconds + 0.1 * min(one, 10 * self._step_seconds)
        self._asked, self._asked_step = now, step
        if step == self._saved_step:
            return False
        every, worked = self.cadence(), now - self._since
        return worked >= every or worked + min(self._step_seconds or 0.0, every) > every

    def cadence(self):
        """Seconds between checkpoints as of now: Lodger's file, its variable, or our own."""
        now = _clock()
        if self._cadence is None or now - self._cadence_read >= 1.0:
            self._cadence, self._cadence_read = _told_seconds() or self.every, now
        return self._cadence

    def save(self, state, step):
        """Writes the state whole or not at all; returns the path. The file appears under its name only when it is on the disk."""
        began = _clock()
        content = {"step": step, "state": {name: _captured(value) for name, value in state.items()}, "random": _random_states()}
        torch = sys.modules.get("torch")
        os.makedirs(self.directory, exist_ok=True)
        temporary = os.path.join(self.directory, ".step-%d-%d.tmp" % (step, os.getpid()))
        try:
            with open(temporary, "wb") as file:
                summing = _Summing(file)
                if torch is not None:
                    torch.save(content, summing)
                else:
                    pickle.dump(content, summing, protocol=4)
                file.flush()
                os.fsync(file.fileno())
                size = file.tell()
            path = os.path.join(self.directory, "step-%010d-%08x.%s" % (step, summing.crc, "pt" if torch is not None else "pkl"))
            os.replace(temporary, path)
        except BaseException:
            _remove(temporary)
            raise
        _sync_directory(self.directory)
        self._prune(step, path)
        self._since = self._asked = _clock()
        self._asked_step = self._saved_step = step
        self._report(step, self._since - began, size, path)
        return path

    def load_latest(self, into=None):
        """The newest whole state as a dict with its "step", or None; a damaged one is passed over, and said.

        With `into` (a dict of objects under the names they were saved by) it is also loaded into these, and the global random numbers are set.
        A whole state that does not fit the objects is an error: starting over would be worse.
        """
        for name in os.listdir(self.directory) if os.path.isdir(self.directory) else ():
            if name.startswith(".step-") and name.endswith(".tmp"):
                _remove(os.path.join(self.directory, name))
        for step, path in self._files():
            try:
                content = _read(path)
            except Exception as error:  # whatever a damaged file makes the reader say
                print("lodger_checkpoint: passing over %s: %s" % (path, error), file=sys.stderr, flush=True)
                continue
            if into is not None:
                for key, target in into.items():
                    _restore(target, content["state"][key])
                _set_random_states(content["random"])
            self._since, self._saved_step = _clock(), step
            return dict(content["state"], step=content["step"])
        return None

    def _files(self):
        """(step, path), newest first."""
        found = []
        for name in os.listdir(self.directory) if os.path.isdir(self.directory) else ():
            match = NAME.match(name)
            if match:
                path = os.path.join(self.directory, name)
                found.append((int(match.group(1)), os.stat(path).st_mtime_ns, path))
        return [(step, path) for step, _, path in sorted(found, reverse=True)]

    def _prune(self, step, path):
        """Removes the same step's older version, steps that a resume from an earlier one has made again from there on, and all but the newest."""
        others = [(s, p) for s, p in self._files() if p != path]
        for s, p in others:
            if s >= step:
                _remove(p)
        for _, p in [(s, p) for s, p in others if s < step][self.keep - 1:]:
            _remove(p)

    def _report(self, step, seconds, size, path):
        """Tells Lodger what was measured. A job without Lodger has nobody to tell; a report that fails must not end a training."""
        target = os.environ.get("LODGER_CHECKPOINT_REPORT")
        if not target:
            return
        lines = ["step=%d" % step, "seconds=%.3f" % seconds, "bytes=%d" % size]
        if self._step_seconds is not None:
            lines.append("step_seconds=%.6f" % self._step_seconds)
        relative = os.path.relpath(path)
        if relative.isprintable() and not relative.startswith(".."):
            lines.append("path=" + relative)
        try:
            with open(target + ".new", "w", encoding="utf-8") as file:
                file.write("\n".join(lines) + "\n")
            os.replace(target + ".new", target)
        except OSError:
            pass


class _Summing:
    """Passes writes on and sums them up."""

    def __init__(self, file):
        self.file, self.crc = file, 0

    def write(self, data):
        self.crc = zlib.crc32(data, self.crc)
        return self.file.write(data)

    def flush(self):
        self.file.flush()


def _clock():
    """Seconds that also pass while the machine sleeps, and that nobody sets back."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


def _told_seconds():
    text = None
    try:
        with open(os.environ.get("LODGER_CADENCE_FILE", ""), encoding="ascii") as file:
            text = file.read(32)
    except (OSError, ValueError):
        pass
    for candidate in (text, os.environ.get("LODGER_CHECKPOINT_EVERY_SECONDS")):
        try:
            seconds = float(candidate or "")
        except ValueError:
            continue
        if 0 < seconds <= LONGEST_SECONDS:
            return seconds
    return None


def _captured(value):
    if callable(getattr(value, "state_dict", None)):
        return value.state_dict()
    if hasattr(value, "bit_generator"):  # numpy's Generator
        return value.bit_generator.state
    for get in ("getstate", "get_state"):  # random.Random; torch.Generator and numpy's RandomState
        if callable(getattr(value, get, None)):
            return getattr(value, get)()
    return value


def _restore(target, saved):
    if callable(getattr(target, "load_state_dict", None)):
        target.load_state_dict(saved)
    elif hasattr(target, "bit_generator"):
        target.bit_generator.state = saved
    elif callable(getattr(target, "setstate", None)):
        target.setstate(saved)
    elif callable(getattr(target, "set_state", None)):
        target.set_state(saved)


def _random_states():
    states = {"python": random.getstate()}
    numpy, torch = sys.modules.get("numpy"), sys.modules.get("torch")
    if numpy is not None:
        states["numpy"] = numpy.random.get_state()
    if torch is not None:
        states["torch"] = torch.get_rng_state()
        if torch.cuda.is_available() and torch.cuda.is_initialized():
            states["cuda"] = torch.cuda.get_rng_state_all()
    return states


def _set_random_states(states):
    random.setstate(states["python"])
    if "numpy" in states:
        import numpy
        numpy.random.set_state(states["numpy"])
    if "torch" in states:
        import torch
        torch.set_rng_state(states["torch"])
        if "cuda" in states and torch.cuda.device_count() == len(states["cuda"]):
            torch.cuda.set_rng_state_all(states["cuda"])


def _read(path):
    match = NAME.match(os.path.basename(path))
    crc = 0
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            crc = zlib.crc32(block, crc)
        if "%08x" % crc != match.group(2):
            raise ValueError("its content is not what was written")
        file.seek(0)
        if match.group(3) == "pkl":
            return pickle.load(file)
        import torch
        try:
            # To the CPU: the GPU it came from may not be there. weights_only would refuse random states.
            return torch.load(file, map_location="cpu", weights_only=False)
        except TypeError:  # a torch that is older than that argument
            file.seek(0)
            return torch.load(file, map_location="cpu")


def _sync_directory(directory):
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove(path):
    try:
        os.remove(path)
    except OSError:
        pass
