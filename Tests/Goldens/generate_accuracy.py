"""Writes accuracy.json: the largest error of PyTorch's (1.13.1) float32 results against its float64 ones, on inputs made by a rule.

    python3 generate_accuracy.py

Element i of an input is ((i * 7919 + 13) mod 10007) / 10007 * 2 * range - range, in float64, rounded to float32; both results are
computed from the rounded input. The class of example i is (i * 31) mod classes.
"""
import torch
import torch.nn.functional as F

import golden_file


def errors(rows, classes, reach):
    i = torch.arange(rows * classes, dtype=torch.int64)
    x = ((i * 7919 + 13) % 10007).double() / 10007 * 2 * reach - reach
    x = x.float().reshape(rows, classes)
    target = torch.arange(rows) * 31 % classes
    ops = {
        "softmax": lambda v: v.softmax(1),
        "softmax0": lambda v: v.t().contiguous().softmax(0),
        "log_softmax": lambda v: v.log_softmax(1),
        "cross_entropy": lambda v: F.cross_entropy(v, target, reduction="none"),
    }
    return {name: (op(x).double() - op(x.double())).abs().max().item() for name, op in ops.items()}


CASES = [{"rows": r, "classes": c, "range": s, **errors(r, c, s)} for r in (64, 257) for c in (10, 77, 1000) for s in (2.0, 10.0, 40.0)]
golden_file.write("accuracy.json", cases=CASES)
