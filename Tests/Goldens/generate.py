"""Makes ops.json (values and gradients) and values.json (dtype rules, integers, indexing, strides) with PyTorch as oracle.

Run it as `python3 generate.py`, with PyTorch 1.13.1 (Debian's python3-torch). Where 2.x differs, the row says so and follows 2.x.
The output is the same at every run: a changed golden is a changed row. The tables are in rows_*.py.

ops.json     {"rows": [{name, kink, python, "cases": [{inputs, outputs, dy, grads}]}]}
             inputs     one {dtype, shape, data, requires_grad} per argument of the lambda
             outputs    one {dtype, shape, data} per output
             dy         per output the upstream gradient (data, in the output's shape), null for an output without gradient
             grads      per input the gradient (data, in the input's shape), null if it requires none or PyTorch gives none
values.json  {"rows": [{name, python, "cases": [{inputs, outputs}]}], "indexing": [...], "views": [...]}; see rows_values.py
"""

import warnings
from pathlib import Path

import torch

import rows
import rows_ops, rows_nn, rows_recurrent, rows_conv, rows_kinks        # in the order of ops.json
import rows_values

here = Path(__file__).parent
torch.set_num_threads(1)
warnings.filterwarnings("ignore", message="reduction: 'mean' divides")        # kl_div's mean is over elements, and meant to be


def ops_json():
    python = rows.lambdas("row", rows_ops, rows_nn, rows_recurrent, rows_conv, rows_kinks)
    for name, function, cases, domain, kink in rows.OPS:
        yield {"name": name, "kink": kink, "python": python[name]}, list(rows.cases_of(name, function, cases, domain, kink))


def values_json():
    python = rows.lambdas("value", rows_values)
    for name, function, cases in rows.VALUES:
        yield {"name": name, "python": python[name]}, [rows.evaluate(function, case) for case in cases]


def names_once(table):
    names = [entry[0] for entry in table]
    assert len(names) == len(set(names)), sorted(name for name in names if names.count(name) > 1)


if __name__ == "__main__":
    names_once(rows.OPS)
    names_once(rows.VALUES)
    rows.write(here / "ops.json", ops_json())
    rows.write(here / "values.json", values_json(), given=rows_values.given(), indexing=rows_values.indexing(), views=rows_values.views())
