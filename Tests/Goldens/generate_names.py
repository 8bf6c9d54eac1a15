"""The public names of PyTorch's modules: what the names of MiniTorch are compared with. Writes names.json."""
import inspect
import json
import pathlib

import torch
import torch.autograd, torch.nn, torch.nn.functional, torch.nn.init, torch.nn.utils, torch.optim, torch.optim.lr_scheduler, torch.optim.swa_utils, torch.utils.data

MODULES = {
    "torch": torch,
    "torch.Tensor": torch.Tensor,
    "torch.autograd": torch.autograd,
    "torch.nn": torch.nn,
    "torch.nn.Module": torch.nn.Module,
    "torch.nn.functional": torch.nn.functional,
    "torch.nn.init": torch.nn.init,
    "torch.nn.utils": torch.nn.utils,
    "torch.optim": torch.optim,
    "torch.optim.lr_scheduler": torch.optim.lr_scheduler,
    "torch.optim.swa_utils": torch.optim.swa_utils,
    "torch.utils.data": torch.utils.data,
}

# Names of 2.x that 1.13.1 does not have yet.
NEWER = {
    "torch.optim.swa_utils": ["get_ema_avg_fn", "get_ema_multi_avg_fn", "get_swa_avg_fn", "get_swa_multi_avg_fn"],
    "torch.nn.utils": ["get_total_norm", "clip_grads_with_norm_"], "torch.optim.lr_scheduler": ["LRScheduler"], "torch.nn.Module": ["get_buffer"],
}


def public(module):
    names = [n for n in dir(module) if not n.startswith("_") and not inspect.ismodule(getattr(module, n, None))]
    return sorted(set(names))


names = {key: sorted(set(public(module) + NEWER.get(key, []))) for key, module in MODULES.items()}
path = pathlib.Path(__file__).with_name("names.json")
path.write_text("{\n" + ",\n".join(f'"{k}": {json.dumps(v)}' for k, v in names.items()) + "\n}\n")
