"""Goldens for modules, taken from PyTorch: initial values, training runs, names and printed forms.

    python3 generate_nn.py         writes init.json, training.json and modules.json

Most rows are Python expressions, recorded as they stand beside what they give. Made with PyTorch 1.13.1, one thread.
Dropout's mask is taken from the ordinary stream, a 53-bit double to each element; a PyTorch built with Intel's MKL and
running on an Intel processor draws it from MKL's generator instead and gives another mask.
"""
import inspect
import warnings

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn import init
from torch.utils.data import DataLoader, TensorDataset

from golden_file import write

torch.set_num_threads(1)


# ---- Initial values --------------------------------------------------------------------------------------------------

INITS = [
    "nn.Linear(3, 4)",
    "nn.Linear(3, 4, bias=False)",
    "nn.Linear(784, 5)",
    "nn.Linear(3, 4, dtype=torch.float64)",
    "nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))",
    "nn.Bilinear(2, 3, 4)",
    "nn.Conv1d(3, 4, 5)",
    "nn.Conv2d(3, 8, 3)",
    "nn.Conv2d(4, 8, (3, 2), groups=2, bias=False)",
    "nn.ConvTranspose2d(3, 8, 3)",
    "nn.Embedding(10, 3)",
    "nn.Embedding(10, 3, padding_idx=1)",
    "nn.Embedding(3, 4)",
    "nn.RNN(3, 4)",
    "nn.LSTM(3, 4)",
    "nn.LSTM(3, 5, num_layers=2, bidirectional=True)",
    "nn.GRU(3, 4)",
    "nn.LSTMCell(3, 4)",
    "nn.MultiheadAttention(4, 2)",
    "nn.TransformerEncoderLayer(4, 2, dim_feedforward=8)",
    "nn.BatchNorm1d(4)",
    "nn.LayerNorm([2, 3])",
    "nn.PReLU(3)",
    "init.uniform_(torch.empty(3, 5))",
    "init.uniform_(torch.empty(4, 4), a=-2.0, b=3.0)",
    "init.uniform_(torch.empty(4, 4, dtype=torch.float64), a=-2.0, b=3.0)",
    "init.normal_(torch.empty(3, 5))",
    "init.normal_(torch.empty(4, 4))",
    "init.normal_(torch.empty(7, 5), mean=1.0, std=0.1)",
    "init.normal_(torch.empty(7, 5, dtype=torch.float64), mean=1.0, std=0.1)",
    "init.trunc_normal_(torch.empty(4, 5))",
    "init.trunc_normal_(torch.empty(40, 50), mean=0.5, std=1.5, a=-1.0, b=2.0)",
    "init.trunc_normal_(torch.empty(6, 5, dtype=torch.float64), std=0.02)",
    "init.xavier_uniform_(torch.empty(5, 7))",
    "init.xavier_uniform_(torch.empty(4, 3, 2, 2), gain=init.calculate_gain('relu'))",
    "init.xavier_normal_(torch.empty(5, 7))",
    "init.xavier_normal_(torch.empty(4, 3, 2, 2), gain=2.0)",
    "init.kaiming_uniform_(torch.empty(5, 7))",
    "init.kaiming_uniform_(torch.empty(4, 3, 2, 2), a=0.2, mode='fan_out')",
    "init.kaiming_uniform_(torch.empty(5, 7), nonlinearity='relu')",
    "init.kaiming_normal_(torch.empty(5, 7))",
    "init.kaiming_normal_(torch.empty(4, 3, 2, 2), mode='fan_out', nonlinearity='relu')",
    "init.orthogonal_(torch.empty(4, 4))",
    "init.orthogonal_(torch.empty(6, 3))",
    "init.orthogonal_(torch.empty(3, 6), gain=2.0)",
    "init.orthogonal_(torch.empty(4, 2, 3))",
    "init.orthogonal_(torch.empty(5, 5, dtype=torch.float64))",
    "init.eye_(torch.empty(3, 4))",
    "init.eye_(torch.empty(4, 3))",
    "init.dirac_(torch.empty(3, 4, 3))",
    "init.dirac_(torch.empty(4, 2, 3, 4))",
    "init.dirac_(torch.empty(4, 2, 3, 3), groups=2)",
    "init.dirac_(torch.empty(2, 2, 3, 3, 3))",
    "init.sparse_(torch.empty(10, 6), sparsity=0.3)",
    "init.sparse_(torch.empty(5, 3), sparsity=0.25, std=1.0)",
    "init.constant_(torch.empty(2, 2), 0.3)",
    "init.ones_(torch.empty(2, 2))",
    "init.zeros_(torch.empty(2, 2))",
]

GAINS = [
    *[(name, None) for name in ("linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d",
                                "conv_transpose3d", "sigmoid", "tanh", "relu", "leaky_relu", "selu")],
    ("leaky_relu", 0.2), ("leaky_relu", 1), ("leaky_relu", -0.5), ("tanh", 0.3),
]


def sample(tensor):
    """All of a small tensor, both ends of a large one, and the sum."""
    flat = tensor.detach().flatten()
    at = list(range(len(flat))) if len(flat) <= 32 else [*range(12), *range(len(flat) - 12, len(flat))]
    return dict(shape=list(tensor.shape), dtype=str(tensor.dtype)[6:], at=at, values=flat[at],
                sum=flat.sum(dtype=torch.float64))


def init_case(code):
    torch.manual_seed(0)
    made = eval(code)
    named = {"": made} if isinstance(made, torch.Tensor) else dict(made.named_parameters())
    return dict(code=code, tensors={name: sample(tensor) for name, tensor in named.items()}, next_rand=torch.rand(1))


def write_inits():
    write("init.json",
          about="After manual_seed(0): values at the flat indices `at`, the sum in float64, and the number that "
                "rand(1) gives next, which tells how much was drawn.",
          gains=[dict(nonlinearity=name, param=param, gain=init.calculate_gain(name, param)) for name, param in GAINS],
          cases=[init_case(code) for code in INITS])


# ---- Training --------------------------------------------------------------------------------------------------------

MLP = "nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 3))"
DROPOUT = "nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Dropout(0.5), nn.Linear(16, 3))"

RUNS = [
    ("full batch", MLP, None, 30),
    ("full batch, dropout", DROPOUT, None, 30),
    ("shuffled batches of 8", MLP, dict(batch_size=8, shuffle=True), 3),
    ("shuffled batches of 8, dropout", DROPOUT, dict(batch_size=8, shuffle=True), 3),
    ("shuffled batches of 8, the last dropped", MLP, dict(batch_size=8, shuffle=True, drop_last=True), 3),
]


def prepare(code):
    """The seed, the model, then the data: in this order, for all draw from one stream."""
    torch.manual_seed(0)
    return eval(code), torch.randn(50, 4), torch.randint(3, (50,))


def record_masks(model):
    """What dropout is about to draw at each call, 1 kept and 0 dropped, one character to each element."""
    masks = []

    def foresee(dropout, inputs):
        state = torch.get_rng_state()
        kept = F.dropout(torch.ones_like(inputs[0]), dropout.p) > 0
        masks.append("".join(str(int(k)) for k in kept.flatten()))
        torch.set_rng_state(state)

    for module in model:
        if isinstance(module, nn.Dropout):
            module.register_forward_pre_hook(foresee)
    return masks


def training_case(name, code, loader, epochs):
    model, x, y = prepare(code)
    opt = torch.optim.Adam(model.parameters(), lr=1e-2)
    data = TensorDataset(x, y, torch.arange(50))
    batches = DataLoader(data, **loader) if loader else [data[:]]
    masks, losses, order = record_masks(model), [], []
    for _ in range(epochs):
        order.append([])
        for bx, by, index in batches:
            loss = nn.CrossEntropyLoss()(model(bx), by)
            opt.zero_grad()
            loss.backward()
            opt.step()
            losses.append(loss)
            order[-1] += index.tolist()
    return dict(name=name, model=code, loader=loader, epochs=epochs, losses=losses, order=order if loader else None,
                first_mask=masks[0] if masks else None, final=list(model.parameters()), next_rand=torch.rand(1))


def write_training():
    model, x, y = prepare(MLP)                   # the same for all runs: neither ReLU nor Dropout draws when made
    write("training.json",
          about="Float32. manual_seed(0), then the model, x = randn(50, 4), y = randint(3, (50,)); CrossEntropyLoss, "
                "Adam(lr=1e-2): the loss of each batch, the drawn order of each epoch, the first call's dropout mask "
                "(1 kept, 0 dropped), the parameters afterwards, and what rand(1) gives next.",
          x=x, y=y, initial=list(model.parameters()),
          cases=[training_case(*run) for run in RUNS])


# ---- Names and printed forms -----------------------------------------------------------------------------------------

class Block(nn.Module):
    def __init__(self, n_in, n_out):
        super().__init__()
        self.fc1 = nn.Linear(n_in, n_out)
        self.act = nn.ReLU()
        self.norm = nn.BatchNorm1d(n_out)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(5, 4)
        self.blocks = nn.ModuleList([Block(4, 6), Block(6, 4)])
        self.heads = nn.ModuleDict({"main": nn.Linear(4, 2), "aux": nn.Sequential(nn.Linear(4, 3), nn.Tanh())})
        self.scale = nn.Parameter(torch.ones(1))
        self.register_buffer("mean", torch.zeros(3))
        self.register_buffer("scratch", torch.zeros(2), persistent=False)
        self.tied = nn.Linear(4, 5, bias=False)
        self.tied.weight = self.embed.weight


NAMES = [
    "Net()",
    "Block(2, 3)",
    "nn.Linear(3, 4, bias=False)",
    "nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Sequential(nn.Linear(4, 2)))",
    "nn.BatchNorm2d(3)",
    "nn.BatchNorm2d(3, affine=False)",
    "nn.LSTM(2, 3, num_layers=2, bidirectional=True)",
    "nn.GRU(2, 3, bias=False)",
    "nn.MultiheadAttention(4, 2)",
    "nn.MultiheadAttention(4, 2, kdim=3, vdim=5, bias=False)",
    "nn.TransformerEncoderLayer(4, 2, dim_feedforward=8)",
    "nn.ParameterList([nn.Parameter(torch.zeros(2)), nn.Parameter(torch.zeros(3))])",
    "nn.ParameterDict({'a': nn.Parameter(torch.zeros(2)), 'b': nn.Parameter(torch.zeros(3))})",
]

# Without repeated neighbours in a ModuleList, Upsample, and Softplus of integers: 2.x prints those in another way.
REPRS = [
    "Net()",
    "Block(2, 3)",
    "nn.Sequential()",
    "nn.ModuleList()",
    "nn.ModuleDict()",
    "nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Dropout(0.1), nn.Linear(4, 2, bias=False), nn.Softmax(dim=1))",
    "nn.Sequential(nn.Flatten(), nn.Sequential(nn.Linear(3, 4), nn.GELU()), nn.LogSoftmax(dim=-1))",
    "nn.ModuleList([nn.Linear(3, 4), nn.ReLU()])",
    "nn.ModuleDict({'linear': nn.Linear(3, 4), 'act': nn.ReLU()})",
    "nn.Identity()",
    "nn.Linear(3, 4)",
    "nn.Linear(3, 4, bias=False)",
    "nn.Bilinear(2, 3, 4)",
    "nn.Flatten()",
    "nn.Flatten(0, 2)",
    "nn.Unflatten(1, (2, 3))",
    "nn.Dropout()",
    "nn.Dropout(0.25, inplace=True)",
    "nn.Dropout2d(0.1)",
    "nn.AlphaDropout(0.2)",
    "nn.ReLU()",
    "nn.ReLU(inplace=True)",
    "nn.ReLU6()",
    "nn.LeakyReLU()",
    "nn.LeakyReLU(0.2, inplace=True)",
    "nn.PReLU()",
    "nn.PReLU(3, init=0.1)",
    "nn.ELU()",
    "nn.ELU(0.5)",
    "nn.CELU()",
    "nn.SELU()",
    "nn.GELU()",
    "nn.GELU(approximate='tanh')",
    "nn.SiLU()",
    "nn.Mish()",
    "nn.Sigmoid()",
    "nn.LogSigmoid()",
    "nn.Tanh()",
    "nn.Hardtanh()",
    "nn.Hardtanh(-2.0, 0.5)",
    "nn.Hardsigmoid()",
    "nn.Hardswish()",
    "nn.Hardshrink()",
    "nn.Softshrink(0.25)",
    "nn.Tanhshrink()",
    "nn.Softplus(beta=2.0, threshold=10.0)",
    "nn.Softsign()",
    "nn.Softmin(dim=0)",
    "nn.Softmax(dim=1)",
    "nn.Softmax()",
    "nn.LogSoftmax(dim=1)",
    "nn.Threshold(0.1, 20.0)",
    "nn.GLU()",
    "nn.Conv1d(3, 8, 5)",
    "nn.Conv2d(3, 8, 3)",
    "nn.Conv2d(4, 8, (3, 5), stride=2, padding=1, dilation=2, groups=4, bias=False, padding_mode='reflect')",
    "nn.Conv2d(3, 8, 3, padding='same')",
    "nn.ConvTranspose2d(3, 8, 3, stride=2, padding=1, output_padding=1)",
    "nn.MaxPool2d(2)",
    "nn.MaxPool2d(3, stride=2, padding=1, dilation=1, ceil_mode=True)",
    "nn.AvgPool1d(2)",
    "nn.AvgPool2d(2)",
    "nn.AdaptiveAvgPool2d((1, 1))",
    "nn.AdaptiveAvgPool2d(1)",
    "nn.AdaptiveMaxPool1d(4)",
    "nn.ZeroPad2d(1)",
    "nn.ConstantPad1d((1, 2), 3.5)",
    "nn.PixelShuffle(2)",
    "nn.BatchNorm1d(4)",
    "nn.BatchNorm2d(4, eps=1e-3, momentum=None, affine=False, track_running_stats=False)",
    "nn.InstanceNorm2d(4)",
    "nn.LayerNorm(4)",
    "nn.LayerNorm((2, 3), elementwise_affine=False)",
    "nn.GroupNorm(2, 4)",
    "nn.LocalResponseNorm(2)",
    "nn.Embedding(10, 3)",
    "nn.Embedding(10, 3, padding_idx=0, max_norm=1.0)",
    "nn.RNN(3, 4)",
    "nn.LSTM(3, 4, num_layers=2, batch_first=True, dropout=0.1, bidirectional=True)",
    "nn.GRU(3, 4, bias=False)",
    "nn.LSTMCell(3, 4)",
    "nn.RNNCell(3, 4, nonlinearity='relu')",
    "nn.MultiheadAttention(4, 2)",
    "nn.TransformerEncoderLayer(4, 2, dim_feedforward=8)",
    *[f"nn.{loss}()" for loss in ("MSELoss", "L1Loss", "SmoothL1Loss", "HuberLoss", "CrossEntropyLoss", "NLLLoss",
                                  "BCELoss", "BCEWithLogitsLoss", "KLDivLoss", "CosineSimilarity")],
    "nn.CrossEntropyLoss(weight=torch.ones(3), label_smoothing=0.1)",
]


def names_case(code):
    made = eval(code)
    return dict(code=code, state_dict={name: list(value.shape) for name, value in made.state_dict().items()},
                named_parameters=[name for name, _ in made.named_parameters()],
                named_buffers=[name for name, _ in made.named_buffers()],
                named_modules=[name for name, _ in made.named_modules()])


def write_modules():
    write("modules.json",
          about="What the expressions' modules are called inside and how they print.",
          classes=[dict(source=inspect.getsource(made)) for made in (Block, Net)],
          names=[names_case(code) for code in NAMES],
          reprs=[dict(code=code, repr=repr(eval(code))) for code in REPRS])


if __name__ == "__main__":
    warnings.simplefilter("error")
    write_inits()
    write_training()
    write_modules()
