"""Goldens for averaged models and the statistics of batch norm, taken from PyTorch.

    python3 generate_swa.py         writes swa.json

MODEL is trained in float64 on batches x with targets y, by SGD(lr=0.1, momentum=0.9) on the mean of squares; after each step the averages
are updated. Recorded are the batches, the parameters and buffers of every average after each update, and its running
statistics after update_bn over the batches. Made with PyTorch 1.13.1, one thread; it has no EMA of its own, so the function is written out.
Without use_buffers 1.13.1 leaves the buffers as they were, 2.x copies them: those are not recorded.
"""
import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel, update_bn

from golden_file import write

torch.set_num_threads(1)
MODEL = "nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Tanh(), nn.Linear(4, 2), nn.BatchNorm1d(2, momentum=None))"


def ema(decay):
    return lambda averaged, current, n: decay * averaged + (1 - decay) * current


AVERAGES = {
    "swa": dict(),
    "swa with buffers": dict(use_buffers=True),
    "ema 0.9": dict(avg_fn=ema(0.9)),
    "ema 0.5 with buffers": dict(avg_fn=ema(0.5), use_buffers=True),
}


def tensors(named):
    return {name: t.detach().clone() for name, t in named}


torch.manual_seed(0)
model = eval(MODEL).double()
initial = tensors(model.state_dict().items())
averages = {name: AveragedModel(model, **arguments) for name, arguments in AVERAGES.items()}
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
x = [torch.randn(n, 3, dtype=torch.float64) for n in (4, 4, 4, 4, 2)]
y = [torch.randn(len(b), 2, dtype=torch.float64) for b in x]
updates = {name: [] for name in AVERAGES}
for bx, by in zip(x, y):
    optimizer.zero_grad()
    nn.functional.mse_loss(model(bx), by).backward()
    optimizer.step()
    for name, averaged in averages.items():
        averaged.update_parameters(model)
        recorded = averaged.state_dict().items() if AVERAGES[name].get("use_buffers") else averaged.named_parameters()
        updates[name].append(tensors(recorded))

after = {}
for name, averaged in averages.items():
    averaged.eval()
    update_bn(x, averaged)
    averaged(x[0])
    after[name] = dict(buffers=tensors(averaged.named_buffers()), evaluated=averaged(x[0]), mode=averaged.training)

write("swa.json", about="See generate_swa.py.", model=MODEL, initial=initial, x=x, y=y,
      cases=[dict(name=name, keys=list(averages[name].state_dict()), updates=updates[name], **after[name]) for name in AVERAGES])
