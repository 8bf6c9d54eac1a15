"""How the golden files are written: plain JSON, one case per line, so that a change shows as one line of a diff.

Every number is written as Python's repr of a double, which is exact (a float32 too). NaN and the infinities, which JSON
lacks, are the strings "NaN", "Infinity" and "-Infinity".
"""
import json
import math
from pathlib import Path

import torch


def plain(value):
    """Tensors become flat lists in row-major order, 0-dim ones numbers; containers are entered."""
    if isinstance(value, torch.Tensor):
        return plain(value.detach().flatten().tolist() if value.dim() else value.item())
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def write(name, **sections):
    """One object with the given sections; a list of objects, or an object of objects, gets a line for each."""
    def line(value):
        return json.dumps(plain(value), allow_nan=False)

    def section(value):
        if isinstance(value, dict) and all(isinstance(item, dict) for item in value.values()):
            return "{\n" + ",\n".join(f"{json.dumps(key)}: {line(item)}" for key, item in value.items()) + "\n}"
        if isinstance(value, list) and all(isinstance(item, dict) for item in value):
            return "[\n" + ",\n".join(map(line, value)) + "\n]"
        return line(value)

    text = "{\n" + ",\n".join(f"{json.dumps(key)}: {section(value)}" for key, value in sections.items()) + "\n}\n"
    (Path(__file__).parent / name).write_text(text, newline="\n")
    print(f"{name}: {len(text):,} bytes")
