"""One epoch over 60,000 images in shuffled batches of 64: the loader, and the indexing that it could be."""
import torch
from torch.utils.data import DataLoader, TensorDataset

from data import K, U


def images():
    return U(1, (60000, 784)), K(2, (60000,), 10)


def dataloader_mnist(check):
    loader = DataLoader(TensorDataset(*images()), batch_size=64, shuffle=True)

    def step():
        if check:
            torch.manual_seed(0)
        for x, y in loader:
            pass
        return x

    return step


def dataloader_mnist_index(check):
    inputs, targets = images()

    def step():
        if check:
            torch.manual_seed(0)
        order = torch.randperm(60000)
        for first in range(0, 60000, 64):
            batch = order[first:first + 64]
            x, y = inputs[batch], targets[batch]
        return x

    return step


ALL = {"dataloader_mnist": dataloader_mnist, "dataloader_mnist_index": dataloader_mnist_index}
