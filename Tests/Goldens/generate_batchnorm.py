"""Goldens for the layers of batch norm, taken from PyTorch.

    python3 generate_batchnorm.py         writes batchnorm.json

Each layer, in float64, is trained on three batches, of sizes that differ, and then evaluated on the first. Recorded are the
batches, the outputs, the gradients of sum(output * cos(1, 2, 3, ...)) in the last batch, and the buffers after each batch.
Made with PyTorch 1.13.1, one thread.
"""
import torch
from torch import nn

from golden_file import write

torch.set_num_threads(1)

CASES = [
    ("nn.BatchNorm1d(3)", [(4, 3), (2, 3), (5, 3)]),
    ("nn.BatchNorm1d(3)", [(2, 3, 4), (1, 3, 4), (3, 3, 2)]),
    ("nn.BatchNorm1d(2, eps=0.1, momentum=0.5)", [(1, 2, 17), (3, 2, 17), (2, 2, 16)]),
    ("nn.BatchNorm2d(2, momentum=None)", [(2, 2, 3, 5), (1, 2, 3, 5), (2, 2, 5, 4)]),
    ("nn.BatchNorm2d(2, affine=False)", [(2, 2, 3, 2), (2, 2, 4, 5), (1, 2, 1, 2)]),
    ("nn.BatchNorm2d(2, track_running_stats=False)", [(2, 2, 3, 2), (2, 2, 4, 5), (1, 2, 1, 2)]),
    ("nn.BatchNorm3d(2, momentum=0.0)", [(2, 2, 2, 1, 2), (1, 2, 2, 3, 3), (2, 2, 1, 1, 1)]),
    ("nn.BatchNorm1d(3, momentum=1.0)", [(4, 3), (0, 3), (5, 3)]),
]


def tensor(x):
    return dict(shape=list(x.shape), data=x.detach().flatten().clone())


def case(code, shapes):
    torch.manual_seed(len(shapes[0]))
    layer = eval(code).double()
    for p in layer.parameters():
        nn.init.normal_(p, 1.0, 0.5)
    steps = []
    initial = [tensor(p) for p in layer.parameters()]
    for number, shape in enumerate(shapes):
        x = (torch.randn(shape, dtype=torch.float64) * (number + 1) + 3 * number).requires_grad_()
        y = layer(x)
        steps.append(dict(x=tensor(x), y=tensor(y), buffers={name: tensor(b) for name, b in layer.named_buffers()}))
        if number == 0:
            first = x.detach()
    (y * torch.cos(torch.arange(1, y.numel() + 1, dtype=torch.float64)).reshape(y.shape)).sum().backward()
    grads = [tensor(t.grad) for t in (x, *layer.parameters())]
    layer.eval()
    x = first.clone().requires_grad_()
    y = layer(x)
    layer.zero_grad()
    (y * torch.cos(torch.arange(1, y.numel() + 1, dtype=torch.float64)).reshape(y.shape)).sum().backward()
    return dict(code=code, initial=initial, steps=steps, grads=grads, evaluated=tensor(y), evaluated_grads=[tensor(t.grad) for t in (x, *layer.parameters())])


def errors(shape, mean, std):
    """How far float32 is from float64 on the same inputs: the largest difference in the result and in the gradient of each input."""
    torch.manual_seed(0)
    inputs = torch.randn(shape) * std + mean, torch.rand(shape[1]) + 0.5, torch.randn(shape[1])
    found = []
    for dtype in torch.float32, torch.float64:
        x, w, b = [t.detach().to(dtype).requires_grad_() for t in inputs]
        y = nn.functional.batch_norm(x, None, None, w, b, training=True)
        y.backward((torch.arange(y.numel(), dtype=dtype) % 17 / 16).reshape(y.shape))           # sixteenths: exact in both
        found.append([y.detach(), x.grad, w.grad, b.grad])
    return dict(shape=shape, mean=mean, std=std, errors=[(a.double() - b).abs().max().item() for a, b in zip(*found)])


write("batchnorm.json", about="See generate_batchnorm.py.", cases=[case(*c) for c in CASES],
      errors=[errors(*c) for c in [((128, 256), 0., 1.), ((64, 1024), 0., 1.), ((64, 100), 10., 1.), ((33, 17), -3., 0.1), ((1000, 5), 1., 2.)]])
