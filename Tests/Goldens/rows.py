"""How a row becomes a golden: inputs are drawn, PyTorch computes, everything is written down as JSON, one case per line.

A row is a name, a lambda and its cases; a case lists one specification per argument of the lambda:
    (2, 3)             a differentiable tensor of that shape, drawn from the row's domain
    fixed(2, 3)        the same without a gradient (class weights, positive by default)
    values([0., nan])  a differentiable tensor with exactly these values
    ints([0, 2])       an index tensor (int64);  mask([1, 0])  a bool tensor
"""

import ast
import json
import random
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

import numpy
import torch

# --- domains: inputs are multiples of 0.01, distinct within a case, and no closer than 0.04 to a multiple of a half. So nothing
# --- ties, and nothing stands at the kink of abs, relu, floor, round, clamp(-0.5, 1): numeric differences see a smooth function.
anything = [n / 100 for n in range(-196, 197) if 4 <= n % 50 <= 46]
positive = [x for x in anything if x > 0]
unit = [x for x in anything if -1 < x < 1]
probability = [x for x in anything if 0 < x < 1]


@dataclass(frozen=True)
class Draw:
    shape: tuple
    domain: list
    differentiable: bool = True


def fixed(*shape, domain=positive):
    return Draw(shape, domain, differentiable=False)


def values(data):
    return torch.tensor(data, dtype=torch.float64)


def ints(data):
    return torch.tensor(data, dtype=torch.int64)


def mask(data):
    return torch.tensor(data, dtype=torch.bool)


# --- the tables -------------------------------------------------------------------------------------------------------------

OPS, VALUES = [], []


def row(name, function, *cases, domain=anything, kink=False):
    """An op with gradients. At a kink the numeric derivative means nothing: `kink` says to compare value and gradient only."""
    OPS.append((name, function, cases, domain, kink))


def value(name, function, *cases):
    """An op without gradients. Its cases list tensors and plain numbers as they are."""
    VALUES.append((name, function, cases))


def lambdas(table, *modules):
    """The Python text of every row's lambda, by name, so that a failing test can print what PyTorch was asked."""
    nodes = [node for module in modules for node in ast.walk(ast.parse(Path(module.__file__).read_text()))]
    calls = [node for node in nodes if isinstance(node, ast.Call) and getattr(node.func, "id", None) == table]
    return {call.args[0].value: ast.unparse(call.args[1]) for call in calls}


# --- from a row to its cases ------------------------------------------------------------------------------------------------


def cases_of(name, function, cases, domain, kink):
    """Every case in float64, then the first one again in float32, with the same inputs."""
    runs = [(number, case, torch.float64) for number, case in enumerate(cases)] + [(0, cases[0], torch.float32)]
    for number, case, dtype in runs:
        try:
            yield differentiate(f"{name}/{number}", function, case, domain, kink, dtype)
        except Exception as error:
            error.add_note(f"in case {number} of row {name}, {dtype}")
            raise


def differentiate(seed, function, case, domain, kink, dtype):
    draw = random.Random(seed)
    inputs = arguments(draw, case, domain, dtype)
    if dtype == torch.float64 and not kink:
        torch.autograd.gradcheck(function, inputs, atol=1e-5, rtol=1e-4)

    outputs = as_list(function(*inputs))
    dys = [tensor(draw, anything, y.shape, dtype) if y.requires_grad else None for y in outputs]
    leaves = [x for x in inputs if x.requires_grad]
    pairs = [(y, dy) for y, dy in zip(outputs, dys) if dy is not None]
    grads = iter(torch.autograd.grad([y for y, _ in pairs], leaves, [dy for _, dy in pairs], allow_unused=True))
    return {
        "inputs": [described(x) | {"requires_grad": x.requires_grad} for x in inputs],
        "outputs": [described(y) for y in outputs],
        "dy": [data(dy) for dy in dys],
        "grads": [data(next(grads)) if x.requires_grad else None for x in inputs],
    }


def arguments(draw, case, domain, dtype):
    """The tensors of one case. No number is drawn twice, so that no two elements tie, within a tensor or between two."""
    inputs, taken = [], set()
    for position, spec in enumerate(case):
        if isinstance(spec, torch.Tensor):
            x = spec.to(dtype).requires_grad_() if spec.is_floating_point() else spec
        else:
            if isinstance(spec, tuple):
                spec = Draw(spec, domain[position] if isinstance(domain, tuple) else domain)
            x = tensor(draw, [v for v in spec.domain if v not in taken], spec.shape, dtype).requires_grad_(spec.differentiable)
            taken.update(round(v, 2) for v in x.flatten().tolist())
        inputs.append(x)
    return inputs


def tensor(draw, domain, shape, dtype):
    return torch.tensor(draw.sample(domain, int(numpy.prod(shape))), dtype=dtype).reshape(shape)


def evaluate(function, case):
    return {
        "inputs": [described(x) for x in case],
        "outputs": [described(y) for y in as_list(function(*case))],
    }


def as_list(outputs):
    return list(outputs) if isinstance(outputs, (tuple, list)) else [outputs]


# --- JSON -------------------------------------------------------------------------------------------------------------------


def described(x):
    """A tensor, or a plain Python number."""
    if not isinstance(x, torch.Tensor):
        return {"number": type(x).__name__, "value": number(x)}
    return {"dtype": str(x.dtype).removeprefix("torch."), "shape": list(x.shape), "data": data(x)}


def data(x):
    """Row-major elements: the shortest decimals that give the same bits back, the non-finite ones as strings."""
    return None if x is None else [number(v) for v in x.detach().contiguous().numpy().flatten()]


def number(v):
    if isinstance(v, (bool, int, numpy.bool_, numpy.integer)):
        return int(v)
    if not isfinite(v):
        return str(float(v))
    shortest = float(str(v))
    assert type(v)(shortest) == v
    return shortest


def compact(x):
    return json.dumps(x, separators=(",", ":"), allow_nan=False)


def write(path, rows, **sections):
    """`rows` are (head, cases); a section is a list of objects. A line holds one case or one object."""

    def listed(lines):
        return "[\n" + ",\n".join(lines) + "\n]"

    text = listed([compact(head)[:-1] + ',"cases":' + listed(map(compact, cases)) + "}" for head, cases in rows])
    parts = [f'"rows":{text}'] + [f'"{name}":{listed(map(compact, objects))}' for name, objects in sections.items()]
    Path(path).write_text("{" + ",\n".join(parts) + "}\n")
