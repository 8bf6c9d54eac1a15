"""Classifiers of images of 28 × 28 pixels."""
import torch
from torch import nn
from torch.nn import functional as F

from data import K, U, fan_in, training


def mlp(p):
    return fan_in(nn.Sequential(
        nn.Linear(784, 256), nn.ReLU(), nn.Dropout(p), nn.Linear(256, 128), nn.ReLU(), nn.Dropout(p), nn.Linear(128, 10)))


def mnist_linear(check):
    x, y = U(1, (128, 784)), K(2, (128,), 10)
    model = fan_in(nn.Linear(784, 10))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    return training(optimizer, lambda: F.cross_entropy(model(x), y))


def mnist_mlp(batch, check):
    x, y = U(1, (batch, 784)), K(2, (batch,), 10)
    model = mlp(0.0 if check else 0.2)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    return training(optimizer, lambda: F.cross_entropy(model(x), y))


def inference(batch):
    x = U(1, (batch, 784))
    model = mlp(0.2).eval()

    def step():
        with torch.no_grad():
            return model(x)

    return step


def lenet(check):
    x, y = U(1, (64, 1, 28, 28)), K(2, (64,), 10)
    model = fan_in(nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    return training(optimizer, lambda: F.cross_entropy(model(x), y))


ALL = {
    "mnist_linear": mnist_linear,
    "mnist_mlp_b64": lambda check: mnist_mlp(64, check),
    "mnist_mlp_b512": lambda check: mnist_mlp(512, check),
    "mnist_mlp_infer_b1": lambda check: inference(1),
    "mnist_mlp_infer_b64": lambda check: inference(64),
    "lenet": lenet,
}
