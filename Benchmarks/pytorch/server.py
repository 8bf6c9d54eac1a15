"""PyTorch's side of the comparison: makes one workload, and runs and times it when asked to. Needs nothing but torch.

    python3 server.py NAME       serves one workload
    python3 server.py --about    versions, and how fast the matrix product is
    python3 server.py --list     the names of all workloads

Commands, one per line; every answer is one line of numbers (Serve.cs answers the same ones):
    begin T      runs for one second. T is when this process was started, by the monotonic clock in ns. Answers the seconds from T to the
                 end of the first step, the number of steps done one second after T, and the mean seconds of a step in the second from then on
    time N       runs N steps. Answers wall seconds and processor seconds
    check I J …  a fresh instance without random numbers. Answers a number for what each of the steps I, J, … gives back: the loss, or a sum in
                 which every place has its own weight
    check64 I …  the same, computed in float64
    memory       answers the largest resident set so far, in KiB
"""
import os
import sys
import time
import warnings

for library in ("OPENBLAS", "OMP", "MKL"):
    os.environ[library + "_NUM_THREADS"] = "1"  # a BLAS with threads of its own reads this when it is loaded

import torch

import autoencoder, chains, derivatives, kernels, loading, mnist, optimizers, sequences, small_models

FAMILIES = (kernels, chains, small_models, mnist, sequences, autoencoder, derivatives, optimizers, loading)
WORKLOADS = {name: make for family in FAMILIES for name, make in family.ALL.items()}


def begin(step, started):
    first_step, early, steps, first, now = 0, 0, 0, time.monotonic_ns(), 0
    while now < first + 10 ** 9:
        step()
        now = time.monotonic_ns()
        first_step = first_step or now - started
        early += now < started + 10 ** 9
        steps += 1
    return first_step * 1e-9, early, (now - first) * 1e-9 / steps


def timed(step, n):
    processor, wall = time.process_time(), time.perf_counter()
    for _ in range(n):
        step()
    return time.perf_counter() - wall, time.process_time() - processor


def checked(name, at):
    torch.manual_seed(0)
    step, sums = WORKLOADS[name](True), []
    for i in range(1, max(at) + 1):
        result = step()
        if i in at:
            y = result.detach().double().flatten()
            sums.append(float(((1 + torch.arange(len(y)) % 97) * y).sum()))
    return sums


def checked_in_float64(name, at):
    torch.set_default_dtype(torch.float64)
    try:
        return checked(name, at)
    finally:
        torch.set_default_dtype(torch.float32)


def peak_memory():
    with open("/proc/self/status") as status:
        return (next(int(line.split()[1]) for line in status if line.startswith("VmHWM")),)


def about():
    step, n = kernels.gemm(512), 3
    timed(step, n)
    seconds = min(timed(step, n)[0] for _ in range(5)) / n
    print(f"{torch.__version__} {sys.version.split()[0]} {2 * 512 ** 3 / seconds * 1e-9:.1f}")


def serve(name):
    step = WORKLOADS[name](False)
    for line in sys.stdin:
        command, *numbers = line.split()
        numbers = [int(number) for number in numbers]
        answer = {
            "begin": lambda: begin(step, *numbers),
            "time": lambda: timed(step, *numbers),
            "check": lambda: checked(name, numbers),
            "check64": lambda: checked_in_float64(name, numbers),
            "memory": peak_memory,
        }[command]()
        print(*map(repr, answer), flush=True)


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    if sys.argv[1] == "--about":
        about()
    elif sys.argv[1] == "--list":
        print(*WORKLOADS, sep="\n")
    else:
        serve(sys.argv[1])
