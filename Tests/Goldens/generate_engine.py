"""Writes engine.json: what PyTorch (1.13.1) makes of little programs about graphs, views and changes in place.

    /usr/bin/python3 generate_engine.py

A program gets the leaves x [2, 3], w [3] and v [2] (float64, requiring gradients) and the constant c [2, 3], and returns
what is to be compared; the gradients of the leaves are added after it ran. "refused" means that PyTorch throws.
The same programs in C#, under the same names, are in Tests/Autograd/EnginePrograms.cs and EnginePrograms.Views.cs.
"""
import torch

from golden_file import write

PROGRAMS = []


def program(function):
    PROGRAMS.append(function)
    return function


# ---- graphs -------------------------------------------------------------------------------------------------------------


@program
def diamond(x, w, v, c):
    a = x.exp()
    y = (a * a + a * w).sum()
    y.backward()
    return {"y": y}


@program
def used_many_times(x, w, v, c):
    y = x
    for _ in range(5):
        y = y * x + w
    y.sum().backward()
    return {"y": y}


@program
def accumulates(x, w, v, c):
    for i in range(3):
        (x * w * (i + 1)).sum().backward()
    return {}


@program
def two_roots(x, w, v, c):
    h = x.sin()
    torch.autograd.backward([h * w, h.sum()], [c, torch.tensor(2.0, dtype=torch.float64)])
    return {}


@program
def same_root_twice(x, w, v, c):
    y = (x * w).sum()
    torch.autograd.backward([y, y])
    return {}


@program
def leaf_as_root(x, w, v, c):
    x.backward(c)
    return {}


@program
def only_some_inputs(x, w, v, c):
    (x.sin() * w).sum().backward(inputs=[w])
    return {}


@program
def inputs_in_between(x, w, v, c):
    h = x * w
    (h * h).sum().backward(inputs=[h])
    return {"h.grad": h.grad}


@program
def shares_what_saved_nothing(x, w, v, c):
    h = x + w
    h.sum().backward()
    (h * c).sum().backward()
    return {}


@program
def second_backward_refused(x, w, v, c):
    y = (x * w).sum()
    y.backward()
    y.backward()
    return {}


@program
def second_backward_retained(x, w, v, c):
    y = (x * w).sum()
    y.backward(retain_graph=True)
    y.backward()
    return {}


@program
def grad_of_intermediate(x, w, v, c):
    h = x.sin()
    y = (h * h * w).sum()
    gh, gx = torch.autograd.grad(y, [h, x])
    return {"gh": gh, "gx": gx}


@program
def third_derivative(x, w, v, c):
    y = (x ** 4 * w).sum()
    g1, = torch.autograd.grad(y, x, create_graph=True)
    g2, = torch.autograd.grad(g1.sum(), x, create_graph=True)
    g2.sum().backward()
    return {"g1": g1, "g2": g2}


@program
def gradient_penalty(x, w, v, c):
    y = (x * w).tanh().sum()
    g, = torch.autograd.grad(y, x, create_graph=True)
    (y + (g ** 2).sum()).backward()
    return {"g": g}


@program
def backward_with_create_graph(x, w, v, c):
    (x ** 3 * w).sum().backward(create_graph=True)
    g = x.grad
    x.grad = None
    w.grad = None
    (g * g).sum().backward()
    return {}


@program
def broadcast_is_summed(x, w, v, c):
    (x * w + v.unsqueeze(1)).pow(2).sum().backward()
    return {}


@program
def dtypes_are_cast_back(x, w, v, c):
    y = (x.float() * 2).double() * w
    y.sum().backward()
    return {"y": y}


@program
def detached(x, w, v, c):
    h = x * w
    (h.detach() * h).sum().backward()
    return {}


@program
def no_grad_in_between(x, w, v, c):
    with torch.no_grad():
        h = x * w
    (h * x).sum().backward()
    return {}


# ---- changes in place -------------------------------------------------------------------------------------------------


@program
def old_path_stays(x, w, v, c):
    y = x * 2
    z = y + 1
    y.mul_(3)
    z.sum().backward()
    return {"y": y, "z": z}


@program
def new_path_taken(x, w, v, c):
    y = x * 2
    y.mul_(w).add_(c).sub_(x)
    (y * y).sum().backward()
    return {"y": y}


@program
def input_of_add_changed(x, w, v, c):
    a, b = x * 2, x * 3
    z = a + b
    a.mul_(5)
    b.zero_()
    (z.sum() + a.sum() + b.sum()).backward()
    return {}


@program
def saved_input_changed_refused(x, w, v, c):
    y = x * 2
    z = y * y
    y.add_(1)
    z.sum().backward()
    return {}


@program
def saved_output_changed_refused(x, w, v, c):
    y = x.exp()
    y.add_(1)
    y.sum().backward()
    return {}


@program
def saved_changed_through_view_refused(x, w, v, c):
    y = x * 2
    z = y * y
    y[0].zero_()
    z.sum().backward()
    return {}


@program
def saved_changed_through_detach_refused(x, w, v, c):
    y = x * 2
    z = y * y
    y.detach().zero_()
    z.sum().backward()
    return {}


@program
def saved_changed_under_no_grad_refused(x, w, v, c):
    y = x * 2
    z = y * y
    with torch.no_grad():
        y.zero_()
    z.sum().backward()
    return {}


@program
def changed_through_detach(x, w, v, c):
    y = x * 2
    y.detach().zero_()
    (y * c).sum().backward()
    return {"y": y}


@program
def leaf_changed_refused(x, w, v, c):
    x.mul_(2)
    return {}


@program
def view_of_leaf_changed_refused(x, w, v, c):
    x[0].mul_(2)
    return {}


@program
def leaf_changed_under_no_grad(x, w, v, c):
    with torch.no_grad():
        x.mul_(2)
        x[0] = 1
    (x * x).sum().backward()
    return {"x": x}


@program
def chain_in_place(x, w, v, c):
    y = (x * 2).mul_(0.5).add_(w).tanh_()
    y.sum().backward()
    return {"y": y}


@program
def product_with_itself_in_place_refused(x, w, v, c):
    y = x * 2
    y.mul_(y)
    y.sum().backward()
    return {"y": y}


@program
def constant_becomes_result(x, w, v, c):
    b = torch.zeros(2, 3, dtype=torch.float64)
    b.add_(x)
    b.mul_(w)
    b.sum().backward()
    return {"b": b}


@program
def expanded_refused(x, w, v, c):
    (w * 1).expand(2, 3).add_(x)
    return {}


@program
def zeroed_in_between(x, w, v, c):
    y = x * 2
    y.zero_()
    (y + w).sum().backward()
    return {"x.grad zero": torch.zeros(1) if x.grad is None else x.grad.abs().sum()}


# ---- views ----------------------------------------------------------------------------------------------------------------


@program
def row_assigned(x, w, v, c):
    h = x * 1
    h[0] = w
    (h * c).sum().backward()
    return {"h": h}


@program
def number_assigned(x, w, v, c):
    h = x * 1
    h[1] = 5
    h[0, 1] = 7
    (h * c).sum().backward()
    return {"h": h}


@program
def column_assigned(x, w, v, c):
    h = x * 1
    h[:, 1] = v
    (h * h).sum().backward()
    return {"h": h}


@program
def broadcast_assigned(x, w, v, c):
    h = x * 1
    h[:, :] = w
    (h * c).sum().backward()
    return {"h": h}


@program
def mask_assigned(x, w, v, c):
    h = x * 1
    h[c > 0.5] = 2
    (h * c).sum().backward()
    return {"h": h}


@program
def rows_swapped(x, w, v, c):
    h = x * w
    h[[0, 1]] = h[[1, 0]]
    (h * c).sum().backward()
    return {"h": h}


@program
def row_from_other_row(x, w, v, c):
    h = x * w
    h[0] = h[1]
    (h * c).sum().backward()
    return {"h": h}


@program
def chain_of_views(x, w, v, c):
    h = x * 1
    row = h[1]
    part = row[0:2]
    part.mul_(v)
    (h * h).sum().backward()
    return {"h": h, "row": row, "part": part}


@program
def view_sees_change_of_base(x, w, v, c):
    h = x * 1
    flat = h.view(-1)
    h.mul_(w)
    (flat * c.view(-1)).sum().backward()
    return {"flat": flat}


@program
def view_sees_change_through_other_view(x, w, v, c):
    h = x * 1
    row, column = h[0], h[:, 0]
    row.mul_(w)
    (column * v).sum().backward()
    return {"column": column}


@program
def overlapping_views(x, w, v, c):
    h = (x * 1).view(-1)
    a, b = h[0:4], h[2:5]
    a.mul_(3)
    b.mul_(w)
    a.add_(1)
    (h * h).sum().backward()
    return {"h": h, "a": a, "b": b}


@program
def transposed_view(x, w, v, c):
    h = x * 2
    h.t().mul_(v)
    h.t().add_(w.unsqueeze(1))
    (h * c).sum().backward()
    return {"h": h}


@program
def stepped_view(x, w, v, c):
    h = x * 2
    h[:, ::2].mul_(v.unsqueeze(1))
    (h * c).sum().backward()
    return {"h": h}


@program
def diagonal_view(x, w, v, c):
    h = x * 2
    h.diagonal().mul_(v)
    (h * c).sum().backward()
    return {"h": h}


@program
def squeezed_view(x, w, v, c):
    h = x * 2
    h.unsqueeze(0).mul_(w)
    h.unsqueeze(1).squeeze(1).add_(c)
    (h * h).sum().backward()
    return {"h": h}


@program
def base_without_gradient(x, w, v, c):
    out = torch.zeros(3, 3, dtype=torch.float64)
    for i in range(3):
        out[i] = w * i
    out[1, 1:] = v
    (out * out).sum().backward()
    return {"out": out}


@program
def view_of_base_without_gradient(x, w, v, c):
    out = torch.zeros(2, 3, dtype=torch.float64)
    row = out[0]
    other = out[1]
    row.copy_(w)
    out.add_(x)
    (out * c).sum().backward()
    return {"row": row, "other": other}


@program
def used_before_and_after(x, w, v, c):
    h = x * 1
    a = h.sum()
    h[0] = w
    b = h.sum()
    h[1] = w * 2
    (a * b + h.sum()).backward()
    return {"a": a, "b": b}


@program
def copy_of_a_view_is_no_view(x, w, v, c):
    h = x * 2
    flat = h.t().reshape(-1)
    flat.mul_(5)
    (h * c).sum().backward()
    return {"h": h, "flat": flat}


@program
def state_in_a_buffer_refused(x, w, v, c):
    h = torch.zeros(3, 3, dtype=torch.float64)
    h[0] = w
    for i in range(2):
        h[i + 1] = h[i] * w
    h.sum().backward()
    return {}


@program
def state_in_a_buffer_cloned(x, w, v, c):
    h = torch.zeros(3, 3, dtype=torch.float64)
    h[0] = w
    for i in range(2):
        h[i + 1] = h[i].clone() * w
    h.sum().backward()
    return {"h": h}


@program
def view_made_under_no_grad_refused(x, w, v, c):
    h = x * 1
    with torch.no_grad():
        row = h[0]
    row.mul_(2)
    return {}


@program
def view_made_under_no_grad_changed_there(x, w, v, c):
    h = x * 1
    with torch.no_grad():
        row = h[0]
        row.mul_(2)
    (h * c).sum().backward()
    return {"h": h}


@program
def double_backward_through_assignment(x, w, v, c):
    h = x ** 3
    h[0] = w ** 2
    g, = torch.autograd.grad((h * h).sum(), x, create_graph=True)
    g.sum().backward()
    return {"g": g}


@program
def gradient_of_view_from_before(x, w, v, c):
    h = x * 1
    row = h[0]
    h.mul_(w)
    g, = torch.autograd.grad((row * row).sum(), x)
    return {"g": g}


# ---- hooks and retained gradients --------------------------------------------------------------------------------------


@program
def hook_on_result(x, w, v, c):
    h = x * w
    h.register_hook(lambda g: g * 2)
    h.register_hook(lambda g: g + 1)
    (h * c).sum().backward()
    return {}


@program
def hook_on_leaf(x, w, v, c):
    seen = []
    x.register_hook(lambda g: seen.append(g.clone()) or g * 10)
    (x * w + x * x).sum().backward()
    (x * c).sum().backward()
    return {"count": torch.tensor(float(len(seen))), "first": seen[0], "second": seen[1]}


@program
def hook_removed(x, w, v, c):
    handle = x.register_hook(lambda g: g * 10)
    (x * c).sum().backward()
    handle.remove()
    (x * c).sum().backward()
    return {}


@program
def hook_with_grad(x, w, v, c):
    h = x * w
    h.register_hook(lambda g: g * 3)
    gx, = torch.autograd.grad((h * h).sum(), x)
    return {"gx": gx}


@program
def retained(x, w, v, c):
    h = x * w
    h.retain_grad()
    (h * h).sum().backward(retain_graph=True)
    first = h.grad.clone()
    (h * c).sum().backward()
    return {"first": first, "h.grad": h.grad}


@program
def retained_after_change(x, w, v, c):
    h = x * w
    h.retain_grad()
    h.mul_(c)
    (h * h).sum().backward()
    return {"h.grad": h.grad}


def leaf(*values):
    return torch.tensor(values, dtype=torch.float64, requires_grad=True)


def run(function):
    x = torch.tensor([[0.5, -1.25, 2.0], [1.5, 0.75, -0.5]], dtype=torch.float64, requires_grad=True)
    w, v = leaf(1.25, -0.5, 0.75), leaf(2.0, -1.5)
    c = torch.tensor([[1.0, -2.0, 0.5], [0.25, 3.0, -1.0]], dtype=torch.float64)
    case = {"name": function.__name__}
    try:
        results = function(x, w, v, c)
    except RuntimeError as error:
        assert function.__name__.endswith("_refused"), (function.__name__, error)
        return {**case, "refused": True}
    assert not function.__name__.endswith("_refused"), function.__name__
    for name, y in (("x", x), ("w", w), ("v", v)):
        results[name + ".grad"] = None if y.grad is None else y.grad
    return {**case, "refused": False, "results": results}


write("engine.json", programs=[run(function) for function in PROGRAMS])
