"""Writes random.json: what PyTorch 1.13.1 draws on the CPU (a build without MKL, on a machine with AVX2).

A case is a seed and a sequence of calls on one generator. Of each result it keeps a few elements as hexadecimal bits, a hash of all
of them, and a hash of the generator's state afterwards, so that one draw too many shows at once.
"""
import base64
import hashlib
import json
import pathlib

import torch
from torch.utils.data import DataLoader

SIZES = [1, 2, 15, 16, 17, 31, 32, 100, 1000]
SEEDS = [0, 1, 42, 2**31, -7, 2**40 + 3]
WEIGHTS = [0.5, 0.0, 2.25, 1.0, 0.125, 3.0, 0.75]

BITS = {torch.float32: (torch.int32, 8), torch.float64: (torch.int64, 16), torch.int64: (torch.int64, 16),
        torch.int32: (torch.int32, 8), torch.uint8: (torch.uint8, 2), torch.bool: (torch.uint8, 2)}


def probabilities(n, dtype):
    return torch.arange(n).remainder(5).to(dtype) / 4          # 0, ¼, ½, ¾, 1, 0 ...


def draw(op, dtype, n, args):
    x = torch.empty(n, dtype=dtype)
    if op == "uniform": return x.uniform_(*args)
    if op == "normal": return x.normal_(*args)
    if op == "normal_strided": return torch.empty(n, 2, dtype=dtype)[:, 0].normal_(*args)
    if op == "exponential": return x.exponential_(*args)
    if op == "random": return x.random_(*args)                 # (), or (from, to), where None is no bound
    if op == "bernoulli": return x.bernoulli_(*args)
    if op == "bernoulli_float": return x.bernoulli_(probabilities(n, torch.float32))
    if op == "bernoulli_double": return x.bernoulli_(probabilities(n, torch.float64))
    if op == "dropout": return torch.nn.functional.dropout(torch.ones(n, dtype=dtype), *args)
    if op == "randperm": return torch.randperm(n, dtype=dtype)
    if op == "multinomial": return torch.multinomial(torch.tensor(WEIGHTS, dtype=dtype).repeat(args[1], 1), n, args[0]).flatten()
    raise ValueError(op)


def digest(data):
    return hashlib.sha256(data).hexdigest()[:16]


def state():
    return bytes(torch.get_rng_state().numpy())


def engine(s):
    return digest(s[:5016] + s[5040:5048])                     # the words, and whether a normal draw waits; not its value


def call(op, dtype=None, n=0, *args):
    if op == "manual_seed":
        torch.manual_seed(*args)
        return dict(op=op, args=args, state=engine(state()))
    y = draw(op, dtype, n, args)
    kind, width = BITS[y.dtype]
    bits = [format(b % 16**width, f"0{width}x") for b in y.view(kind).tolist()]
    keep = 16 if dtype == torch.float64 else 6
    shown = bits if len(bits) <= keep else [bits[i * (len(bits) - 1) // (keep - 1)] for i in range(keep)]
    return dict(op=op, dtype=str(dtype)[6:], n=n, args=args, shown=" ".join(shown), all=digest(y.numpy().tobytes()), state=engine(state()))


def case(name, seed, *calls):
    torch.manual_seed(seed)
    return dict(name=name, seed=seed, calls=[call(*c) for c in calls])


f32, f64, i64, i32, u8, bool_ = torch.float32, torch.float64, torch.int64, torch.int32, torch.uint8, torch.bool
cases = []

for seed in SEEDS:                                             # the sizes follow each other on one stream
    for dtype in (f32, f64):
        cases.append(case(f"uniform {str(dtype)[6:]} from seed {seed}", seed, *[("uniform", dtype, n, 0.0, 1.0) for n in SIZES]))
        cases.append(case(f"normal {str(dtype)[6:]} from seed {seed}", seed, *[("normal", dtype, n, 0.0, 1.0) for n in SIZES]))

cases += [
    case("bounds other than 0 and 1", 3, *[("uniform", t, n, a, b) for t in (f32, f64) for n in (7, 100)
                                           for a, b in ((-0.3, 0.7), (5.0, 5.0), (1e-3, 1e6))]),
    case("mean and std other than 0 and 1", 4, *[("normal", t, n, m, s) for t in (f32, f64) for n in (5, 100) for m, s in ((0.5, 2.0), (-3.0, 0.02), (1.0, 0.0))]),
    case("exponential", 5, *[("exponential", t, n, l) for t in (f32, f64) for n in (1, 17, 1000) for l in (1.0, 0.25)]),
    case("normal draws of a strided tensor", 6, *[("normal_strided", t, n, 0.0, 1.0) for n in (5, 16, 33) for t in (f32, f64)]),
    case("the second of a pair waits", 7, ("normal", f32, 5, 0.0, 1.0), ("normal", f32, 3, 0.0, 1.0), ("normal", f64, 1, 0.0, 1.0)),
    case("the second of a pair waits across dtypes", 8, ("normal", f64, 1, 0.0, 1.0), ("normal", f32, 1, 0.0, 1.0), ("normal", f32, 1, 10.0, 3.0), ("normal", f64, 2, 10.0, 3.0)),
    case("the second of a pair waits while others draw", 9, ("normal", f32, 1, 0.0, 1.0), ("uniform", f32, 4, 0.0, 1.0), ("normal", f32, 16, 0.0, 1.0), ("random", i64, 2), ("normal", f64, 2, 0.0, 1.0)),
    case("a new seed forgets the second of a pair", 10, ("normal", f32, 1, 0.0, 1.0), ("manual_seed", None, 0, 10), ("normal", f32, 2, 0.0, 1.0)),
    case("randn, then rand", 11, ("normal", f32, 20, 0.0, 1.0), ("uniform", f32, 3, 0.0, 1.0), ("normal", f64, 20, 0.0, 1.0), ("uniform", f64, 3, 0.0, 1.0)),
    case("64-bit draws across the end of a block", 12, ("uniform", f32, 623, 0.0, 1.0), ("uniform", f64, 2, 0.0, 1.0), ("uniform", f32, 621, 0.0, 1.0), ("random", i64, 400)),
    case("whole numbers without bounds", 13, *[("random", t, 50) for t in (i64, i32, u8, bool_, f32, f64)]),
    case("whole numbers between bounds", 14, *[("random", t, 50, a, b) for t, a, b in (
        (i64, 0, 2), (i64, -5, 5), (i64, 7, 8), (i64, 0, 2**32 - 1), (i64, 0, 2**32), (i64, -2**62, 2**62 + 1), (i64, -2**63, 2**63 - 1),
        (i32, 0, 10), (i32, -2**31, 2**31 - 1), (i32, -2**31, 2**31), (u8, 0, 256), (u8, 3, 200), (bool_, 0, 2), (bool_, 1, 2),
        (f32, 0, 10), (f32, -2**20, 2**33), (f64, 0, 10), (f64, -2**40, 2**40))]),
    case("whole numbers between bounds that a float cannot hold", 15, *[("random", t, 50, a, b) for t, a, b in (
        (f32, 2**24 + 1, 2**24 + 9), (f32, 2**25 + 1, 2**25 + 15), (f32, -2**26 - 3, 2**26 + 3), (f64, 2**53 + 1, 2**53 + 9), (f64, -2**60 - 1, 2**60 + 1))]),
    case("whole numbers from a bound on", 16, *[("random", t, 50, a, None) for t, a in (
        (i64, -2**63), (i64, 5), (i64, -1), (i32, 1), (u8, 250), (f32, 5), (f64, 5))]),
    case("randperm", 17, *[("randperm", t, n) for n in (1, 2, 10, 1000) for t in (i64, i32, f32)]),
    case("bernoulli", 18, *[("bernoulli", t, 50, p) for t in (f32, f64, i64, u8, bool_) for p in (0.0, 0.3, 1.0)]),
    case("bernoulli with a probability for each", 19, *[(op, t, 50) for op in ("bernoulli_float", "bernoulli_double") for t in (f32, f64, i64)]),
    case("dropout", 20, *[("dropout", t, 100, p) for t in (f32, f64) for p in (0.0, 0.1, 0.5, 0.75, 1.0)]),
    case("multinomial", 21, *[("multinomial", t, n, r, rows) for t in (f32, f64) for rows in (1, 3) for n, r in ((1, False), (1, True), (6, False), (40, True))]),
]

# One shuffled epoch of a DataLoader: its base seed, the sampler's seed, and a permutation from a generator with that seed.
torch.manual_seed(0)
seeds = torch.empty(2, dtype=i64).random_().tolist()
cases.append(case("a shuffled epoch", 0, ("random", i64, 1), ("random", i64, 1), ("manual_seed", None, 0, seeds[1]), ("randperm", i64, 10)))
torch.manual_seed(0)
epoch = torch.cat(list(DataLoader(range(10), batch_size=4, shuffle=True))).tolist()
assert epoch == torch.randperm(10, generator=torch.Generator().manual_seed(seeds[1])).tolist()

# A whole state in mid-block, with a normal draw waiting, and what comes after it.
torch.manual_seed(-1)
torch.randn(5)
saved = state()
carried = dict(state=base64.b64encode(saved).decode(), calls=[call("normal", f32, 3, 0.0, 1.0), call("uniform", f32, 1000, 0.0, 1.0)])

path = pathlib.Path(__file__).with_name("random.json")
lines = ["    " + json.dumps(c["name"]) + ": {\"seed\": " + str(c["seed"]) + ", \"calls\": [\n      "
         + ",\n      ".join(json.dumps(k) for k in c["calls"]) + "]}" for c in cases]
path.write_text("{\n  \"weights\": " + json.dumps(WEIGHTS) + ",\n  \"carried\": " + json.dumps(carried)
                + ",\n  \"cases\": {\n" + ",\n".join(lines) + "\n  }\n}\n")
