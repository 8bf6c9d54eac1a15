"""Goldens for optimizers, schedulers and gradient clipping, taken from PyTorch.

    python3 generate_optim.py      writes optim.json, optim_more.json, optim_later.json, lbfgs.json, schedulers.json,
                                   schedulers_more.json, clip.json

To cover another optimizer or scheduler, add a row to its table below; nothing else changes. Made with PyTorch 1.13.1.
"""
import inspect
import math
import warnings
from dataclasses import dataclass, field

import torch
import torch.optim.swa_utils
from torch import nn

import later_optimizers
from golden_file import write

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)          # 1.13.1 keeps some optimizer state in the default dtype


# ---- Problems: what is minimised -------------------------------------------------------------------------------------

@dataclass
class Problem:
    """Parameters by name, in the optimizer's order; `loss(parameters, data)` is also recorded as its source."""
    about: str
    start: dict
    loss: callable
    step: float                                  # a learning rate that SGD survives, with momentum too
    data: dict = field(default_factory=dict)
    groups: tuple = ()                           # names per parameter group; one group of all if empty
    missing: dict = field(default_factory=dict)  # name → the steps (from 1) at which its gradient is None


def rotated_spectrum(eigenvalues):
    """A symmetric matrix with these eigenvalues, its eigenvectors a random rotation."""
    q, _ = torch.linalg.qr(torch.randn(len(eigenvalues), len(eigenvalues)))
    a = q @ torch.diag(eigenvalues) @ q.T
    return (a + a.T) / 2


def random(*shape):
    """Normal numbers of three decimals: short in the file and the same everywhere."""
    return torch.randn(shape).mul(1000).round().div(1000)


def rosenbrock(p, _):
    x, y = p["xy"][0], p["xy"][1]
    return (1 - x) ** 2 + 100 * (y - x ** 2) ** 2


def quadratic(p, d):
    x = p["x"]
    return x @ (d["A"] @ x) / 2 - d["b"] @ x


def mlp(p, d):
    hidden = torch.tanh(d["x"] @ p["w1"].T + p["b1"])
    return ((hidden @ p["w2"].T + p["b2"] - d["y"]) ** 2).mean()


def gaps(p, d):
    return sum((d["c_" + name] * (p[name] - d["t_" + name]) ** 2).sum() / 2 for name in p)


torch.manual_seed(1)
PROBLEMS = {
    "rosenbrock": Problem(
        about="the banana valley in 2-D",
        start={"xy": torch.tensor([-1.2, 1.0])}, loss=rosenbrock, step=2e-4),
    "quadratic": Problem(
        about="10-D, eigenvalues 1e-2 to 1e1 in a rotated basis",
        start={"x": random(10)}, loss=quadratic, step=0.05,
        data={"A": rotated_spectrum(torch.logspace(-2, 1, 10)), "b": random(10)}),
    "mlp": Problem(
        about="3-4-1 with tanh and mean squared error on 8 points; weights and biases are two groups",
        start={"w1": random(4, 3), "w2": random(1, 4), "b1": random(4), "b2": random(1)}, loss=mlp, step=0.1,
        data={"x": random(8, 3), "y": random(8, 1)}, groups=(("w1", "w2"), ("b1", "b2"))),
    "gaps": Problem(
        about="separable, so gradients are elementwise; at some steps a gradient is None, which is not zero",
        start={"a": random(3), "b": random(2, 2)}, loss=gaps, step=0.1,
        data={"c_a": torch.tensor([0.5, 1.0, 4.0]), "t_a": random(3),
              "c_b": torch.tensor([[3.0, 0.1], [1.0, 2.0]]), "t_b": random(2, 2)},
        missing={"a": [7, 8, 9, 30], "b": [1, 2, 5, 20, 21, 22, 23, 24, 41, 60]}),
}


def factors(p, d):
    return ((p["u"] @ p["v"] - d["y"]) ** 2).mean()


LATER_PROBLEMS = {
    **PROBLEMS,
    "factors": Problem(
        about="a matrix as the product of a tall and a wide one, which are two groups",
        start={"u": random(5, 2), "v": random(2, 4)}, loss=factors, step=0.1,
        data={"y": random(5, 4)}, groups=(("u",), ("v",))),
    "stack": Problem(
        about="two matrices in one parameter of three dimensions",
        start={"s": random(2, 3, 4)}, loss=gaps, step=0.1,
        data={"c_s": random(2, 3, 4).abs() + 0.1, "t_s": random(2, 3, 4)}),
}


# ---- Optimizers: one row per argument set ----------------------------------------------------------------------------

STEP = object()                                  # stands for the problem's own learning rate

OPTIMIZERS = [
    ("SGD", "plain", dict(lr=STEP)),
    ("SGD", "momentum", dict(lr=STEP, momentum=0.9)),
    ("SGD", "momentum, dampening", dict(lr=STEP, momentum=0.9, dampening=0.5)),
    ("SGD", "nesterov", dict(lr=STEP, momentum=0.9, nesterov=True)),
    ("SGD", "weight_decay", dict(lr=STEP, weight_decay=0.1)),
    ("SGD", "maximize", dict(lr=STEP, maximize=True)),
    ("SGD", "maximize, weight_decay", dict(lr=STEP, weight_decay=0.1, maximize=True)),
    ("SGD", "momentum, weight_decay, dampening", dict(lr=STEP, momentum=0.8, weight_decay=0.1, dampening=0.3)),
    ("SGD", "dampening alone", dict(lr=STEP, dampening=0.5)),
    ("SGD", "nesterov, weight_decay, maximize",
     dict(lr=STEP, momentum=0.7, weight_decay=0.1, nesterov=True, maximize=True)),
    *[row for adam in ("Adam", "AdamW") for row in (
        (adam, "default", dict()),
        (adam, "lr", dict(lr=0.05)),
        (adam, "betas", dict(lr=0.05, betas=(0.8, 0.95))),
        (adam, "eps large", dict(lr=0.05, eps=0.1)),
        (adam, "weight_decay", dict(lr=0.05, weight_decay=0.2)),
        (adam, "amsgrad", dict(lr=0.05, betas=(0.9, 0.9), amsgrad=True)),
        (adam, "maximize", dict(lr=0.05, maximize=True)),
        (adam, "all together",
         dict(lr=0.03, betas=(0.7, 0.9), eps=1e-3, weight_decay=0.1, amsgrad=True, maximize=True)))],
]

MORE_OPTIMIZERS = [
    ("Adamax", "default", dict()),
    ("Adamax", "all together", dict(lr=0.03, betas=(0.8, 0.95), eps=1e-3, weight_decay=0.1, maximize=True)),
    ("NAdam", "default", dict(foreach=True)),    # the default path multiplies by mu twice, a fault mended in 2.0
    ("NAdam", "all together",
     dict(lr=0.03, betas=(0.8, 0.95), eps=1e-3, weight_decay=0.1, momentum_decay=0.02, foreach=True)),
    ("NAdam", "maximize", dict(lr=0.03, weight_decay=0.1, maximize=True, foreach=True)),
    ("NAdam", "decoupled_weight_decay",
     dict(lr=0.01, betas=(0.8, 0.99), weight_decay=0.1, decoupled_weight_decay=True, foreach=True)),
    ("RAdam", "default", dict()),
    ("RAdam", "never rectified", dict(lr=STEP, betas=(0.8, 0.5))),
    ("RAdam", "all together", dict(lr=STEP, betas=(0.8, 0.95), eps=1e-3, weight_decay=0.1)),
    ("RAdam", "maximize", dict(lr=STEP, betas=(0.8, 0.95), weight_decay=0.1, maximize=True)),
    ("RAdam", "decoupled_weight_decay", dict(lr=STEP, betas=(0.8, 0.95), weight_decay=0.1, decoupled_weight_decay=True)),
    ("Adagrad", "default", dict()),
    ("Adagrad", "lr_decay, initial_accumulator_value", dict(lr=0.2, lr_decay=0.1, initial_accumulator_value=0.5)),
    ("Adagrad", "all together", dict(lr=0.2, lr_decay=0.01, weight_decay=0.1, eps=1e-2, maximize=True)),
    ("Adadelta", "default", dict()),
    ("Adadelta", "all together", dict(lr=0.5, rho=0.8, eps=1e-4, weight_decay=0.1, maximize=True)),
    ("RMSprop", "default", dict()),
    ("RMSprop", "momentum", dict(lr=0.005, momentum=0.8)),
    ("RMSprop", "centered", dict(lr=0.005, alpha=0.9, eps=1e-2, centered=True)),
    ("RMSprop", "all together",
     dict(lr=0.003, alpha=0.9, eps=1e-2, weight_decay=0.1, momentum=0.5, centered=True, maximize=True)),
    ("Rprop", "default", dict()),
    ("Rprop", "all together", dict(lr=0.02, etas=(0.4, 1.3), step_sizes=(1e-3, 0.1), maximize=True)),
    ("ASGD", "plain", dict(lr=STEP)),
    ("ASGD", "averaging from step 20", dict(lr=STEP, lambd=0.05, alpha=0.6, t0=20)),
    ("ASGD", "all together", dict(lr=STEP, lambd=0.05, alpha=0.6, t0=0, weight_decay=0.1, maximize=True)),
]

LATER_OPTIMIZERS = [                             # PyTorch 1.13.1 lacks these: see later_optimizers.py
    ("Adafactor", "default", dict()),
    ("Adafactor", "clipped late", dict(lr=0.005, beta2_decay=-0.5, d=1.5)),
    ("Adafactor", "all together",
     dict(lr=0.005, beta2_decay=-0.6, eps=(1e-2, 1e-1), d=1.2, weight_decay=0.1, maximize=True)),
    ("Muon", "default", dict()),
    ("Muon", "no nesterov, no decay", dict(lr=0.005, weight_decay=0.0, momentum=0.8, nesterov=False)),
    ("Muon", "match_rms_adamw", dict(lr=0.01, adjust_lr_fn="match_rms_adamw")),
    ("Muon", "other polynomial", dict(lr=0.02, ns_coefficients=(2.0, -1.5, 0.5), ns_steps=8, eps=1e-3)),
]

LAST = 60
STEPS = [0, 1, 2, 3, 5, 10, 20, 30, 40, 50, 60]


def optimizer_class(name):
    return getattr(later_optimizers, name, None) or getattr(torch.optim, name)


def arguments(row, problem):
    """The row's arguments and the parameter groups as names with what each overrides: the second has other rates."""
    optimizer, _, args = row
    args = {key: problem.step if value is STEP else value for key, value in args.items()}
    defaults = inspect.signature(optimizer_class(optimizer)).parameters
    groups = [{"params": list(names)} for names in problem.groups or [problem.start]]
    for group in groups[1:]:
        group["lr"] = args.get("lr", defaults["lr"].default) / 2
        if "weight_decay" in defaults:
            group["weight_decay"] = 0.03
    return args, groups


class ByHand:
    """What 1.13.1 lacks: arguments that later versions have, done to gradients and parameters before its own step."""

    def __init__(self, optimizer, groups, args):
        made = optimizer_class(optimizer)
        known = inspect.signature(made).parameters
        later = {key: args[key] for key in ("maximize", "decoupled_weight_decay") if key in args and key not in known}
        self.opt = made(groups, **{key: value for key, value in args.items() if key not in later})
        self.negates = later.get("maximize", False)
        self.decays = [0] * len(groups)
        if later.get("decoupled_weight_decay"):
            for i, group in enumerate(self.opt.param_groups):
                self.decays[i], group["weight_decay"] = group["weight_decay"], 0

    def step(self):
        for group, decay in zip(self.opt.param_groups, self.decays):
            for p in group["params"]:
                if p.grad is not None:
                    if self.negates:
                        p.grad.neg_()
                    if decay:
                        p.data.mul_(1 - group["lr"] * decay)
        self.opt.step()


def trajectory(row, problem, dtype, nudge=None):
    """The parameters at STEPS and the final state, from a start multiplied by 1 + nudge."""
    args, groups = arguments(row, problem)
    start = {name: value * (1 + nudge[name]) if nudge else value for name, value in problem.start.items()}
    p = {name: value.to(dtype, copy=True).requires_grad_() for name, value in start.items()}
    data = {name: value.to(dtype) for name, value in problem.data.items()}
    by_hand = ByHand(row[0], [dict(group, params=[p[name] for name in group["params"]]) for group in groups], args)
    opt = by_hand.opt
    sign = -1 if args.get("maximize") else 1
    path = [[value.detach().clone() for value in p.values()]]
    for step in range(1, LAST + 1):
        opt.zero_grad(set_to_none=True)
        (sign * problem.loss(p, data)).backward()
        for name, steps in problem.missing.items():
            if step in steps:
                p[name].grad = None
        by_hand.step()
        path.append([value.detach().clone() for value in p.values()])
    state = [{key: item for key, item in opt.state[value].items() if item is not None} for value in p.values()]
    return [path[step] for step in STEPS], state


def amplification(row, problem, tries=4, relative=1e-12):
    """By how much a perturbation of the start has grown at worst, at any of STEPS: at least 1, as it starts with 1."""
    def distance(a, b):
        return max((x - y).abs().max().item() for x, y in zip(a, b))

    random_signs = torch.Generator().manual_seed(0)
    base, _ = trajectory(row, problem, torch.float64)
    growth = 1.0
    for _ in range(tries):
        nudge = {name: relative * (2 * torch.rand(value.shape, generator=random_signs) - 1)
                 for name, value in problem.start.items()}
        path, _ = trajectory(row, problem, torch.float64, nudge)
        growth = max(growth, *(distance(a, b) / distance(path[0], base[0]) for a, b in zip(path, base)))
    return float(f"{growth:.2g}")


def optimizer_case(row, name, problem, dtype):
    args, groups = arguments(row, problem)
    path, state = trajectory(row, problem, dtype)
    args.pop("foreach", None)                    # chooses PyTorch's code, not the equation
    return dict(optimizer=row[0], name=row[1], problem=name, dtype=str(dtype)[6:], args=args, groups=groups,
                amplification=amplification(row, problem), trajectory=path, state=state)


def accepts(row, problem):
    return row[0] != "Muon" or all(value.dim() == 2 for value in problem.start.values())


def described(problems):
    return {name: dict(about=q.about, loss=inspect.getsource(q.loss), data=q.data, missing=q.missing,
                       shapes={key: list(value.shape) for key, value in {**q.start, **q.data}.items()},
                       start=q.start) for name, q in problems.items()}


def write_optimizers(file, rows, problems=PROBLEMS):
    write(file,
          about="Parameters at `steps`, each a flat list per parameter in the problem's order, and the final state of "
                "each. The loss is negated where args has maximize. Each group takes `args` and its own overrides.",
          problems=described(problems),
          steps=STEPS,
          cases=[optimizer_case(row, name, problem, dtype)
                 for row in rows for name, problem in problems.items() if accepts(row, problem)
                 for dtype in (torch.float64, torch.float32)])


# ---- LBFGS: the closure is evaluated several times per step ----------------------------------------------------------

WOLFE = "strong_wolfe"

LBFGS = [
    ("default", dict()),
    ("strong Wolfe", dict(line_search_fn=WOLFE)),
    ("few iterations", dict(lr=0.3, max_iter=3, history_size=2)),
    ("few iterations, strong Wolfe", dict(max_iter=2, history_size=3, line_search_fn=WOLFE)),
    ("one iteration, strong Wolfe", dict(lr=0.5, max_iter=1, max_eval=30, history_size=5, line_search_fn=WOLFE)),
    ("max_eval", dict(lr=0.1, max_iter=10, max_eval=4)),
    ("tolerances", dict(max_iter=6, tolerance_grad=1e-2, tolerance_change=1e-4, line_search_fn=WOLFE)),
]

LBFGS_STEPS = 20


def lbfgs_run(args, problem, dtype, nudge=None):
    """After each step the parameters, the loss it returned and the number of evaluations; at last the state."""
    start = {name: value * (1 + nudge[name]) if nudge else value for name, value in problem.start.items()}
    p = {name: value.to(dtype, copy=True).requires_grad_() for name, value in start.items()}
    data = {name: value.to(dtype) for name, value in problem.data.items()}
    opt = torch.optim.LBFGS(p.values(), **args)
    path, losses, evaluations = [[value.detach().clone() for value in p.values()]], [], []
    for step in range(1, LBFGS_STEPS + 1):
        def closure():
            opt.zero_grad(set_to_none=True)
            loss = problem.loss(p, data)
            loss.backward()
            for name, steps in problem.missing.items():
                if step in steps:
                    p[name].grad = None
            return loss

        losses.append(opt.step(closure).item())
        path.append([value.detach().clone() for value in p.values()])
        evaluations.append(opt.state[next(iter(p.values()))]["func_evals"])
    return path, losses, evaluations, dict(opt.state[next(iter(p.values()))])


def lbfgs_case(name, args, problem_name, problem, dtype, tries=8):
    """`amplification[k]`: how much a nudge of the start by rounding errors has grown after k steps. Where it changes the
    number of evaluations, or has grown too much, PyTorch does not agree with itself: compared are the `steady` steps before.
    """
    path, losses, evaluations, state = lbfgs_run(args, problem, dtype)
    signs = torch.Generator().manual_seed(0)
    relative, limit = (1e-12, 1e5) if dtype == torch.float64 else (1e-6, 1e3)
    steady, growth = LBFGS_STEPS, [1.0] * (LBFGS_STEPS + 1)
    for _ in range(tries):
        nudge = {key: relative * (2 * torch.rand(value.shape, generator=signs) - 1)
                 for key, value in problem.start.items()}
        other, _, others, _ = lbfgs_run(args, problem, dtype, nudge)
        same = next((k for k in range(LBFGS_STEPS) if evaluations[k] != others[k]), LBFGS_STEPS)
        steady = min(steady, same)
        for k in range(same + 1):
            apart = max((a - b).abs().max().item() for a, b in zip(path[k], other[k]))
            growth[k] = max(growth[k], apart / relative)
    steady = next((k for k in range(steady) if growth[k + 1] > limit), steady)
    return dict(name=name, problem=problem_name, dtype=str(dtype)[6:], args=args, steady=steady,
                amplification=[float(f"{value:.2g}") for value in growth[:steady + 1]],
                trajectory=path[:steady + 1], losses=losses[:steady], func_evals=evaluations[:steady],
                state=state if steady == LBFGS_STEPS and dtype == torch.float64 else None)


def write_lbfgs(file):
    write(file,
          about="Parameters before the first step and after each of 20, the loss that each returned, the number of "
                "evaluations so far, in float64 the state at the end; all up to the step `steady`, see lbfgs_case.",
          problems=described(PROBLEMS),
          cases=[lbfgs_case(*row, name, problem, dtype)
                 for row in LBFGS for name, problem in PROBLEMS.items() for dtype in (torch.float64, torch.float32)])


# ---- Schedulers: one row per argument set ----------------------------------------------------------------------------

LRS = [0.1, 0.004]                               # the two groups' learning rates

SCHEDULERS = [                                   # scheduler, arguments[, {step after which the lrs are set: new lrs}]
    ("StepLR", dict(step_size=30)),
    ("StepLR", dict(step_size=7, gamma=0.5)),
    ("StepLR", dict(step_size=1, gamma=0.97)),
    ("StepLR", dict(step_size=50, gamma=1.5)),
    ("StepLR", dict(step_size=300)),
    ("StepLR", dict(step_size=20, gamma=0.5), {70: [0.3, 0.2]}),
    ("CosineAnnealingLR", dict(T_max=200)),
    ("CosineAnnealingLR", dict(T_max=50)),
    ("CosineAnnealingLR", dict(T_max=50, eta_min=0.001)),
    ("CosineAnnealingLR", dict(T_max=80, eta_min=0.02)),
    ("CosineAnnealingLR", dict(T_max=1)),
    ("CosineAnnealingLR", dict(T_max=7, eta_min=1e-4)),
    ("CosineAnnealingLR", dict(T_max=100), {40: [0.3, 0.2]}),
    ("CosineAnnealingLR", dict(T_max=60, eta_min=0.001), {25: [0.01, 0.01], 90: [0.5, 0.4]}),
]


FRACTIONS = [round(0.37 * t, 2) for t in range(150)] + [150.0, 149.5, 20.25, 1e4] + [None] * 46    # None: a plain step
METRICS = [round(1 / (1 + t / 20) + 0.05 * math.cos(1.7 * t), 4) for t in range(200)]

MORE_SCHEDULERS = [
    ("LambdaLR", dict(lr_lambda="lambda t: 0.95 ** t")),
    ("LambdaLR", dict(lr_lambda="lambda t: 1 / (1 + t)"), {70: [0.3, 0.2]}),
    ("MultiplicativeLR", dict(lr_lambda="lambda t: 1 - 1 / (t + 5)")),
    ("MultiplicativeLR", dict(lr_lambda="lambda t: 0.98"), {70: [0.3, 0.2]}),
    ("MultiStepLR", dict(milestones=[30, 80])),
    ("MultiStepLR", dict(milestones=[100, 20, 20, 150], gamma=0.5)),
    ("MultiStepLR", dict(milestones=[30, 80], gamma=0.3), {70: [0.3, 0.2]}),
    ("ConstantLR", dict()),
    ("ConstantLR", dict(factor=0.5, total_iters=40)),
    ("ConstantLR", dict(factor=0.5, total_iters=100), {70: [0.3, 0.2]}),
    ("LinearLR", dict()),
    ("LinearLR", dict(start_factor=0.1, end_factor=0.7, total_iters=120)),
    ("LinearLR", dict(start_factor=1.0, end_factor=0.0, total_iters=100), {70: [0.3, 0.2]}),
    ("ExponentialLR", dict(gamma=0.97)),
    ("ExponentialLR", dict(gamma=0.97), {70: [0.3, 0.2]}),
    ("PolynomialLR", dict()),
    ("PolynomialLR", dict(total_iters=150, power=2.0)),
    ("PolynomialLR", dict(total_iters=100, power=0.5), {70: [0.3, 0.2]}),
    ("CosineAnnealingWarmRestarts", dict(T_0=50)),
    ("CosineAnnealingWarmRestarts", dict(T_0=10, T_mult=2, eta_min=0.001)),
    ("CosineAnnealingWarmRestarts", dict(T_0=50), {70: [0.3, 0.2]}),
    ("CyclicLR", dict(base_lr=0.001, max_lr=0.1, step_size_up=20)),
    ("CyclicLR", dict(base_lr=[0.001, 0.01], max_lr=[0.1, 0.2], step_size_up=10, step_size_down=30,
                      mode="triangular2", base_momentum=0.7, max_momentum=0.95)),
    ("CyclicLR", dict(base_lr=0.001, max_lr=0.1, step_size_up=15, mode="exp_range", gamma=0.99, cycle_momentum=False)),
    ("OneCycleLR", dict(max_lr=0.5, total_steps=201)),
    ("OneCycleLR", dict(max_lr=[0.5, 0.1], epochs=20, steps_per_epoch=11, pct_start=0.4, anneal_strategy="linear",
                        div_factor=10.0, final_div_factor=100.0, base_momentum=0.8, max_momentum=0.9)),
    ("OneCycleLR", dict(max_lr=0.5, total_steps=250, three_phase=True, cycle_momentum=False)),
    ("ReduceLROnPlateau", dict(patience=3)),
    ("ReduceLROnPlateau", dict(mode="max", factor=0.5, patience=5, cooldown=10, min_lr=[0.001, 0.002])),
    ("ReduceLROnPlateau", dict(factor=0.5, patience=4, threshold=0.05, threshold_mode="abs", eps=1e-3)),
    ("SequentialLR", dict(milestones=[10], schedulers=[("ConstantLR", dict(factor=0.1, total_iters=4)),
                                                       ("ExponentialLR", dict(gamma=0.97))])),
    ("SequentialLR", dict(milestones=[20, 120], schedulers=[("LinearLR", dict(start_factor=0.01, total_iters=20)),
                                                            ("CosineAnnealingLR", dict(T_max=100)),
                                                            ("StepLR", dict(step_size=20, gamma=0.5))])),
    ("ChainedScheduler", dict(schedulers=[("ConstantLR", dict(factor=0.1, total_iters=4)),
                                          ("ExponentialLR", dict(gamma=0.97))])),
    ("ChainedScheduler", dict(schedulers=[("LinearLR", dict(start_factor=0.1, total_iters=30)),
                                          ("MultiStepLR", dict(milestones=[50, 90], gamma=0.5)),
                                          ("CosineAnnealingLR", dict(T_max=60))])),
    ("MultiStepLR", dict(milestones=[0, 30, 30, 30], gamma=0.5)),
    ("CosineAnnealingWarmRestarts", dict(T_0=10, T_mult=2, eta_min=0.001), None, FRACTIONS),
    ("CosineAnnealingWarmRestarts", dict(T_0=7, T_mult=3), None, FRACTIONS),
    ("CosineAnnealingWarmRestarts", dict(T_0=7), None, FRACTIONS),
    ("CyclicLR", dict(base_lr=0.001, max_lr=0.1, step_size_up=15, scale_fn="lambda x: 0.95 ** x")),
    ("CyclicLR", dict(base_lr=0.001, max_lr=0.1, step_size_up=15, scale_fn="lambda x: 1 / (1 + x)",
                      scale_mode="iterations", base_momentum=[0.8, 0.7], max_momentum=[0.9, 0.95])),
    ("OneCycleLR", dict(max_lr=0.5, total_steps=200, three_phase=True, anneal_strategy="linear", pct_start=0.2)),
    ("OneCycleLR", dict(max_lr=0.5, total_steps=210, pct_start=0.0)),
    ("SWALR", dict(swa_lr=0.05)),
    ("SWALR", dict(swa_lr=[0.05, 0.01], anneal_epochs=60, anneal_strategy="linear"), {30: [0.3, 0.2]}),
    ("SWALR", dict(swa_lr=0.02, anneal_epochs=0)),
    ("LambdaLR", dict(lr_lambda=["lambda t: 0.95 ** t", "lambda t: 1 / (1 + t)"])),
    ("MultiplicativeLR", dict(lr_lambda=["lambda t: 0.98", "lambda t: 1 - 1 / (t + 5)"])),
    ("SequentialLR", dict(milestones=[5, 40, 80], schedulers=[
        ("MultiplicativeLR", dict(lr_lambda="lambda t: 0.98")), ("CosineAnnealingWarmRestarts", dict(T_0=10)),
        ("MultiplicativeLR", dict(lr_lambda="lambda t: 0.98")), ("LambdaLR", dict(lr_lambda="lambda t: 0.95 ** t"))])),
    ("SequentialLR", dict(milestones=[15, 150], schedulers=[
        ("LinearLR", dict(start_factor=0.1, total_iters=15)), ("CosineAnnealingLR", dict(T_max=200)),
        ("SWALR", dict(swa_lr=0.05, anneal_epochs=20))]), {100: [0.3, 0.2], 160: [0.1, 0.1]}),
    ("SequentialLR", dict(milestones=[10, 60], schedulers=[
        ("LinearLR", dict(start_factor=0.1, total_iters=10)),
        ("CyclicLR", dict(base_lr=0.001, max_lr=0.1, step_size_up=20)),
        ("OneCycleLR", dict(max_lr=0.5, total_steps=150))])),
    ("SequentialLR", dict(milestones=[50, 50], schedulers=[
        ("ConstantLR", dict(factor=0.5, total_iters=20)), ("ExponentialLR", dict(gamma=0.9)),
        ("PolynomialLR", dict(total_iters=100, power=2.0))])),
    ("ChainedScheduler", dict(schedulers=[("CosineAnnealingWarmRestarts", dict(T_0=50)),
                                          ("ExponentialLR", dict(gamma=0.97))]), {70: [0.3, 0.2]}),
    ("ChainedScheduler", dict(schedulers=[
        ("SequentialLR", dict(milestones=[10], schedulers=[("LinearLR", dict(start_factor=0.1, total_iters=10)),
                                                           ("CosineAnnealingLR", dict(T_max=100))])),
        ("MultiStepLR", dict(milestones=[50, 90], gamma=0.5))])),
    ("WarmupLR", dict(warmup_steps=20, after=("CosineAnnealingLR", dict(T_max=180)))),
    ("WarmupLR", dict(warmup_steps=50, after=("StepLR", dict(step_size=40, gamma=0.5)), start_factor=0.2),
     {25: [0.3, 0.2], 100: [0.1, 0.1]}),
    ("NoamLR", dict(d_model=512, warmup_steps=40)),
    ("NoamLR", dict(d_model=64, warmup_steps=300, factor=[2.0, 0.5])),
]


# What PyTorch lacks is made of what it has, or written down from the paper.

def warmup(opt, warmup_steps, after, start_factor=0.01):
    first = torch.optim.lr_scheduler.LinearLR(opt, start_factor, total_iters=warmup_steps)
    return torch.optim.lr_scheduler.SequentialLR(opt, [first, after], [warmup_steps])


class Noam(torch.optim.lr_scheduler._LRScheduler):
    """Vaswani et al. 2017, section 5.3, equation 3; step_num counts the optimizer's steps from 1."""
    def __init__(self, opt, d_model, warmup_steps, factor=(1.0, 1.0)):
        self.factor, self.d_model, self.warmup_steps = factor, d_model, warmup_steps
        super().__init__(opt)

    def get_lr(self):
        step_num = self.last_epoch + 1
        return [f * self.d_model ** -0.5 * min(step_num ** -0.5, step_num * self.warmup_steps ** -1.5) for f in self.factor]


ELSEWHERE = {"SWALR": torch.optim.swa_utils.SWALR, "WarmupLR": warmup, "NoamLR": Noam}


def make_scheduler(opt, scheduler, args):
    """From a row: a lambda is given by its source, inner schedulers by rows of their own."""
    def made_of(key, value):
        if key in ("lr_lambda", "scale_fn"):
            return [eval(source) for source in value] if isinstance(value, list) else eval(value)
        if key == "schedulers":
            return [make_scheduler(opt, *row) for row in value]
        return make_scheduler(opt, *value) if key == "after" else value

    args = {key: made_of(key, value) for key, value in args.items()}
    made = ELSEWHERE.get(scheduler) or getattr(torch.optim.lr_scheduler, scheduler)
    return made(**args) if scheduler == "ChainedScheduler" else made(opt, **args)


def scheduler_case(scheduler, args, change=None, epochs=None):
    opt = torch.optim.SGD([dict(params=[nn.Parameter(torch.zeros(1))], lr=lr) for lr in LRS], lr=1.0, momentum=0.9)
    sched = make_scheduler(opt, scheduler, args)
    metrics = METRICS if scheduler == "ReduceLROnPlateau" else None
    lr, momentum = ([[group[key]] for group in opt.param_groups] for key in ("lr", "momentum"))
    for step in range(1, 201):
        opt.step()
        given = (metrics or epochs or [None] * 200)[step - 1]
        sched.step(*[] if given is None else [given])
        for i, group in enumerate(opt.param_groups):
            lr[i].append(group["lr"])
            momentum[i].append(group["momentum"])
            if change and step in change:
                group["lr"] = change[step][i]
    cycled = any(value != 0.9 for values in momentum for value in values)
    return dict(scheduler=scheduler, args=args, change=change, lr=lr, **({"momentum": momentum} if cycled else {}),
                **({"epochs": epochs} if epochs else {}))


def write_schedulers(file, rows, **more):
    write(file,
          about="lr[group][t]: the learning rate after construction (t = 0) and after each step; momentum likewise "
                "where it is cycled, else 0.9. `change` sets the groups' lrs, just after lr[.][t] was recorded. `epochs` "
                "are the arguments of the steps, where they have any.",
          base_lrs=LRS, **more, cases=[scheduler_case(*row) for row in rows])


# ---- Gradient clipping -----------------------------------------------------------------------------------------------

INF, NAN = float("inf"), float("nan")
GRADS = {"three": [[[1.5, -2.0, 0.25], [0.0, 3.0, -0.75]], [-4.0, 0.5], [[[1.0]]]],
         "with a null": [[3.0, -4.0], None, [12.0]],
         "zero": [[0.0, 0.0], [0.0]],
         "none": [None, None],
         "infinite": [[1.0, INF], [-2.0, 0.0]],
         "nan": [[1.0, NAN], [-2.0]]}

CLIPS = [
    *[("clip_grad_norm_", "three", dict(max_norm=1.0, norm_type=p)) for p in (1.0, 2.0, 3.0, 0.5, INF)],
    *[("clip_grad_norm_", "with a null", dict(max_norm=2.5, norm_type=p)) for p in (1.0, 2.0, 0.5, INF)],
    ("clip_grad_norm_", "three", dict(max_norm=1.0)),
    ("clip_grad_norm_", "three", dict(max_norm=100.0)),
    ("clip_grad_norm_", "three", dict(max_norm=0.0)),
    ("clip_grad_norm_", "zero", dict(max_norm=1.0)),
    ("clip_grad_norm_", "none", dict(max_norm=1.0)),
    ("clip_grad_norm_", "infinite", dict(max_norm=1.0)),
    ("clip_grad_norm_", "infinite", dict(max_norm=1.0, norm_type=INF)),
    ("clip_grad_norm_", "infinite", dict(max_norm=1.0, error_if_nonfinite=True)),
    ("clip_grad_norm_", "nan", dict(max_norm=1.0)),
    ("clip_grad_norm_", "nan", dict(max_norm=1.0, error_if_nonfinite=True)),
    *[("clip_grad_value_", name, dict(clip_value=1.0)) for name in ("three", "with a null", "none", "infinite", "nan")],
    ("clip_grad_value_", "three", dict(clip_value=0.0)),
]


def clip_case(function, name, args, dtype):
    params = [nn.Parameter(torch.zeros(() if g is None else g.shape, dtype=dtype)) for g in grads_of(name, dtype)]
    for p, g in zip(params, grads_of(name, dtype)):
        p.grad = g
    try:
        norm, error = getattr(nn.utils, function)(params, **args), None
    except RuntimeError as e:
        norm, error = None, str(e)
    return dict(function=function, grads=name, dtype=str(dtype)[6:], args=args, norm=norm,
                clipped=[p.grad for p in params], error=error)


def grads_of(name, dtype):
    return [None if g is None else torch.tensor(g, dtype=dtype) for g in GRADS[name]]


def write_clips(file, rows):
    write(file,
          about="The returned norm and the gradients afterwards, flat; null stands for a gradient that is not there.",
          grads=GRADS, cases=[clip_case(*row, dtype) for row in rows for dtype in (torch.float64, torch.float32)])


if __name__ == "__main__":
    warnings.simplefilter("error")
    write_optimizers("optim.json", OPTIMIZERS)
    write_schedulers("schedulers.json", SCHEDULERS)
    warnings.filterwarnings("ignore", "The epoch parameter in `scheduler.step\\(\\)`")      # SequentialLR's own call
    write_optimizers("optim_more.json", MORE_OPTIMIZERS)
    write_optimizers("optim_later.json", LATER_OPTIMIZERS, LATER_PROBLEMS)
    write_lbfgs("lbfgs.json")
    write_schedulers("schedulers_more.json", MORE_SCHEDULERS, metrics=METRICS)
    write_clips("clip.json", CLIPS)
