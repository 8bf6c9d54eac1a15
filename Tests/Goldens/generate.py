"""Makes ops.json (values and gradients) and values.json (dtype rules, integers, indexing, strides) with PyTorch as oracle.

Run it as `python3 generate.py`, with PyTorch 1.13.1 (Debian's python3-torch). Where 2.x differs, the row says so and follows 2.x.
The output is the same at every run: a changed golden is a changed row. The tables: ops.py, nn.py, kinks.py and values.py.

ops.json     {"rows": [{name, kink, python, "cases": [{inputs, outputs, dy, grads}]}]}
             inputs     one {dtype, shape, data, requires_grad} per argument of the lambda
             outputs    one {dtype, shape, data} per output
             dy         per output the upstream gradient (data, in the output's shape), null for an output without gradient
             grads      per input the gradient (data, in the input's shape), null if it requires none or PyTorch gives none
values.json  {"rows": [{name, python, "cases": [{inputs, outputs}]}], "indexing": [...], "views": [...]}; see values.py
"""

import warnings
from pathlib import Path

import torch

import golden
import kinks
import nn
import ops
import values

here = Path(__file__).parent
torch.set_num_threads(1)
warnings.filterwarnings("ignore", message="reduction: 'mean' divides")        # kl_div's mean is over elements, and meant to be


def ops_json():
    python = golden.lambdas("row", ops, nn, kinks)
    for name, function, cases, domain, kink in golden.OPS:
        yield {"name": name, "kink": kink, "python": python[name]}, list(golden.cases_of(name, function, cases, domain, kink))


def values_json():
    python = golden.lambdas("value", values)
    for name, function, cases in golden.VALUES:
        yield {"name": name, "python": python[name]}, [golden.evaluate(function, case) for case in cases]


def names_once(table):
    names = [entry[0] for entry in table]
    assert len(names) == len(set(names)), sorted(name for name in names if names.count(name) > 1)


if __name__ == "__main__":
    names_once(golden.OPS)
    names_once(golden.VALUES)
    golden.write(here / "ops.json", ops_json())
    golden.write(here / "values.json", values_json(), indexing=values.indexing(), views=values.views())
