"""Writes data.json: the order in which PyTorch 1.13.1 visits a dataset, and facts about the embedded datasets.

Every case starts from torch.manual_seed(seed). Its `next` is one more draw from the default generator at the end (and, where a case has a
generator of its own, `next_own` one from that), so that a draw too many or too few shows although the order be right.
"""
import gzip
from pathlib import Path

import numpy
import torch
from torch.utils.data import (BatchSampler, DataLoader, RandomSampler, SequentialSampler, SubsetRandomSampler, TensorDataset,
                              WeightedRandomSampler, random_split)

from golden_file import write

SEEDS = [0, 1, 12345]


def draw(generator=None):
    return torch.randint(2 ** 31, (1,), generator=generator).item()


# --- samplers: two passes of each. `own` is a generator seeded with 7

SAMPLERS = {
    "sequential": lambda own: SequentialSampler(range(5)),
    "random": lambda own: RandomSampler(range(10)),
    "random, more samples than items": lambda own: RandomSampler(range(10), num_samples=14),
    "random, twice the items": lambda own: RandomSampler(range(5), num_samples=10),
    "random, fewer samples than items": lambda own: RandomSampler(range(10), num_samples=3),
    "random, own generator": lambda own: RandomSampler(range(10), generator=own),
    "random, own generator, more samples": lambda own: RandomSampler(range(10), num_samples=14, generator=own),
    "replacement": lambda own: RandomSampler(range(10), replacement=True),
    "replacement, 70 samples": lambda own: RandomSampler(range(1000), replacement=True, num_samples=70),
    "replacement, 64 samples, own generator": lambda own: RandomSampler(range(1000), replacement=True, num_samples=64, generator=own),
    "subset": lambda own: SubsetRandomSampler([10, 11, 12, 13, 14]),
    "subset, own generator": lambda own: SubsetRandomSampler([3, 1, 4, 1, 5, 9], generator=own),
    "weighted": lambda own: WeightedRandomSampler([.1, .9, .4, .7, 3, .6], 5),
    "weighted, no replacement": lambda own: WeightedRandomSampler([.9, .4, .05, .2, .3, .1], 5, replacement=False),
    "weighted, own generator": lambda own: WeightedRandomSampler([1, 0, 2, 3], 20, generator=own),
}


def sampler(name, seed):
    torch.manual_seed(seed)
    own = torch.Generator().manual_seed(7)
    made = SAMPLERS[name](own)
    return dict(sampler=name, seed=seed, passes=[[int(i) for i in made] for _ in range(2)], next=draw(), next_own=draw(own))


# --- loaders over range(n): two epochs of each

LOADERS = {
    "in order": (10, lambda own: dict(batch_size=4)),
    "shuffled": (10, lambda own: dict(batch_size=4, shuffle=True)),
    "shuffled, drop last": (10, lambda own: dict(batch_size=4, shuffle=True, drop_last=True)),
    "shuffled, own generator": (10, lambda own: dict(batch_size=4, shuffle=True, generator=own)),
    "in order, own generator": (10, lambda own: dict(batch_size=4, generator=own)),
    "shuffled, 2 workers": (10, lambda own: dict(batch_size=4, shuffle=True, num_workers=2)),
    "shuffled, own generator, 3 workers": (50, lambda own: dict(batch_size=4, shuffle=True, generator=own, num_workers=3)),
    "sampler": (10, lambda own: dict(batch_size=4, sampler=RandomSampler(range(10), replacement=True, num_samples=37))),
    "sampler and loader share a generator": (10, lambda own: dict(batch_size=4, sampler=RandomSampler(range(10), True, 70, own), generator=own)),
    "weighted sampler": (4, lambda own: dict(batch_size=3, sampler=WeightedRandomSampler([1, 0, 2, 3], 8))),
    "batch sampler": (10, lambda own: dict(batch_sampler=BatchSampler(RandomSampler(range(10), generator=own), 3, True))),
    "one by one": (5, lambda own: dict(shuffle=True)),
    "single samples": (5, lambda own: dict(batch_size=None, shuffle=True)),
    "a batch larger than the dataset": (3, lambda own: dict(batch_size=8, shuffle=True)),
    "no samples": (0, lambda own: dict(batch_size=4)),
}


def loader(name, seed):
    n, options = LOADERS[name]
    torch.manual_seed(seed)
    own = torch.Generator().manual_seed(7)
    made = DataLoader(range(n), **options(own))
    epochs = [[batch.tolist() if isinstance(batch, torch.Tensor) else [batch] for batch in made] for _ in range(2)]
    return dict(loader=name, seed=seed, count=len(made), epochs=epochs, next=draw(), next_own=draw(own))


# --- draws between batches, from the default generator, which is the sampler's too: they interleave

def interleaved(workers, seed):
    torch.manual_seed(seed)
    own = torch.default_generator
    made = DataLoader(range(50), batch_size=8, sampler=RandomSampler(range(50), True, 80, own), generator=own, num_workers=workers)
    steps = [dict(batch=batch.tolist(), draw=draw()) for batch in made]
    return dict(workers=workers, seed=seed, batches=[s["batch"] for s in steps], draws=[s["draw"] for s in steps])


# --- draws inside of workers, and an epoch that is left early

class Noise(torch.utils.data.Dataset):
    def __len__(self):
        return 12

    def __getitem__(self, index):
        return torch.rand(())


def noise(workers, seed):
    torch.manual_seed(seed)
    made = DataLoader(Noise(), batch_size=2, num_workers=workers)
    return dict(workers=workers, seed=seed, epochs=[[batch.tolist() for batch in made] for _ in range(2)])


def left(workers, seed):
    torch.manual_seed(seed)
    made = DataLoader(range(40), batch_size=3, shuffle=True, num_workers=workers)
    for first in made:
        break
    return dict(workers=workers, seed=seed, first=first.tolist(), epoch=[batch.tolist() for batch in made], next=draw())


# --- splits

SPLITS = [(10, [7, 3]), (10, [10]), (10, [0, 10]), (0, [0, 0]), (10, [0.7, 0.3]), (11, [0.5, 0.3, 0.2]), (10, [1 / 3, 1 / 3, 1 / 3]), (7, [0.25, 0.25, 0.25, 0.25]),
          (150, [0.8, 0.1, 0.1])]


def split(n, lengths, seed):
    torch.manual_seed(seed)
    parts = random_split(range(n), lengths)
    fractions = isinstance(lengths[0], float)
    return dict(n=n, fractions=lengths if fractions else None, lengths=None if fractions else lengths, seed=seed,
                parts=[list(p.indices) for p in parts], next=draw())


# --- the default collate

COLLATED = {
    "ints": [1, 2, 3],
    "floats": [0.5, 1.1],
    "bools": [True, False],
    "tensors": [torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0])],
    "0-dim integer tensors": [torch.tensor(1), torch.tensor(2)],
    "pairs": [(torch.tensor([1.0, 2.0]), 3), (torch.tensor([4.0, 5.0]), 6)],
    "triples": [(1, 0.5, torch.tensor(True)), (2, 1.1, torch.tensor(False))],
}


def tensor(x):
    return dict(dtype=str(x.dtype)[6:].capitalize(), shape=list(x.shape), data=x.flatten().tolist())


def collated(name):
    batch = torch.utils.data.default_collate(COLLATED[name])
    return dict(name=name, parts=[tensor(x) for x in (batch if isinstance(batch, list) else [batch])])


# --- the files beside the library's source

FILES = Path(__file__).parents[2] / "Data" / "Datasets"


def facts(x, y):
    return dict(shape=list(x.shape), sum=x.sum(), squares=(x ** 2).sum(), columns=x.sum(0).tolist(), rows=x.sum(1).tolist(),
                targets=y.astype(int).tolist(), classes=numpy.bincount(y.astype(int)).tolist())


digits = numpy.loadtxt(gzip.open(FILES / "digits.csv.gz"), delimiter=",")
iris = numpy.loadtxt(FILES / "iris.csv", delimiter=",", skiprows=1)

write("data.json",
      samplers=[sampler(name, seed) for name in SAMPLERS for seed in SEEDS],
      loaders=[loader(name, seed) for name in LOADERS for seed in SEEDS],
      interleaved=[interleaved(workers, 3) for workers in (0, 2)],
      noise=[noise(workers, 4) for workers in (0, 1, 2)],
      left=[left(workers, 5) for workers in (0, 2)],
      splits=[split(n, lengths, seed) for n, lengths in SPLITS for seed in (0, 1)],
      collated=[collated(name) for name in COLLATED],
      datasets=dict(digits=facts(digits[:, :64], digits[:, 64]), iris=facts(iris[:, :4], iris[:, 4])))
