"""Single ops, out of place, without a graph."""
import torch
from torch.nn import functional as F

from data import U


def gemm(n):
    a, b = U(1, (n, n), -1, 1), U(2, (n, n), -1, 1)
    return lambda: a.matmul(b)


def elementwise(op, n):
    a, b = U(1, (n,), -2, 2), U(2, (n,), -2, 2)
    return lambda: op(a, b)


def reduction(op):
    x, weight, bias = U(1, (512, 1024), -2, 2), U(3, (1024,), 0.5, 1.5), U(4, (1024,), -1, 1)
    return lambda: op(x, weight, bias)


def broadcast_add(check):
    x, b = U(1, (512, 1024), -2, 2), U(2, (1024,), -2, 2)
    return lambda: x + b


def permute_contig(check):
    x = U(1, (64, 32, 128, 16), -2, 2)
    return lambda: x.permute(0, 2, 1, 3).contiguous()


ELEMENTWISE = {
    "add": lambda a, b: a + b,
    "mul": lambda a, b: a * b,
    "exp": lambda a, b: torch.exp(a),
    "tanh": lambda a, b: torch.tanh(a),
    "sigmoid": lambda a, b: torch.sigmoid(a),
    "gelu": lambda a, b: F.gelu(a),
    "relu": lambda a, b: torch.relu(a),
}
REDUCTIONS = {
    "sum": lambda x, w, b: x.sum(dim=-1),
    "sum_dim0": lambda x, w, b: x.sum(dim=0),
    "sum_all": lambda x, w, b: x.sum(),
    "max": lambda x, w, b: x.amax(dim=-1),
    "max_idx": lambda x, w, b: x.max(dim=-1)[0],
    "softmax": lambda x, w, b: torch.softmax(x, dim=-1),
    "logsoftmax": lambda x, w, b: torch.log_softmax(x, dim=-1),
    "layernorm": lambda x, w, b: F.layer_norm(x, (1024,), w, b, 1e-5),
}
ALL = {
    **{f"gemm_{n}": lambda check, n=n: gemm(n) for n in (64, 128, 256, 512, 1024)},
    **{
        f"ewise_{name}_{size}": lambda check, op=op, n=n: elementwise(op, n)
        for name, op in ELEMENTWISE.items()
        for size, n in (("1k", 1 << 10), ("64k", 1 << 16), ("1m", 1 << 20))
    },
    **{f"reduce_{name}": lambda check, op=op: reduction(op) for name, op in REDUCTIONS.items()},
    "broadcast_add": broadcast_add,
    "permute_contig": permute_contig,
}
