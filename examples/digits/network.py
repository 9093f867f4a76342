"""A small convolutional network in numpy: two convolutions, a pooling, two dense layers, and their gradients."""
import numpy as np

CLASSES = 10


def initial_weights(rng):
    def scaled(shape, inputs):
        return (rng.standard_normal(shape) * np.sqrt(2.0 / inputs)).astype(np.float32)

    return {
        "conv1.weight": scaled((9, 16), 9),
        "conv1.bias": np.zeros(16, np.float32),
        "conv2.weight": scaled((144, 32), 144),
        "conv2.bias": np.zeros(32, np.float32),
        "dense1.weight": scaled((512, 64), 512),
        "dense1.bias": np.zeros(64, np.float32),
        "dense2.weight": scaled((64, CLASSES), 64),
        "dense2.bias": np.zeros(CLASSES, np.float32),
    }


def _patches(images):
    """Every 3x3 neighbourhood of every pixel, as rows: (N, 8, 8, C) to (N*64, 9*C)."""
    count, height, width, channels = images.shape
    padded = np.zeros((count, height + 2, width + 2, channels), np.float32)
    padded[:, 1:-1, 1:-1] = images
    rows = np.empty((count, height, width, 9, channels), np.float32)
    for place in range(9):
        dy, dx = divmod(place, 3)
        rows[:, :, :, place] = padded[:, dy:dy + height, dx:dx + width]
    return rows.reshape(count * height * width, 9 * channels)


def _unpatch(rows, count, channels):
    """The gradient of _patches: adds each neighbourhood back to the pixels it came from."""
    rows = rows.reshape(count, 8, 8, 9, channels)
    padded = np.zeros((count, 10, 10, channels), np.float32)
    for place in range(9):
        dy, dx = divmod(place, 3)
        padded[:, dy:dy + 8, dx:dx + 8] += rows[:, :, :, place]
    return padded[:, 1:-1, 1:-1]


def forward(weights, images):
    """images: (N, 8, 8, 1), 0 to 1. Returns logits (N, 10) and what the gradient needs."""
    count = len(images)
    rows1 = _patches(images)
    hidden1 = np.maximum(rows1 @ weights["conv1.weight"] + weights["conv1.bias"], 0)
    rows2 = _patches(hidden1.reshape(count, 8, 8, 16))
    hidden2 = np.maximum(rows2 @ weights["conv2.weight"] + weights["conv2.bias"], 0)
    squares = hidden2.reshape(count, 4, 2, 4, 2, 32)
    pooled = squares.max(axis=(2, 4))
    flat = pooled.reshape(count, 512)
    hidden3 = np.maximum(flat @ weights["dense1.weight"] + weights["dense1.bias"], 0)
    logits = hidden3 @ weights["dense2.weight"] + weights["dense2.bias"]
    return logits, (rows1, hidden1, rows2, hidden2, squares, pooled, flat, hidden3)


def loss_and_gradients(weights, images, labels):
    """Mean cross-entropy, fraction right, and the gradient for each weight."""
    count = len(images)
    logits, (rows1, hidden1, rows2, hidden2, squares, pooled, flat, hidden3) = forward(weights, images)
    shifted = logits - logits.max(axis=1, keepdims=True)
    exponentials = np.exp(shifted)
    sums = exponentials.sum(axis=1, keepdims=True)
    picked = np.arange(count), labels
    loss = float((np.log(sums[:, 0]) - shifted[picked]).mean())
    accuracy = float((logits.argmax(axis=1) == labels).mean())

    gradients = {}
    back = exponentials / sums
    back[picked] -= 1
    back /= count
    gradients["dense2.weight"] = hidden3.T @ back
    gradients["dense2.bias"] = back.sum(axis=0)
    back = (back @ weights["dense2.weight"].T) * (hidden3 > 0)
    gradients["dense1.weight"] = flat.T @ back
    gradients["dense1.bias"] = back.sum(axis=0)
    back = (back @ weights["dense1.weight"].T).reshape(pooled.shape)
    # Pixels that share the largest value share the gradient.
    largest = squares == pooled[:, :, None, :, None, :]
    back = largest * (back / largest.sum(axis=(2, 4)))[:, :, None, :, None, :]
    back = back.reshape(hidden2.shape).astype(np.float32) * (hidden2 > 0)
    gradients["conv2.weight"] = rows2.T @ back
    gradients["conv2.bias"] = back.sum(axis=0)
    back = _unpatch(back @ weights["conv2.weight"].T, count, 16).reshape(hidden1.shape) * (hidden1 > 0)
    gradients["conv1.weight"] = rows1.T @ back
    gradients["conv1.bias"] = back.sum(axis=0)
    return loss, accuracy, gradients


def predict(weights, images, batch=256):
    return np.concatenate([forward(weights, images[at:at + batch])[0].argmax(axis=1) for at in range(0, len(images), batch)])
