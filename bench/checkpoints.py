#!/usr/bin/python3
"""checkpoints.py DIRECTORY MEGABYTES FILES: writes that many zip checkpoints with the real PyTorch, together that large, of random float32 tensors."""
import os
import sys

import torch

directory, megabytes, files = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
os.makedirs(directory, exist_ok=True)
torch.manual_seed(1)
each = megabytes * 1_000_000 // files
tensor = 4_000_000
for number in range(files):
    model = {f"layers.{i}.weight": torch.randn(1000, tensor // 4000) for i in range(each // tensor)}
    torch.save({"model": model, "optimizer": {"state": {}, "param_groups": [{"lr": 0.1}]}, "step": number}, f"{directory}/step{number}.pt")
