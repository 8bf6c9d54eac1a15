"""Derivatives of derivatives, and gradients checked against differences."""
import torch
from torch import nn
from torch.nn import functional as F

from data import U, fan_in, fill, training


def double_backward(check):
    """A critic's step of WGAN-GP: the loss contains a gradient, so the backward pass goes through a backward pass."""
    real, fake, e = U(1, (64, 64), -1, 1), U(2, (64, 64), -1, 1), U(3, (64, 1))
    model = fan_in(nn.Sequential(nn.Linear(64, 32), nn.Tanh(), nn.Linear(32, 1)))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-4, betas=(0, 0.9))

    def loss():
        mixed = (e * real + (1 - e) * fake).requires_grad_()
        g, = torch.autograd.grad(model(mixed).sum(), mixed, create_graph=True)
        penalty = ((g.norm(2, dim=1) - 1) ** 2).mean()
        return model(fake).mean() - model(real).mean() + 10 * penalty

    return training(optimizer, loss)


def gradcheck_mlp(check):
    """All 171 numbers of a small network, by central differences."""
    x, target = U(1, (8, 4), -1, 1, torch.float64), U(2, (8, 3), -1, 1, torch.float64)
    parameters = [torch.empty(shape, dtype=torch.float64) for shape in ((8, 4), (8,), (8, 8), (8,), (3, 8), (3,))]
    fill(parameters, [4 ** -0.5] * 2 + [8 ** -0.5] * 4)
    inputs = [p.requires_grad_() for p in (x, *parameters)]

    def loss(x, w1, b1, w2, b2, w3, b3):
        h = torch.tanh(F.linear(x, w1, b1))
        h = torch.tanh(F.linear(h, w2, b2))
        return ((F.linear(h, w3, b3) - target) ** 2).mean()

    def step():
        torch.autograd.gradcheck(loss, inputs, eps=1e-6, atol=1e-4, rtol=1e-3)
        return loss(*inputs) if check else None

    return step


def hessian_small(check):
    """The 20 × 20 second derivatives of a network of 20 weights, one backward pass through the gradient per row."""
    weights, x, target = U(1000, (20,), -1, 1), U(1, (16, 2), -1, 1), U(2, (16,), -1, 1)

    def loss(p):
        h = torch.tanh(F.linear(x, p[:10].view(5, 2), p[10:15]))
        return ((h @ p[15:] - target) ** 2).mean()

    return lambda: torch.autograd.functional.hessian(loss, weights)


ALL = {"double_backward": double_backward, "gradcheck_mlp": gradcheck_mlp, "hessian_small": hessian_small}
