"""Embedding and recurrent layers, one layer in one direction. Same form as rows_ops.py; whole modules are in generate_recurrent.py."""

import torch
import torch.nn.functional as F

from rows import ints, row

# --- tables: indices, table. PyTorch's gradient is not the derivative where padding and frequencies change it: nothing to differentiate.

LOOKUPS = [[ints([2, 0, 2]), (4, 3)], [ints([[1, 0], [3, 3]]), (4, 2)], [ints(1), (4, 2)], [ints([]), (4, 2)]]
row("embedding", lambda i, w: F.embedding(i, w), *LOOKUPS)
row("embedding.padding_idx", lambda i, w: F.embedding(i, w, padding_idx=2), *LOOKUPS, kink=True)
row("embedding.padding_idx_negative", lambda i, w: F.embedding(i, w, padding_idx=-1), *LOOKUPS, kink=True)
row("embedding.scale_grad_by_freq", lambda i, w: F.embedding(i, w, scale_grad_by_freq=True), *LOOKUPS[:3], kink=True)

# --- sequences: x [t, n, in], state [1, n, h], W_ih, W_hh, b_ih, b_hh


def sizes(gates, states):
    """Three steps of two examples, one step of one, and without biases."""
    return [
        [(3, 2, 2), *[(1, 2, 2)] * states, (2 * gates, 2), (2 * gates, 2), (2 * gates,), (2 * gates,)],
        [(1, 1, 3), *[(1, 1, 2)] * states, (2 * gates, 3), (2 * gates, 2), (2 * gates,), (2 * gates,)],
    ]


def without_biases(cases):
    return [case[:-2] for case in cases]


row("lstm", lambda x, h, c, wi, wh, bi, bh: torch.lstm(x, (h, c), (wi, wh, bi, bh), True, 1, 0.0, False, False, False), *sizes(4, 2))
row("lstm.no_bias", lambda x, h, c, wi, wh: torch.lstm(x, (h, c), (wi, wh), False, 1, 0.0, False, False, False), *without_biases(sizes(4, 2)))
row("gru", lambda x, h, wi, wh, bi, bh: torch.gru(x, h, (wi, wh, bi, bh), True, 1, 0.0, False, False, False), *sizes(3, 1))
row("gru.no_bias", lambda x, h, wi, wh: torch.gru(x, h, (wi, wh), False, 1, 0.0, False, False, False), *without_biases(sizes(3, 1)))
row("rnn_tanh", lambda x, h, wi, wh, bi, bh: torch.rnn_tanh(x, h, (wi, wh, bi, bh), True, 1, 0.0, False, False, False), *sizes(1, 1))
row("rnn_relu", lambda x, h, wi, wh, bi, bh: torch.rnn_relu(x, h, (wi, wh, bi, bh), True, 1, 0.0, False, False, False), *sizes(1, 1))
