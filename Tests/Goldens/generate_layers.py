"""Goldens for layer norm and attention, taken from PyTorch.

    python3 generate_layers.py         writes layers.json

Everything follows from the seed: manual_seed(0), then the expressions in their order. Made with PyTorch 1.13.1, one thread.
"""
import torch
from torch import nn
from torch.nn import functional as F

from golden_file import write

torch.set_num_threads(1)

# ---- MultiheadAttention: the layer, the inputs, and the arguments of the call ----------------------------------------------------

LAYER = "nn.MultiheadAttention(6, 2, dtype=torch.float64)"
ATTENTION = [
    ("self", LAYER, "x, x, x", dict(x=(3, 2, 6)), {}),
    ("output alone", LAYER, "x, x, x", dict(x=(3, 2, 6)), dict(need_weights=False)),
    ("weights of each head", LAYER, "x, x, x", dict(x=(3, 2, 6)), dict(average_attn_weights=False)),
    ("cross", LAYER, "x, y, z", dict(x=(3, 2, 6), y=(4, 2, 6), z=(4, 2, 6)), dict(need_weights=False)),
    ("one example", LAYER, "x, y, y", dict(x=(3, 6), y=(4, 6)), {}),
    ("one example, output alone", LAYER, "x, y, y", dict(x=(3, 6), y=(4, 6)), dict(need_weights=False, key_padding_mask=[0, 0, 1, 0])),
    ("other sizes, no bias", "nn.MultiheadAttention(6, 3, bias=False, kdim=3, vdim=5, dtype=torch.float64)",
     "x, y, z", dict(x=(3, 2, 6), y=(4, 2, 3), z=(4, 2, 5)), {}),
    ("batch first", "nn.MultiheadAttention(6, 2, batch_first=True, dtype=torch.float64)", "x, x, x", dict(x=(2, 3, 6)), {}),
    ("batch first, output alone", "nn.MultiheadAttention(6, 2, batch_first=True, dtype=torch.float64)",
     "x, y, y", dict(x=(2, 3, 6), y=(2, 5, 6)), dict(need_weights=False)),
    ("padding", LAYER, "x, x, x", dict(x=(3, 2, 6)), dict(key_padding_mask=[[0, 0, 1], [0, 1, 1]])),
    ("pairs", LAYER, "x, x, x", dict(x=(3, 2, 6)), dict(need_weights=False, attn_mask=[[0, 1, 1], [0, 0, 1], [0, 0, 0]])),
    ("pairs and padding", LAYER, "x, x, x", dict(x=(2, 2, 6)), dict(attn_mask=[[0, 1], [0, 0]], key_padding_mask=[[0, 0], [0, 1]])),
    ("numbers for each head", LAYER, "x, x, x", dict(x=(2, 2, 6)),
     dict(need_weights=False, attn_mask=[[[0., -1.], [2., 0.]], [[1., 1.], [0., 3.]], [[0., 0.], [0., 0.]], [[-1., -2.], [0., -3.]]])),
    ("one more key, learnt and zero", "nn.MultiheadAttention(6, 2, add_bias_kv=True, add_zero_attn=True, dtype=torch.float64)",
     "x, x, x", dict(x=(3, 2, 6)), dict(attn_mask=[[0, 1, 1], [0, 0, 1], [0, 0, 0]])),
    ("dropout", "nn.MultiheadAttention(6, 2, dropout=0.5, dtype=torch.float64)", "x, x, x", dict(x=(3, 2, 6)), {}),
    ("dropout, output alone", "nn.MultiheadAttention(6, 2, dropout=0.5, dtype=torch.float64)", "x, x, x", dict(x=(3, 2, 6)), dict(need_weights=False)),
]


def mask(data):
    """Truth values are given as 0 and 1, numbers to be added with a point."""
    data = torch.tensor(data)
    return data.double() if data.is_floating_point() else data.bool()


def attention_case(name, code, order, shapes, options):
    torch.manual_seed(0)
    layer = eval(code)
    inputs = {key: torch.randn(shape, dtype=torch.float64, requires_grad=True) for key, shape in shapes.items()}
    masks = {key: mask(value) for key, value in options.items() if isinstance(value, list)}
    y, weights = layer(*[inputs[key] for key in order.split(", ")], **(options | masks))
    dy = torch.randn(y.shape, dtype=torch.float64)
    loss = (y * dy).sum() + (0 if weights is None else (weights * torch.arange(weights.numel()).reshape(weights.shape)).sum())
    loss.backward()
    return dict(name=name, layer=code, order=order, inputs={key: list(shape) for key, shape in shapes.items()},
                masks={key: dict(dtype=str(m.dtype)[6:], shape=list(m.shape), values=m.double()) for key, m in masks.items()},
                flags={key: value for key, value in options.items() if key not in masks},
                y_shape=list(y.shape), y=y, weights_shape=None if weights is None else list(weights.shape), weights=weights,
                grads={**{key: x.grad for key, x in inputs.items()}, **{key: p.grad for key, p in layer.named_parameters()}},
                next_rand=torch.rand(1))


# ---- How far PyTorch's float32 is from float64, on the same inputs -------------------------------------------------------------------

def errors(function, *inputs):
    """The largest difference in the result and in the gradient of each input."""
    found = []
    for dtype in torch.float32, torch.float64:
        x = [t.detach().to(dtype).requires_grad_() for t in inputs]
        y = function(*x)
        y.backward((torch.arange(y.numel(), dtype=dtype) % 17 / 16).reshape(y.shape))           # sixteenths: exact in both
        found.append([y.detach(), *[t.grad for t in x]])
    return [(a.double() - b).abs().max().item() for a, b in zip(*found)]


def layer_norm_errors(rows, n, mean, std):
    torch.manual_seed(0)
    x, w, b = torch.randn(rows, n) * std + mean, torch.rand(n) + 0.5, torch.randn(n)
    return dict(rows=rows, n=n, mean=mean, std=std, errors=errors(lambda x, w, b: F.layer_norm(x, (n,), w, b), x, w, b))


if __name__ == "__main__":
    write("layers.json",
          about="manual_seed(0), then the layer, the inputs by randn in float64 in their order, dropout's masks, and randn for dy; the loss is "
                "sum(y * dy) + sum(weights * arange). Errors: PyTorch's float32 against its float64, on the same inputs; dy = arange % 17 / 16.",
          attention=[attention_case(*case) for case in ATTENTION],
          layer_norm_errors=[layer_norm_errors(*case) for case in [(64, 128, 0., 1.), (64, 1024, 0., 1.), (64, 1024, 10., 1.), (33, 100, -3., 0.1), (16, 4100, 1., 2.)]])
