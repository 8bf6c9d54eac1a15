"""Writes printing.json: tensors, print options and what PyTorch (1.13.1) prints for them.

    python3 generate_printing.py

A case holds its elements in `data`, or, where they are many, the rule start + i * step; float32 elements are given as
the doubles they equal. Options are the arguments of torch.set_printoptions, applied to its defaults.
"""
import json
import pathlib
import random

import torch

INF, NAN = float("inf"), float("nan")
CASES = {}

GRAD_FNS = {
    "MulBackward0": lambda x: x * 1,
    "CloneBackward0": lambda x: x.clone(),
    "ViewBackward0": lambda x: x.view_as(x),
    "UnsafeSplitBackward0": lambda x: x.unsafe_split(x.shape[0])[0],
    "NativeDropoutBackward0": lambda x: torch.native_dropout(x, 0.0, True)[0],
}


def case(name, data, shape=None, dtype="float32", rule=None, grad=None, **options):
    """grad: None, True for a leaf that requires it, or one of GRAD_FNS."""
    assert name not in CASES, name
    torch.set_printoptions(profile="default")
    kind = getattr(torch, dtype)
    if rule:
        start, step = rule
        count = torch.Size(shape).numel()
        if step == 0:
            x = torch.tensor([start], dtype=kind).expand(shape)      # as large as it likes, in no memory
        else:
            x = torch.tensor([start + i * step for i in range(count)], dtype=kind).reshape(shape)
    else:
        x = torch.tensor(data, dtype=kind)
        x = x if shape is None else x.reshape(shape)
        data = [d if abs(d) < INF else str(d) for d in x.reshape(-1).tolist()]
    y = x
    if grad:
        y = x.requires_grad_()
        if grad is not True:
            y = GRAD_FNS[grad](x)
            assert y.grad_fn.name() == grad and y.shape == x.shape, y.grad_fn.name()
    torch.set_printoptions(profile="default")
    torch.set_printoptions(**options)
    CASES[name] = {
        "name": name,
        "dtype": dtype,
        "shape": list(x.shape),
        **({"start": rule[0], "step": rule[1]} if rule else {"data": data}),
        "requires_grad": y.requires_grad,
        "grad_fn": y.grad_fn.name() if y.grad_fn else None,
        "options": {k: str(v) if v == INF else v for k, v in options.items()},
        "expected": str(y),
    }


def normal(n, seed=0, scale=1.0):
    source = random.Random(seed)
    return [source.gauss(0, 1) * scale for _ in range(n)]


def scalars():
    for text in ("0 -0. 1 -1 0.1 -2.5 1.23456789 3.00005 1e-3 1e-4 0.00012345 1e-5 -1e-5 99999999 1e8 1.5e8 100000001.5 123456.789 "
                 "99999.99995 16777216 1e10 1e38 1e-38 1e-45 3.4e38 inf -inf nan").split():
        case(f"scalar {text}", float(text))
    for text in "0 1 0.1 1.00005 2.00015 0.99995 0.00005 1e99 1e100 1e-100 5e-324 1.7976931348623157e308 -1e-310 nan -inf".split():
        case(f"scalar float64 {text}", float(text), dtype="float64")
    for dtype, value in (("int64", -2**63), ("int64", 7), ("int32", 2**31 - 1), ("uint8", 255), ("bool", True), ("bool", False)):
        case(f"scalar {dtype} {value}", value, dtype=dtype)


def rows():
    case("floats", [1.5, -2.25, 3.0])
    case("integral floats", [1.0, -2.0, 30.0])
    case("integral floats, wide", [1.0, 1000.0])
    case("integral floats, ratio over 1000", [1.0, 1001.0])
    case("integral floats at 1e8", [1e8, 5e7])
    case("integral floats over 1e8", [2e8, 1e8])
    case("integral, two digits of exponent and three", [1e100, 1e99, -1.0], dtype="float64")
    case("ratio 1000", [0.5, 500.0])
    case("ratio over 1000", [0.5, 500.5])
    case("smallest over 1e-4", [0.00011, 0.01])
    case("smallest under 1e-4", [0.00009, 0.01])
    case("1e-4 in float32", [1e-4, 1e-3])
    case("1e-4 in float64", [1e-4, 1e-3], dtype="float64")
    case("zeros", [0.0] * 5)
    case("negative zeros", [-0.0, 0.0, 1.0])
    case("negative zeros alone", [-0.0, 0.0])
    case("negative zero among fractions", [-0.0, 0.5, -0.25])
    case("negative, rounds to zero", [-0.00012, 0.1])
    case("nan and inf", [NAN, INF, -INF])
    case("nan alone, wraps", [NAN] * 40)
    case("infinities alone, wrap", [-INF] * 40)
    case("zeros alone, wrap", [0.0] * 60)
    case("zeros and nan", [0.0, NAN])
    case("nan among integral", [1.0, NAN, 20.0, INF])
    case("nan among fractions", [1.5, NAN, -20.0, -INF])
    case("nan among scientific", [1.5e-7, NAN, -20.0, -INF, 0.0, -0.0])
    case("denormals", [1e-45, 1e-40, 1.1754942e-38])
    case("denormals float64", [5e-324, 2.2250738585072014e-308, 1.0], dtype="float64")
    case("ratio overflows", [5e-324, 1.7976931348623157e308], dtype="float64")
    case("ties to even", [0.03125, 0.09375, 0.15625, 0.21875])
    case("ties to even, scientific", [1000050.0, 1000150.0, 1000250.0, 1.0])
    case("rounds up to another digit", [9.99996, 99.99999, 1.0])
    case("rounds up to another exponent", [9.99996e-7, 9.99994e-7, 1.0])
    case("float64 pi", [3.141592653589793, 2.718281828459045], dtype="float64")
    for n in (1, 7, 8, 9, 10, 30, 64):
        case(f"{n} normal", normal(n, n))
    case("30 scientific", normal(30, 1, 1e-6))
    case("30 integral", [float(i * i) for i in range(1, 31)])
    case("30 of 999999", [99999999.0] * 30)
    case("arange 10", list(range(10)), dtype="int64")
    case("arange 30", list(range(30)), dtype="int64")
    case("arange 200", list(range(200)), dtype="int64")
    case("wide ints", [-2**63, 2**63 - 1, 0], dtype="int64")
    case("wide ints, wrap", [10**15 + i for i in range(10)], dtype="int64")
    case("int32", [1, -200, 3], dtype="int32")
    case("int32 wraps before dtype", list(range(1, 21)), dtype="int32")
    case("uint8", [0, 7, 255], dtype="uint8")
    case("bools", [True, False, True], dtype="bool")
    case("all true", [True, True], dtype="bool")
    case("30 bools", [i % 3 == 0 for i in range(30)], dtype="bool")
    case("one integral", [5.0])
    case("one false", [False], dtype="bool")


def blocks():
    case("2x3", normal(6), [2, 3])
    case("1x1", [0.5], [1, 1])
    case("3x1", [1.0, -20.0, 300.0], [3, 1])
    case("2x30", normal(60, 3), [2, 30])
    case("4x12 ints", list(range(-24, 24)), [4, 12], dtype="int64")
    case("3x40 ints", list(range(120)), [3, 40], dtype="int64")
    case("2x2x3", normal(12, 4), [2, 2, 3])
    case("1x1x1", [1.0], [1, 1, 1])
    case("2x2x2x2", [float(i) for i in range(16)], [2, 2, 2, 2])
    case("2x1x2x12", normal(48, 5, 100.0), [2, 1, 2, 12])
    case("2x1x2x1x2", list(range(8)), [2, 1, 2, 1, 2], dtype="int32")
    case("2x2x2 bools", [True, False] * 4, [2, 2, 2], dtype="bool")
    case("2x2 mixed", [1.0, NAN, INF, 1e-9], [2, 2])
    case("six dims", [1.5], [1, 1, 1, 1, 1, 1])
    case("exactly 1000", None, [10, 100], dtype="int64", rule=(0, 1))


def summaries():
    case("1001 ints", None, [1001], dtype="int64", rule=(0, 1))
    case("1000 floats", None, [1000], rule=(0.0, 1.0))
    case("1001 floats", None, [1001], rule=(-500.0, 1.0))
    case("2000 fractions", None, [2000], rule=(0.25, 0.5))
    case("2000 scientific", None, [2000], rule=(1e-7, 1e-7))
    case("1001 bools", None, [1001], dtype="bool", rule=(0, 1))
    case("summary of zeros", None, [100, 100], rule=(0.0, 0))
    case("summary, hidden elements do not count", None, [1003], rule=(-501.0, 1.0))
    case("6x200", None, [6, 200], dtype="int64", rule=(0, 1))
    case("7x200", None, [7, 200], dtype="int64", rule=(0, 1))
    case("200x6", None, [200, 6], dtype="int64", rule=(0, 1))
    case("200x7", None, [200, 7], dtype="int64", rule=(0, 1))
    case("50x50", None, [50, 50], rule=(-7.0, 0.125))
    case("2x600", None, [2, 600], dtype="float64", rule=(0.5, 0.25))
    case("1x1001", None, [1, 1001], dtype="int32", rule=(0, 1))
    case("11x10x10", None, [11, 10, 10], rule=(0.0, 0.5))
    case("3x20x20", None, [3, 20, 20], dtype="int64", rule=(-600, 1))
    case("2x2x500", None, [2, 2, 500], rule=(0.0, 1.0))
    case("8x8x8x8", None, [8, 8, 8, 8], dtype="int64", rule=(0, 1))
    case("2x8x1x80", None, [2, 8, 1, 80], rule=(1.0, 1.0))
    case("2000x1", None, [2000, 1], rule=(1.0, 1.0))
    case("larger than memory", None, [1000000, 1000000], rule=(0.5, 0))
    case("larger than memory, 4 dims", None, [30000, 2, 30000, 7], dtype="uint8", rule=(9, 0))
    case("summary requires grad", None, [30, 40], rule=(0.0, 0.5), grad=True)
    case("summary with grad_fn", None, [30, 40], rule=(0.0, 0.5), grad="MulBackward0")


def empties():
    for dtype in "float32 float64 int64 int32 uint8 bool".split():
        case(f"empty {dtype}", [], dtype=dtype)
        case(f"empty 0x3 {dtype}", [], [0, 3], dtype=dtype)
    case("empty 3x0", [], [3, 0])
    case("empty 2x0x4", [], [2, 0, 4])
    case("empty 0x0x0x0", [], [0, 0, 0, 0], dtype="int32")
    case("empty requires grad", [], grad=True)
    case("empty 0x3 requires grad", [], [0, 3], dtype="float64", grad=True)
    case("empty, suffixes wrap", [], [0, 100000, 1000000], dtype="float64", grad="NativeDropoutBackward0")


def suffixes():
    case("scalar requires grad", 1.0, grad=True)
    case("scalar with grad_fn", 2.5, grad="MulBackward0")
    case("scalar float64 with grad_fn", 2.5, dtype="float64", grad="MulBackward0")
    case("2x3 requires grad", normal(6), [2, 3], grad=True)
    case("2x3 with grad_fn", normal(6), [2, 3], grad="CloneBackward0")
    case("2x3 float64 with grad_fn", normal(6), [2, 3], dtype="float64", grad="MulBackward0")
    case("2x2x8 with grad_fn", normal(32), [2, 2, 8], grad="ViewBackward0")
    case("one row with grad_fn", normal(6), [1, 6], grad="UnsafeSplitBackward0")
    # Every length of the last line around the one where a suffix moves to the next line.
    for digits in range(1, 9):
        value = float("7" * digits)
        case(f"leaf of 9 cells, {digits} digits", [value] * (48 // (digits + 3)), grad=True)
        case(f"float64 leaf, {digits} digits", [value] * (30 // (digits + 3)), dtype="float64", grad=True)
    for n in range(48, 56):
        case(f"line of {n}, grad_fn", [10.0 ** (n % 8)] + [1.0] * (n // 3), grad="MulBackward0", linewidth=n + 30)
    for width in range(28, 40):
        case(f"linewidth {width} leaf", [1.5, 2.5], dtype="float64", grad=True, linewidth=width)
    for width in range(44, 50):
        case(f"linewidth {width} leaf, one line", [1.5, 2.5], dtype="float64", grad=True, linewidth=width)


def options():
    mixed = [0.5, -1.25, 1000.125]
    for precision in (0, 1, 2, 6, 10, 17, 30):
        case(f"precision {precision}", mixed, precision=precision)
        case(f"precision {precision}, scientific", [1e-7, -123.456], dtype="float64", precision=precision)
    case("precision 2, ties", [0.125, 0.375, 0.625, 2.5], precision=2)
    case("precision 0, ties", [0.5, 1.5, 2.5, -0.5], precision=0)
    case("sci_mode on", mixed, sci_mode=True)
    case("sci_mode off", [1e-7, 1.0, 12345.0], sci_mode=False)
    case("sci_mode off, huge", [1e20, 1.5], dtype="float64", sci_mode=False)
    case("sci_mode on, integral", [1.0, -20.0, 0.0], sci_mode=True)
    case("sci_mode off, integral", [1.0, 1e6, 1e10], sci_mode=False)
    case("sci_mode on, zeros", [0.0, -0.0, NAN], sci_mode=True)
    case("sci_mode on, ints", [1, 2], dtype="int64", sci_mode=True)
    case("sci_mode on, 30 wrap", normal(30, 9), sci_mode=True)
    case("profile short", normal(12, 2), [3, 4], profile="short")
    case("profile short, summary", None, [40, 40], rule=(0.0, 0.125), profile="short")
    case("profile full", None, [1100], dtype="int64", rule=(0, 1), profile="full")
    case("profile short, precision 3", mixed, profile="short", precision=3)
    case("threshold 5", list(range(10)), dtype="int64", threshold=5)
    case("threshold 0, scalar", 1.5, threshold=0)
    case("threshold 0, few", [1.5, 2.0], threshold=0)
    case("threshold infinite", None, [1001], rule=(0.0, 0.5), threshold=INF)
    case("edgeitems 1", None, [4, 4, 100], dtype="int64", rule=(0, 1), edgeitems=1)
    case("edgeitems 5", None, [2000], dtype="int64", rule=(0, 1), edgeitems=5)
    case("edgeitems 20 wraps", None, [2000], dtype="int64", rule=(10000, 1), edgeitems=20)
    case("edgeitems 10 wraps at the dots", None, [2000], rule=(0.5, 1.0), edgeitems=10, linewidth=70)
    case("linewidth 40", normal(12, 6), linewidth=40)
    case("linewidth 120", normal(40, 7), [2, 20], linewidth=120)
    case("linewidth 0", [1, 2, 3], dtype="int64", linewidth=0)
    case("linewidth 0 leaf", [1.5, 2.5], grad=True, linewidth=0)


def random_tensors():
    source = random.Random(12)
    for i in range(40):
        dims = [source.randint(1, 4) for _ in range(source.randint(0, 4))]
        if dims and i % 2:
            dims[-1] = source.randint(5, 25)
        count = torch.Size(dims).numel()
        scale = 10.0 ** source.randint(-6, 9)
        spread = source.choice([0, 0, 1, 3])
        data = [source.gauss(0, 1) * scale * 10 ** source.uniform(0, spread) for _ in range(count)]
        if i % 5 == 0:
            data = [float(round(x)) for x in data]
        if i % 7 == 0:
            data[source.randrange(count)] = source.choice([NAN, INF, -INF, 0.0, -0.0])
        case(f"random {i}", data if dims else data[0], dims, dtype=source.choice(["float32", "float64"]),
             grad=source.choice([None, None, True, "MulBackward0"]))


for family in (scalars, rows, blocks, summaries, empties, suffixes, options, random_tensors):
    family()

lines = ",\n".join(json.dumps(c, allow_nan=False) for c in CASES.values())
pathlib.Path(__file__).with_name("printing.json").write_text(f"[\n{lines}\n]\n")
print(len(CASES), "cases")
