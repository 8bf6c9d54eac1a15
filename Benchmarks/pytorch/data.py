"""Data and weights without a library: the counter-based generator splitmix64, the same as in Data.cs."""
import torch

MASK = (1 << 64) - 1


def signed(value):
    """A 64-bit pattern as the signed number that an int64 tensor holds."""
    value &= MASK
    return value - (1 << 64) if value >> 63 else value


def bits(seed, first, last):
    """The numbers first … last − 1 of the stream with this seed, 64 bits each."""

    def mixed(z, by, factor):
        return (z ^ right(z, by)) * signed(factor)

    z = torch.arange(first + 1, last + 1) * signed(0x9E3779B97F4A7C15) + signed(seed * 0xD1342543DE82EF95)
    z = mixed(mixed(z, 30, 0xBF58476D1CE4E5B9), 27, 0x94D049BB133111EB)
    return z ^ right(z, 31)


def right(z, by):
    """A shift to the right that fills up with zeros; PyTorch's own copies the sign."""
    return (z >> by) & ((1 << (64 - by)) - 1)


def filled(shape, dtype, values):
    """A tensor whose elements, in blocks that fit the cache, are values(first, last)."""
    flat = torch.empty(torch.Size(shape).numel(), dtype=dtype)
    for first in range(0, len(flat), 1 << 16):
        last = min(first + (1 << 16), len(flat))
        flat[first:last] = values(first, last)
    return flat.reshape(shape)


def U(seed, shape, a=0.0, b=1.0, dtype=None):
    """Uniform on [a, b), 24 bits per number."""
    u = filled(shape, dtype or torch.get_default_dtype(), lambda i, j: right(bits(seed, i, j), 40) * 2.0 ** -24)
    return a + (b - a) * u


def K(seed, shape, n):
    """Integers from 0 to n − 1."""
    return filled(shape, torch.int64, lambda i, j: right(bits(seed, i, j), 33) % n)


def fill(parameters, scales):
    """Parameter k uniform on ±scales[k]."""
    with torch.no_grad():
        for k, (p, scale) in enumerate(zip(parameters, scales)):
            p.copy_(U(1000 + k, p.shape, -scale, scale, p.dtype))


def fan_in(model):
    """Every weight and bias uniform on ±1/√fan_in."""
    parameters, scales = list(model.parameters()), []
    for p in parameters:
        scales.append((p.numel() / len(p)) ** -0.5 if p.dim() > 1 else scales[-1])  # a bias follows its weight
    fill(parameters, scales)
    return model


def training(optimizer, loss_of):
    """One step of training; gives back the loss from before the update."""

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss = loss_of()
        loss.backward()
        optimizer.step()
        return loss

    return step
