"""Language models over 65 characters: an LSTM, and a small GPT."""
import torch
from torch import nn
from torch.nn import functional as F

from data import K, U, fill, training

VOCABULARY = 65


def training_clipped(model, optimizer, tokens, targets):
    """A step that limits the norm of all gradients to 1."""

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss = F.cross_entropy(model(tokens).view(-1, VOCABULARY), targets)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        return loss

    return step


class CharLstm(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(VOCABULARY, 64)
        self.lstm = nn.LSTM(64, 128, batch_first=True)
        self.head = nn.Linear(128, VOCABULARY)

    def forward(self, tokens):
        return self.head(self.lstm(self.embedding(tokens))[0])


def lstm_char(check):
    tokens, targets = K(1, (32, 64), VOCABULARY), K(2, (32 * 64,), VOCABULARY)
    model = CharLstm()
    fill(model.parameters(), [1.0] + 6 * [128 ** -0.5])
    return training_clipped(model, torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.01), tokens, targets)


BATCH, LENGTH, WIDTH, HEADS, LAYERS = 12, 64, 128, 4, 4


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.ln1, self.qkv, self.proj = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.ln2, self.fc1, self.fc2 = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH)
        self.register_buffer("future", torch.ones(LENGTH, LENGTH, dtype=torch.bool).triu(1))

    def attention(self, h):
        def heads(x):
            return x.view(BATCH, LENGTH, HEADS, WIDTH // HEADS).transpose(1, 2)

        q, k, v = map(heads, self.qkv(h).split(WIDTH, dim=2))
        scores = q @ k.transpose(2, 3) * (WIDTH // HEADS) ** -0.5
        weights = scores.masked_fill(self.future, float("-inf")).softmax(dim=-1)
        return self.proj((weights @ v).transpose(1, 2).contiguous().view(BATCH, LENGTH, WIDTH))

    def forward(self, h):
        h = h + self.attention(self.ln1(h))
        return h + self.fc2(F.gelu(self.fc1(self.ln2(h))))


class CharGpt(nn.Module):
    def __init__(self):
        super().__init__()
        self.wte, self.wpe = nn.Embedding(VOCABULARY, WIDTH), nn.Embedding(LENGTH, WIDTH)
        self.blocks = nn.ModuleList(Block() for _ in range(LAYERS))
        self.ln_f = nn.LayerNorm(WIDTH)
        self.register_buffer("positions", torch.arange(LENGTH))

    def forward(self, tokens):
        h = self.wte(tokens) + self.wpe(self.positions)
        for block in self.blocks:
            h = block(h)
        return F.linear(self.ln_f(h), self.wte.weight)


def gpt_char(check):
    tokens, targets = K(1, (BATCH, LENGTH), VOCABULARY), K(2, (BATCH * LENGTH,), VOCABULARY)
    model = CharGpt()
    with torch.no_grad():
        for k, (name, p) in enumerate(model.named_parameters()):
            if p.dim() == 1:
                p.fill_(1.0 if name.endswith("weight") else 0.0)
            else:
                scale = 0.02 * 3 ** 0.5 / (8 ** 0.5 if "proj" in name or "fc2" in name else 1)
                p.copy_(U(1000 + k, p.shape, -scale, scale))
    matrices, vectors = ([p for p in model.parameters() if (p.dim() == 2) == two] for two in (True, False))
    groups = [{"params": matrices, "weight_decay": 0.1}, {"params": vectors, "weight_decay": 0.0}]
    return training_clipped(model, torch.optim.AdamW(groups, lr=1e-3, betas=(0.9, 0.99)), tokens, targets)


ALL = {"lstm_char": lstm_char, "gpt_char": gpt_char, "gpt_char_composed": gpt_char}  # the last two differ on our side
