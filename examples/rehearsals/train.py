#!/usr/bin/env python3
"""Fits a line by gradient descent with momentum, in plain Python: small enough to be preempted again and again in a minute.

It does everything right unless told otherwise: --fault is a way in which real jobs lose work.
"""
import argparse
import json
import os
import random
import time

FAULTS = ("restarts-at-zero", "saves-in-place", "forgets-the-optimizer")
STATE = "checkpoints/last.json"


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=500)
    parser.add_argument("--seconds-per-step", type=float, default=0.15)
    parser.add_argument("--save-every", type=int, default=10, metavar="STEPS")
    parser.add_argument("--fault", choices=FAULTS)
    return parser.parse_args()


def save(state, fault):
    text = json.dumps(state)
    if fault == "saves-in-place":
        # Half of it is there for a moment, under the name that the next start will load.
        with open(STATE, "w", encoding="utf-8") as file:
            for at in range(0, len(text), len(text) // 20 + 1):
                file.write(text[at:at + len(text) // 20 + 1])
                file.flush()
                time.sleep(0.02)
        return
    with open(STATE + ".tmp", "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(STATE + ".tmp", STATE)


def load(fault):
    fresh = {"step": 0, "weight": 0.0, "bias": 0.0, "momentum": [0.0, 0.0], "random": None}
    if fault == "restarts-at-zero" or not os.path.exists(STATE):
        return fresh
    with open(STATE, encoding="utf-8") as file:
        state = json.load(file)
    if fault == "forgets-the-optimizer":
        state["momentum"] = fresh["momentum"]
    return state


def main():
    arguments = parse_arguments()
    os.makedirs("checkpoints", exist_ok=True)
    os.makedirs("results", exist_ok=True)
    state = load(arguments.fault)
    noise = random.Random(7)
    if state["random"]:
        version, numbers, gauss = state["random"]
        noise.setstate((version, tuple(numbers), gauss))
    while state["step"] < arguments.steps:
        x = noise.uniform(-1, 1)
        error = state["weight"] * x + state["bias"] - (3 * x - 2 + noise.gauss(0, 0.1))
        state["momentum"] = [0.9 * state["momentum"][0] + error * x, 0.9 * state["momentum"][1] + error]
        state["weight"] -= 0.01 * state["momentum"][0]
        state["bias"] -= 0.01 * state["momentum"][1]
        state["step"] += 1
        print(f"step {state['step']}/{arguments.steps} loss {error * error:.4f}", flush=True)
        if state["step"] % arguments.save_every == 0 or state["step"] == arguments.steps:
            version, numbers, gauss = noise.getstate()
            state["random"] = [version, list(numbers), gauss]
            save(state, arguments.fault)
        time.sleep(arguments.seconds_per_step)
    with open("results/line.json", "w", encoding="utf-8") as file:
        json.dump({"weight": state["weight"], "bias": state["bias"], "steps": state["step"]}, file)


if __name__ == "__main__":
    main()
