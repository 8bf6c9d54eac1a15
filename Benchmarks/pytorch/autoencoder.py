"""A variational autoencoder of images of 28 × 28 pixels."""
import torch
from torch import nn
from torch.nn import functional as F

from data import U, fan_in, training


class Vae(nn.Module):
    def __init__(self):
        super().__init__()
        self.encode, self.mean, self.log_variance = nn.Linear(784, 400), nn.Linear(400, 20), nn.Linear(400, 20)
        self.decode, self.pixels = nn.Linear(20, 400), nn.Linear(400, 784)

    def forward(self, x, noise):
        h = self.encode(x).relu()
        mean, log_variance = self.mean(h), self.log_variance(h)
        deviation = (0.5 * log_variance).exp()
        z = mean + (torch.randn_like(deviation) if noise is None else noise) * deviation
        return self.pixels(self.decode(z).relu()).sigmoid(), mean, log_variance


def vae_mlp(check):
    x = U(1, (128, 784))
    noise = U(3, (128, 20), -3 ** 0.5, 3 ** 0.5) if check else None
    model = fan_in(Vae())

    def loss():
        image, mean, log_variance = model(x, noise)
        distance = -0.5 * (1 + log_variance - mean.pow(2) - log_variance.exp()).sum()
        return F.binary_cross_entropy(image, x, reduction="sum") + distance

    return training(torch.optim.Adam(model.parameters(), lr=1e-3), loss)


ALL = {"vae_mlp": vae_mlp}
