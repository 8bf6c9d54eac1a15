"""Networks of a few hundred weights."""
import torch
from torch import nn
from torch.nn import functional as F

from data import U, fan_in, fill, training


def xor_mlp(check):
    x = torch.tensor([[0.0, 0], [0, 1], [1, 0], [1, 1]])
    y = torch.tensor([[0.0], [1], [1], [0]])
    model = fan_in(nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1), nn.Sigmoid()))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    return training(optimizer, lambda: F.binary_cross_entropy(model(x), y))


def tiny_mlp(check):
    x = U(1, (32, 2), -1, 1)
    y = ((3 * x[:, :1]).sin() * x[:, 1:]).contiguous()
    model = fan_in(nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 16), nn.Tanh(), nn.Linear(16, 1)))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    return training(optimizer, lambda: F.mse_loss(model(x), y))


def micrograd_moons(check):
    """The micrograd demo: 100 points, 2-16-16-1 tanh, max-margin loss with a penalty, steps by hand."""
    t = torch.arange(50, dtype=torch.float64) * (3.141592653589793 / 49)
    upper, lower = torch.stack([t.cos(), t.sin()], 1), torch.stack([1 - t.cos(), 0.5 - t.sin()], 1)
    x = torch.cat([upper, lower]).to(torch.get_default_dtype()) + U(1, (100, 2), -0.17, 0.17)
    y = torch.cat([-torch.ones(50, 1), torch.ones(50, 1)])
    parameters = [torch.empty(shape) for shape in ((2, 16), (16,), (16, 16), (16,), (16, 1), (1,))]
    fill(parameters, (2 ** -0.5, 0, 0.25, 0, 0.25, 0))
    for p in parameters:
        p.requires_grad_()
    w1, b1, w2, b2, w3, b3 = parameters

    def step():
        for p in parameters:
            p.grad = None
        h = (x @ w1 + b1).tanh()
        h = (h @ w2 + b2).tanh()
        score = h @ w3 + b3
        loss = (1 - y * score).relu().mean()
        size = 0
        for p in parameters:
            size = size + (p * p).sum()
        loss = loss + 1e-4 * size
        loss.backward()
        with torch.no_grad():
            for p in parameters:
                p.sub_(p.grad, alpha=0.5)
        return loss

    return step


ALL = {"xor_mlp": xor_mlp, "tiny_mlp": tiny_mlp, "micrograd_moons": micrograd_moons}
