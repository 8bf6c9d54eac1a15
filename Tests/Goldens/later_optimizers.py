"""Optimizers that PyTorch 1.13.1 does not have, written from their equations as PyTorch 2.9 implements them, one step per method.

They are a second, independent statement of what Muon and Adafactor do, in plain tensor operations and in the parameter's
dtype (PyTorch runs Muon's iteration in bfloat16, which nothing could be compared with to twelve digits).
"""
import math

import torch


class Later(torch.optim.Optimizer):
    """A step calls `update` with each parameter that has a gradient, its gradient, its group and its state."""

    def __init__(self, params, **defaults):
        super().__init__(params, defaults)

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    self.update(p, p.grad, group, self.state[p])


class Muon(Later):
    """B <- mu B + (1 - mu) G; with Nesterov G <- (1 - mu) G + mu B, else B; then p <- (1 - lr wd) p - lr r NS(G)."""

    def __init__(self, params, lr=1e-3, weight_decay=0.1, momentum=0.95, nesterov=True,
                 ns_coefficients=(3.4445, -4.775, 2.0315), eps=1e-7, ns_steps=5, adjust_lr_fn=None):
        super().__init__(params, lr=lr, weight_decay=weight_decay, momentum=momentum, nesterov=nesterov,
                         ns_coefficients=ns_coefficients, eps=eps, ns_steps=ns_steps, adjust_lr_fn=adjust_lr_fn)

    def update(self, p, g, group, state):
        mu = group["momentum"]
        b = state["momentum_buffer"] = mu * state.get("momentum_buffer", torch.zeros_like(p)) + (1 - mu) * g
        direction = (1 - mu) * g + mu * b if group["nesterov"] else b
        rows, columns = p.shape
        ratio = 0.2 * math.sqrt(max(rows, columns)) if group["adjust_lr_fn"] == "match_rms_adamw" \
            else math.sqrt(max(1, rows / columns))
        p *= 1 - group["lr"] * group["weight_decay"]
        p -= group["lr"] * ratio * newton_schulz(direction, group["ns_coefficients"], group["eps"], group["ns_steps"])


def newton_schulz(x, coefficients, eps, steps):
    """Drives all singular values towards 1: X <- a X + b (X Xt) X + c (X Xt)^2 X, with the smaller side first."""
    if x.shape[0] > x.shape[1]:
        return newton_schulz(x.T, coefficients, eps, steps).T
    a, b, c = coefficients
    x = x / max(x.norm().item(), eps)
    for _ in range(steps):
        gram = x @ x.T
        x = a * x + b * (gram @ x) + c * (gram @ (gram @ x))
    return x


class Adafactor(Later):
    """Second moments as the product of their row and column means; steps relative to the parameter's own size."""

    def __init__(self, params, lr=1e-2, beta2_decay=-0.8, eps=(None, 1e-3), d=1.0, weight_decay=0.0, maximize=False):
        super().__init__(params, lr=lr, beta2_decay=beta2_decay, eps=eps, d=d, weight_decay=weight_decay,
                         maximize=maximize)

    def update(self, p, g, group, state):
        g = -g if group["maximize"] else g
        eps1, eps2 = group["eps"]
        eps1 = torch.finfo(p.dtype).eps if eps1 is None else eps1
        t = state.get("step", torch.tensor(0.0)).item() + 1
        state["step"] = torch.tensor(t)
        new = t ** group["beta2_decay"]                                 # 1 - beta2 of this step
        alpha = max(eps2, rms(p)) * min(group["lr"], t ** -0.5)
        p *= 1 - group["lr"] * group["weight_decay"]

        def average(key, now):
            state[key] = (1 - new) * state.get(key, torch.zeros_like(now)) + new * now
            return state[key]

        if p.dim() > 1:
            row = average("row_var", (g ** 2).mean(-1, keepdim=True))
            column = average("col_var", (g ** 2).mean(-2, keepdim=True))
            v = row * column / row.mean(-2, keepdim=True).clamp(min=eps1)
        else:
            v = average("variance", g ** 2)
        u = g / v.clamp(min=eps1 ** 2).sqrt()
        p -= alpha * u / max(1.0, rms(u) / group["d"])


def rms(x):
    return math.sqrt((x ** 2).mean().item())
