#!/usr/bin/python3
"""load.py DIRECTORY: loads every checkpoint of a directory with the real PyTorch, one after another, as people check that they load."""
import os
import sys

import torch

for name in sorted(os.listdir(sys.argv[1])):
    torch.load(os.path.join(sys.argv[1], name), map_location="cpu")
