"""What an op costs when it computes almost nothing: chains of 1,000 ops on single numbers, forward and backward."""
import torch


def chain(tensors):
    x, a, b = (torch.tensor(value, requires_grad=True) for value in (0.5, 1.01, 0.01))
    factor, term = (a, b) if tensors else (1.01, 0.01)

    def step():
        x.grad = a.grad = b.grad = None
        y = x
        for i in range(1000):
            if i % 3 == 0:
                y = y * factor
            elif i % 3 == 1:
                y = y + term
            else:
                y = torch.tanh(y)
        y.backward()
        return y

    return step


ALL = {
    "autograd_chain_scalar_1000": lambda check: chain(tensors=False),
    "autograd_chain_tensor_1000": lambda check: chain(tensors=True),
}
