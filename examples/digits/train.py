#!/usr/bin/env python3
"""Trains a small convolutional network on handwritten digits, on one core, with numpy.

Every so many steps the whole state (weights, optimizer, position, random numbers) is written to checkpoints/, atomically.
Started again, it goes on from the newest whole checkpoint: interrupted or not, the final weights are the same, byte for byte.
"""
import argparse
import glob
import gzip
import hashlib
import io
import json
import math
import os
import sys

# One thread adds in one order: what makes a resumed run equal to an uninterrupted one.
for variable in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np  # noqa: E402  (the thread counts are read at import)

import network  # noqa: E402
import safetensors_file  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
TEST_SIZE = 360
REPORT_EVERY = 20


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default=os.path.join(HERE, "data", "digits.csv.gz"), help="rows of 64 pixels (0 to 16) and a label")
    parser.add_argument("--out", default=".", help="where checkpoints/ and results/ go")
    parser.add_argument("--steps", type=int, default=1200)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--checkpoint-every", type=int, default=100, metavar="STEPS")
    parser.add_argument("--keep", type=int, default=3, help="checkpoints that are kept")
    arguments = parser.parse_args()
    for name in ("steps", "batch", "checkpoint_every", "keep"):
        if getattr(arguments, name) < 1:
            parser.error(f"--{name.replace('_', '-')} must be at least 1")
    return arguments


def read_digits(path):
    """Images (N, 8, 8, 1) from 0 to 1 and labels, split into train and test by a fixed shuffle; and the file's SHA-256."""
    with open(path, "rb") as file:
        packed = file.read()
    rows = np.loadtxt(io.BytesIO(gzip.decompress(packed)), delimiter=",", dtype=np.int64)
    images = (rows[:, :64].reshape(-1, 8, 8, 1) / 16).astype(np.float32)
    labels = rows[:, 64]
    order = np.random.default_rng(0).permutation(len(rows))
    test, train = order[:TEST_SIZE], order[TEST_SIZE:]
    return images[train], labels[train], images[test], labels[test], hashlib.sha256(packed).hexdigest()


def shifted(images, rng):
    """Moves each image by up to one pixel each way: eight pixels are few, and people do not write in the exact middle."""
    padded = np.zeros((len(images), 10, 10, 1), np.float32)
    padded[:, 1:-1, 1:-1] = images
    moves = rng.integers(0, 3, (len(images), 2))
    moved = np.empty_like(images)
    for index, (dy, dx) in enumerate(moves):
        moved[index] = padded[index, dy:dy + 8, dx:dx + 8]
    return moved


class Training:
    """Everything that changes while training, and nothing else: what a checkpoint has to hold."""

    def __init__(self, seed, examples):
        self.rng = np.random.default_rng(seed)
        self.step = 0
        self.weights = network.initial_weights(self.rng)
        self.mean = {name: np.zeros_like(value) for name, value in self.weights.items()}
        self.square = {name: np.zeros_like(value) for name, value in self.weights.items()}
        self.order = self.rng.permutation(examples)
        self.position = 0
        self.history = []

    def advance(self, images, labels, arguments):
        """One step of Adam, the learning rate falling along a cosine."""
        if self.position + arguments.batch > len(self.order):
            self.order = self.rng.permutation(len(images))
            self.position = 0
        batch = self.order[self.position:self.position + arguments.batch]
        self.position += arguments.batch
        loss, accuracy, gradients = network.loss_and_gradients(self.weights, shifted(images[batch], self.rng), labels[batch])

        rate = arguments.learning_rate * 0.5 * (1 + math.cos(math.pi * self.step / arguments.steps))
        self.step += 1
        for name, gradient in gradients.items():
            self.mean[name] += np.float32(0.1) * (gradient - self.mean[name])
            self.square[name] += np.float32(0.001) * (gradient * gradient - self.square[name])
            mean = self.mean[name] / np.float32(1 - 0.9 ** self.step)
            square = self.square[name] / np.float32(1 - 0.999 ** self.step)
            self.weights[name] -= np.float32(rate) * mean / (np.sqrt(square) + np.float32(1e-8))
        return loss, accuracy

    def save(self, path, settings):
        tensors = {f"weights.{name}": value for name, value in self.weights.items()}
        tensors.update({f"adam.mean.{name}": value for name, value in self.mean.items()})
        tensors.update({f"adam.square.{name}": value for name, value in self.square.items()})
        tensors["order"] = self.order.astype(np.int64)
        tensors["history"] = np.array(self.history, np.float64).reshape(-1, 3)
        safetensors_file.save(path, tensors, {
            "step": str(self.step),
            "position": str(self.position),
            "random": json.dumps(self.rng.bit_generator.state, sort_keys=True),
            "settings": settings,
        })

    def load(self, path, settings):
        tensors, metadata = safetensors_file.load(path)
        if metadata["settings"] != settings:
            raise ValueError("it was made with other settings")
        for name in self.weights:
            self.weights[name] = tensors[f"weights.{name}"]
            self.mean[name] = tensors[f"adam.mean.{name}"]
            self.square[name] = tensors[f"adam.square.{name}"]
        self.order = tensors["order"]
        self.history = [tuple(row) for row in tensors["history"].tolist()]
        self.step = int(metadata["step"])
        self.position = int(metadata["position"])
        self.rng.bit_generator.state = json.loads(metadata["random"])


def checkpoints(directory):
    """Newest first."""
    return sorted(glob.glob(os.path.join(directory, "step-*.safetensors")), reverse=True)


def resume(training, directory, settings):
    for leftover in glob.glob(os.path.join(directory, "*.tmp")):
        os.remove(leftover)
    for path in checkpoints(directory):
        try:
            training.load(path, settings)
        except (ValueError, KeyError) as error:
            print(f"passing over {os.path.basename(path)}: {error}", flush=True)
            continue
        print(f"resuming from {os.path.basename(path)}", flush=True)
        return


def write_results(training, directory, images, labels, arguments, data_sha256):
    predictions = network.predict(training.weights, images)
    accuracy = float((predictions == labels).mean())
    confusion = np.zeros((network.CLASSES, network.CLASSES), np.int64)
    np.add.at(confusion, (labels, predictions), 1)
    metrics = {
        "test_accuracy": round(accuracy, 6),
        "test_examples": len(labels),
        "final_loss": round(training.history[-1][1], 6),
        "steps": training.step,
        "parameters": sum(value.size for value in training.weights.values()),
        "seed": arguments.seed,
        "data_sha256": data_sha256,
        "confusion": confusion.tolist(),
    }
    packed = io.BytesIO()
    np.save(packed, predictions.astype(np.uint8))
    history = "".join(json.dumps({"step": int(step), "loss": round(loss, 6), "accuracy": round(right, 6)}) + "\n" for step, loss, right in training.history)

    safetensors_file.save(os.path.join(directory, "model.safetensors"), training.weights, {"format": "np", "step": str(training.step)})
    safetensors_file.write_atomically(os.path.join(directory, "predictions.npy"), packed.getvalue())
    safetensors_file.write_atomically(os.path.join(directory, "history.jsonl"), history.encode())
    safetensors_file.write_atomically(os.path.join(directory, "metrics.json"), (json.dumps(metrics, indent=2) + "\n").encode())
    return accuracy


def main():
    arguments = parse_arguments()
    train_images, train_labels, test_images, test_labels, data_sha256 = read_digits(arguments.data)
    settings = json.dumps([arguments.steps, arguments.batch, arguments.learning_rate, arguments.seed, data_sha256])
    directory = os.path.join(arguments.out, "checkpoints")
    training = Training(arguments.seed, len(train_images))
    print(f"{len(train_images)} digits to learn from, {len(test_images)} to test with", flush=True)
    resume(training, directory, settings)

    loss_sum = right_sum = count = 0
    while training.step < arguments.steps:
        loss, right = training.advance(train_images, train_labels, arguments)
        loss_sum, right_sum, count = loss_sum + loss, right_sum + right, count + 1
        last = training.step == arguments.steps
        # Checkpoints fall on reports, so that nothing half-counted is lost with a process.
        due = training.step % arguments.checkpoint_every == 0
        if training.step % REPORT_EVERY == 0 or due or last:
            training.history.append((float(training.step), loss_sum / count, right_sum / count))
            print(f"step {training.step}/{arguments.steps} loss {loss_sum / count:.4f} acc {right_sum / count:.4f}", flush=True)
            loss_sum = right_sum = count = 0
        if due or last:
            training.save(os.path.join(directory, f"step-{training.step:08d}.safetensors"), settings)
            for old in checkpoints(directory)[arguments.keep:]:
                os.remove(old)

    accuracy = write_results(training, os.path.join(arguments.out, "results"), test_images, test_labels, arguments, data_sha256)
    print(f"test accuracy {accuracy:.4f}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
