"""Trains a tiny network with the real torch and lodger_checkpoint.py, once undisturbed and once through many lives that a signal ends: a little after a random
step, or at a random point inside a save. After each life the newest checkpoint that loads must be the last that was saved, and no older than one cadence.
Each life is a forked process, so that torch is imported once. A step is a second on the helper's clock: nothing here depends on how fast the machine is.

    checkpoint_lives.py DIRECTORY SEED        prints one JSON line; exits 1 with a sentence when a promise is broken
"""
import json
import os
import random
import signal
import sys

os.environ["OMP_NUM_THREADS"] = "1"
EVERY, TOTAL = 5, 160
os.environ["LODGER_CHECKPOINT_EVERY_SECONDS"] = str(EVERY)

import numpy as np  # noqa: E402
import torch  # noqa: E402

import lodger_checkpoint  # noqa: E402

torch.set_num_threads(1)


def broken(sentence):
    print(sentence, flush=True)
    os._exit(1)


def train(directory, note):
    random.seed(1), np.random.seed(2), torch.manual_seed(3)
    model = torch.nn.Sequential(torch.nn.Linear(32, 256), torch.nn.Dropout(0.2), torch.nn.ReLU(), torch.nn.Linear(256, 8))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    order = np.random.default_rng(4)
    objects = {
        "model": model,
        "optimizer": optimizer,
        "scheduler": torch.optim.lr_scheduler.StepLR(optimizer, 50, 0.5),
        "scaler": torch.cuda.amp.GradScaler(enabled=False),
        "order": order,
        "history": [],
    }
    clock = [0.0]
    lodger_checkpoint._clock = lambda: clock[0]
    checkpoints = lodger_checkpoint.Checkpoints(os.path.join(directory, "checkpoints"), keep=2)
    saved = checkpoints.load_latest({name: value for name, value in objects.items() if name != "history"})
    step = saved["step"] if saved else 0
    objects["history"] = saved["history"] if saved else []
    checkpoints.due(step)
    note("start", step)
    while step < TOTAL:
        data = torch.from_numpy(order.standard_normal((16, 32)).astype(np.float32)) * (1 + random.random()) + float(np.random.rand())
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(model(data), torch.arange(16) % 8)
        loss.backward()
        optimizer.step()
        objects["scheduler"].step()
        objects["history"].append(loss.item())
        step += 1
        clock[0] += 1
        note("step", step)
        if checkpoints.due(step) or step == TOTAL:
            note("saving", step)
            checkpoints.save(objects, step)
            note("saved", step)
    with open(os.path.join(directory, "final"), "wb") as file:
        for value in model.state_dict().values():
            file.write(value.numpy().tobytes())
        file.write(np.array(objects["history"]).tobytes())


def die_inside_a_save(point, times):
    """SIGKILL to ourselves at the nth time that a part of a save is reached: really in the middle, whatever the machine's speed."""
    owner, name = {"write": (lodger_checkpoint._Summing, "write"), "rename": (os, "replace"), "sync": (os, "fsync"), "prune": (lodger_checkpoint, "_remove")}[point]
    real, left = getattr(owner, name), [times]

    def deadly(*arguments):
        left[0] -= 1
        if left[0] == 0:
            if point == "write":  # half of these bytes still arrive
                arguments[0].file.write(bytes(arguments[1])[: len(arguments[1]) // 2])
                arguments[0].file.flush()
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*arguments)

    setattr(owner, name, deadly)


def dying_after(steps, delay, note):
    """Notes, and has the kernel end us that much later than so many steps: no code of ours runs at that death, as at a SIGKILL."""
    left = [steps]

    def noted(what, step):
        note(what, step)
        if what == "step":
            left[0] -= 1
            if left[0] == -1:
                signal.setitimer(signal.ITIMER_REAL, max(delay, 1e-6))

    return noted


def live(directory, rng):
    """One life; what it noted, and whether it reached the end."""
    plan = rng.choice(["outside", "outside", "write", "write", "rename", "sync", "prune"]) if rng else None
    after, delay, times = (rng.randint(0, 20), rng.random() * 0.004, rng.randint(1, 25)) if rng else (None, 0, 0)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reader)
            if plan in ("write", "rename", "sync", "prune"):
                die_inside_a_save(plan, times if plan == "write" else 1 + times % 4)
            note = lambda what, step: os.write(writer, ("%s %d\n" % (what, step)).encode())  # noqa: E731
            train(directory, dying_after(after, delay, note) if plan == "outside" else note)
            os._exit(0)
        except BaseException as error:
            os.write(2, ("%s: %s\n" % (type(error).__name__, error)).encode())
            os._exit(3)
    os.close(writer)
    with os.fdopen(reader) as lines:
        notes = [(what, int(step)) for what, step in (line.split() for line in lines)]
    _, status = os.waitpid(child, 0)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status) != 0:
        broken("a life ended with status %d" % os.WEXITSTATUS(status))
    return notes, os.WIFEXITED(status), plan


def check(directory, notes):
    """After a life: what loads is the last that was saved, or the one whose save was cut off after its rename."""
    checkpoints = lodger_checkpoint.Checkpoints(os.path.join(directory, "checkpoints"), keep=2)
    said, sys.stderr = sys.stderr, Complaints()
    found = checkpoints.load_latest()
    complaints, sys.stderr = sys.stderr.text, said
    if complaints:
        broken("a file under its final name does not load: " + complaints)
    newest = found["step"] if found else 0
    started = [step for what, step in notes if what == "start"]
    last = {what: step for what, step in notes}
    saved = last.get("saved", started[0] if started else None)
    if saved is not None and newest not in (saved, last.get("saving", saved)):
        broken("saved was step %s, what loads is step %d" % (saved, newest))
    if "step" in last and last["step"] - newest > EVERY:
        broken("killed after step %d, what loads is step %d: more than %d steps are lost" % (last["step"], newest, EVERY))
    return newest


class Complaints:
    text = ""

    def write(self, text):
        self.text += text

    def flush(self):
        pass


def main():
    root, seed = sys.argv[1], int(sys.argv[2])
    whole, cut = os.path.join(root, "whole"), os.path.join(root, "cut")
    os.makedirs(whole), os.makedirs(cut)
    if not live(whole, None)[1]:
        broken("the undisturbed run did not end")
    rng, kills, inside = random.Random(seed), 0, 0
    for life in range(1000):
        notes, ended, plan = live(cut, rng)
        check(cut, notes)
        if ended:
            break
        kills += 1
        inside += bool(notes) and notes[-1][0] == "saving"
    else:
        broken("a thousand lives were not enough")
    with open(os.path.join(whole, "final"), "rb") as one, open(os.path.join(cut, "final"), "rb") as other:
        same = one.read() == other.read()
    print(json.dumps({"kills": kills, "inside_a_save": inside, "same": same}), flush=True)


if __name__ == "__main__":
    main()
