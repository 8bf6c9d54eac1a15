"""Goldens for the recurrent modules, taken from PyTorch: outputs and all gradients.

    python3 generate_recurrent.py         writes recurrent.json

Per case manual_seed(0), then the module, the inputs, and the gradients of the outputs; manual_seed(1) before the call, for dropout.
Every case in float64 and in float32, with the same draws. Made with PyTorch 1.13.1, one thread.
"""
import torch
from torch import nn

from golden_file import write

torch.set_num_threads(1)

# The module, the shapes of x and of each initial state (none: zeros).
CASES = [
    ("nn.RNN(3, 4)", (5, 2, 3), (1, 2, 4)),
    ("nn.RNN(3, 4)", (5, 3), None),
    ("nn.RNN(3, 9, num_layers=2, nonlinearity='relu', batch_first=True)", (2, 4, 3), (2, 2, 9)),
    ("nn.RNN(3, 5, bias=False, bidirectional=True)", (4, 2, 3), (2, 2, 5)),
    ("nn.LSTM(3, 4)", (5, 2, 3), (1, 2, 4)),
    ("nn.LSTM(3, 4)", (5, 3), (1, 4)),
    ("nn.LSTM(3, 4, batch_first=True)", (5, 3), None),
    ("nn.LSTM(3, 5, num_layers=2, bidirectional=True)", (4, 2, 3), (4, 2, 5)),
    ("nn.LSTM(3, 9, bias=False, batch_first=True)", (2, 4, 3), None),
    ("nn.LSTM(3, 4, num_layers=3, dropout=0.5)", (4, 2, 3), None),
    ("nn.LSTM(3, 4, num_layers=2, batch_first=True, dropout=0.25, bidirectional=True)", (2, 4, 3), None),
    ("nn.LSTM(3, 5, num_layers=2, bidirectional=True, proj_size=2)", (4, 2, 3), None),
    ("nn.GRU(3, 4)", (5, 2, 3), (1, 2, 4)),
    ("nn.GRU(3, 4, bias=False)", (5, 3), (1, 4)),
    ("nn.GRU(3, 9, num_layers=2, batch_first=True, bidirectional=True)", (2, 4, 3), (4, 2, 9)),
    ("nn.GRU(3, 4, num_layers=2, dropout=0.5)", (4, 2, 3), None),
    ("nn.RNNCell(3, 4)", (2, 3), (2, 4)),
    ("nn.RNNCell(3, 9, bias=False, nonlinearity='relu')", (2, 3), None),
    ("nn.LSTMCell(3, 4)", (2, 3), (2, 4)),
    ("nn.LSTMCell(3, 9, bias=False)", (3,), (9,)),
    ("nn.GRUCell(3, 4)", (2, 3), (2, 4)),
    ("nn.GRUCell(3, 9)", (3,), None),
]


def flat(outputs):
    if isinstance(outputs, torch.Tensor):
        return [outputs]
    return [y for part in outputs for y in flat(part)]


def case(code, shape, state, dtype):
    torch.manual_seed(0)
    module = eval(code).to(dtype)
    states = [] if state is None else [state] * (2 if "LSTM" in code else 1)
    inputs = [torch.randn(s).to(dtype).requires_grad_() for s in [shape, *states]]
    x, *initial = inputs
    given = [x] if not initial else [x, initial[0]] if len(initial) == 1 else [x, tuple(initial)]
    torch.manual_seed(1)
    outputs = flat(module(*given))
    next_rand = torch.rand(1)
    dys = [torch.randn(y.shape).to(dtype) for y in outputs]
    torch.autograd.backward(outputs, dys)
    return dict(code=code, dtype=str(dtype)[6:], shapes=[list(v.shape) for v in inputs], inputs=inputs, outputs=outputs,
                output_shapes=[list(y.shape) for y in outputs], dys=dys, next_rand=next_rand,
                grads=[v.grad for v in inputs], parameter_grads={name: p.grad for name, p in module.named_parameters()})


if __name__ == "__main__":
    write("recurrent.json",
          about="x and the initial states, the outputs (y, h, of an LSTM c), their gradients dys, and the gradients of inputs and parameters.",
          cases=[case(*c, dtype) for c in CASES for dtype in (torch.float64, torch.float32)])
