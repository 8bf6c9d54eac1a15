"""The step of an optimizer alone, with a gradient that stays."""
import torch
from torch import optim

from data import U

LARGE = {
    "sgd": lambda p: optim.SGD(p, lr=1e-3),
    "sgd_momentum": lambda p: optim.SGD(p, lr=1e-3, momentum=0.9),
    "adam": lambda p: optim.Adam(p, lr=1e-3),
    "adamw": lambda p: optim.AdamW(p, lr=1e-3, weight_decay=0.01),
    "rmsprop": lambda p: optim.RMSprop(p, lr=1e-3),
    "adagrad": lambda p: optim.Adagrad(p, lr=1e-3),
    "nadam": lambda p: optim.NAdam(p, lr=1e-3),
    "radam": lambda p: optim.RAdam(p, lr=1e-3),
}


def leaf(values, gradient):
    p = values.requires_grad_()
    p.grad = gradient
    return p


def stepping(optimizer, p):
    def step():
        optimizer.step()
        return p

    return step


def large(make):
    """One parameter of 1,048,576 numbers."""
    p = leaf(U(1, (1 << 20,), -1, 1), U(2, (1 << 20,), -1, 1))
    return stepping(make([p]), p)


def many(**options):
    """200 parameters of 64 × 64."""
    parameters = [leaf(U(10 + k, (64, 64), -1, 1), U(300 + k, (64, 64), -1, 1)) for k in range(200)]
    return stepping(optim.AdamW(parameters, lr=1e-3, weight_decay=0.01, **options), parameters[0])


def lbfgs_rosenbrock_100(check):
    """L-BFGS with a line search, from its start: one step of at most 20 iterations on Rosenbrock's valley in 100 dimensions."""
    start = torch.tensor([-1.2, 1.0] * 50, dtype=torch.float64)

    def step():
        x = start.clone().requires_grad_()
        optimizer = optim.LBFGS([x], lr=1, max_iter=20, history_size=10, line_search_fn="strong_wolfe")

        def closure():
            optimizer.zero_grad(set_to_none=True)
            f = (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()
            f.backward()
            return f

        optimizer.step(closure)
        return x

    return step


ALL = {
    **{f"optim_step_{name}_1m": lambda check, make=make: large(make) for name, make in LARGE.items()},
    "optim_step_adamw_200x4096": lambda check: many(),
    "optim_step_adamw_200x4096_foreach": lambda check: many(foreach=True),
    "lbfgs_rosenbrock_100": lbfgs_rosenbrock_100,
}
