using System.Runtime.CompilerServices;

namespace MiniTorch;

/// <summary>The ops on whole tensors (reductions, products, shapes, indices) as functions: <c>Torch.Sum(x, 1)</c> is <c>x.Sum(1)</c>.</summary>
public static partial class Torch
{
    // ---- Any.cs ------------------------------------------------------------------------------------------------------

    /// <inheritdoc cref="Tensor.Any()"/>
    public static Tensor Any(Tensor input) => input.Any();

    /// <inheritdoc cref="Tensor.Any(int, bool)"/>
    public static Tensor Any(Tensor input, int dim, bool keepdim = false) => input.Any(dim, keepdim);

    /// <inheritdoc cref="Tensor.All()"/>
    public static Tensor All(Tensor input) => input.All();

    /// <inheritdoc cref="Tensor.All(int, bool)"/>
    public static Tensor All(Tensor input, int dim, bool keepdim = false) => input.All(dim, keepdim);

    /// <inheritdoc cref="Tensor.CountNonzero"/>
    public static Tensor CountNonzero(Tensor input, int? dim = null) => input.CountNonzero(dim);

    // ---- Cummax.cs ---------------------------------------------------------------------------------------------------

    /// <inheritdoc cref="Tensor.Cummax"/>
    public static ValuesIndices Cummax(Tensor input, int dim) => input.Cummax(dim);

    /// <inheritdoc cref="Tensor.Cummin"/>
    public static ValuesIndices Cummin(Tensor input, int dim) => input.Cummin(dim);

    // ---- Cumsum.cs ---------------------------------------------------------------------------------------------------

    /// <inheritdoc cref="Tensor.Cumsum"/>
    public static Tensor Cumsum(Tensor input, int dim, DType? dtype = null) => input.Cumsum(dim, dtype);

    /// <inheritdoc cref="Tensor.Cumprod"/>
    public static Tensor Cumprod(Tensor input, int dim, DType? dtype = null) => input.Cumprod(dim, dtype);

    // ---- Expand.cs ---------------------------------------------------------------------------------------------------

    /// <inheritdoc cref="Tensor.BroadcastTo"/>
    public static Tensor BroadcastTo(Tensor input, params Shape shape) => input.BroadcastTo(shape);

    // ---- Gather.cs ---------------------------------------------------------------------------------------------------

    /// <inheritdoc cref="Tensor.Gather"/>
    public static Tensor Gather(Tensor input, int dim, Tensor index) => input.Gather(dim, index);

    /// <inheritdoc cref="Tensor.Scatter(int, Tensor, Tensor)"/>
    public static Tensor Scatter(Tensor input, int dim, Tensor index, Tensor src) => input.Scatter(dim, index, src);

    /// <inheritdoc cref="Tensor.Scatter(int, Tensor, Scalar)"/>
    public static Tensor Scatter(Tensor input, int dim, Tensor index, Scalar value) => input.Scatter(dim, index, value);

    /// <inheritdoc cref="Tensor.ScatterAdd"/>
    public static Tensor ScatterAdd(Tensor input, int dim, Tensor index, Tensor src) => input.ScatterAdd(dim, index, src);

    /// <inheritdoc cref="Tensor.IndexSelect"/>
    public static Tensor IndexSelect(Tensor input, int dim, Tensor index) => input.IndexSelect(dim, index);

    /// <inheritdoc cref="Tensor.IndexAdd"/>
    public static Tensor IndexAdd(Tensor input, int dim, Tensor index, Tensor source, double alpha = 1) => input.IndexAdd(dim, index, source, alpha);

    /// <inheritdoc cref="Tensor.TakeAlongDim"/>
    public static Tensor TakeAlongDim(Tensor input, Tensor indices, int dim) => input.TakeAlongDim(indices, dim);

    /// <inheritdoc cref="Tensor.MaskedSelect"/>
    public static Tensor MaskedSelect(Tensor input, Tensor mask) => input.MaskedSelect(mask);

    // ---- Index.cs ----------------------------------------------------------------------------------------------------

    /// <inheritdoc cref="Tensor.IndexPut"/>
    public static Tensor IndexPut(Tensor input, IReadOnlyList<Tensor> indices, Tensor values, bool accumulate = false) => input.IndexPut(indices, values, accumulate);

    // ---- Logsumexp.cs ------------------------------------------------------------------------------------------------

    /// <inheritdoc cref="Tensor.Logsumexp(int, bool)"/>
    public static Tensor Logsumexp(Tensor input, int dim, bool keepdim = false) => input.Logsumexp(dim, keepdim);

    /// <inheritdoc cref="Tensor.Logsumexp(ReadOnlySpan{int}, bool)"/>
    public static Tensor Logsumexp(Tensor input, ReadOnlySpan<int> dim, bool keepdim = false) => input.Logsumexp(dim, keepdim);

    // ---- Matmul.cs ---------------------------------------------------------------------------------------------------

    /// <inheritdoc cref="Tensor.Matmul"/>
    public static Tensor Matmul(Tensor input, Tensor other) => input.Matmul(other);

    /// <inheritdoc cref="Tensor.Mm"/>
    public static Tensor Mm(Tensor input, Tensor other) => input.Mm(other);

    /// <inheritdoc cref="Tensor.Bmm"/>
    public static Tensor Bmm(Tensor input, Tensor other) => input.Bmm(other);

    /// <inheritdoc cref="Tensor.Mv"/>
    public static Tensor Mv(Tensor input, Tensor vec) => input.Mv(vec);

    /// <inheritdoc cref="Tensor.Dot"/>
    public static Tensor Dot(Tensor input, Tensor other) => input.Dot(other);

    /// <inheritdoc cref="Tensor.Outer"/>
    public static Tensor Outer(Tensor input, Tensor vec2) => input.Outer(vec2);

    /// <inheritdoc cref="Tensor.Addmm"/>
    public static Tensor Addmm(Tensor input, Tensor mat1, Tensor mat2, double beta = 1, double alpha = 1) => input.Addmm(mat1, mat2, beta, alpha);

    // ---- Max.cs ------------------------------------------------------------------------------------------------------

    /// <inheritdoc cref="Tensor.Max()"/>
    public static Tensor Max(Tensor input) => input.Max();

    /// <inheritdoc cref="Tensor.Min()"/>
    public static Tensor Min(Tensor input) => input.Min();

    /// <inheritdoc cref="Tensor.Max(int, bool)"/>
    public static ValuesIndices Max(Tensor input, int dim, bool keepdim = false) => input.Max(dim, keepdim);

    /// <inheritdoc cref="Tensor.Min(int, bool)"/>
    public static ValuesIndices Min(Tensor input, int dim, bool keepdim = false) => input.Min(dim, keepdim);

    /// <inheritdoc cref="Tensor.Amax(ReadOnlySpan{int}, bool)"/>
    public static Tensor Amax(Tensor input, ReadOnlySpan<int> dim = default, bool keepdim = false) => input.Amax(dim, keepdim);

    /// <inheritdoc cref="Tensor.Amax(int, bool)"/>
    public static Tensor Amax(Tensor input, int dim, bool keepdim = false) => input.Amax(dim, keepdim);

    /// <inheritdoc cref="Tensor.Amin(ReadOnlySpan{int}, bool)"/>
    public static Tensor Amin(Tensor input, ReadOnlySpan<int> dim = default, bool keepdim = false) => input.Amin(dim, keepdim);

    /// <inheritdoc cref="Tensor.Amin(int, bool)"/>
    public static Tensor Amin(Tensor input, int dim, bool keepdim = false) => input.Amin(dim, keepdim);

    /// <inheritdoc cref="Tensor.Argmax"/>
    public static Tensor Argmax(Tensor input, int? dim = null, bool keepdim = false) => input.Argmax(dim, keepdim);

    /// <inheritdoc cref="Tensor.Argmin"/>
    public static Tensor Argmin(Tensor input, int? dim = null, bool keepdim = false) => input.Argmin(dim, keepdim);

    // ---- Norm.cs -----------------------------------------------------------------------------------------------------

    /// <inheritdoc cref="Tensor.Norm(double, int?, bool)"/>
    [OverloadResolutionPriority(1)]
    public static Tensor Norm(Tensor input, double p = 2, int? dim = null, bool keepdim = false) => input.Norm(p, dim, keepdim);

    /// <inheritdoc cref="Tensor.Norm(double, ReadOnlySpan{int}, bool)"/>
    public static Tensor Norm(Tensor input, double p = 2, ReadOnlySpan<int> dim = default, bool keepdim = false) => input.Norm(p, dim, keepdim);

    // ---- Prod.cs -----------------------------------------------------------------------------------------------------

    /// <inheritdoc cref="Tensor.Prod(DType?)"/>
    public static Tensor Prod(Tensor input, DType? dtype = null) => input.Prod(dtype);

    /// <inheritdoc cref="Tensor.Prod(int, bool, DType?)"/>
    public static Tensor Prod(Tensor input, int dim, bool keepdim = false, DType? dtype = null) => input.Prod(dim, keepdim, dtype);

    // ---- Reshape.cs --------------------------------------------------------------------------------------------------

    /// <inheritdoc cref="Tensor.Reshape"/>
    public static Tensor Reshape(Tensor input, params Shape shape) => input.Reshape(shape);

    /// <inheritdoc cref="Tensor.Flatten"/>
    public static Tensor Flatten(Tensor input, int startDim = 0, int endDim = -1) => input.Flatten(startDim, endDim);

    /// <inheritdoc cref="Tensor.Unflatten"/>
    public static Tensor Unflatten(Tensor input, int dim, Shape sizes) => input.Unflatten(dim, sizes);

    /// <inheritdoc cref="Tensor.Squeeze()"/>
    public static Tensor Squeeze(Tensor input) => input.Squeeze();

    /// <inheritdoc cref="Tensor.Squeeze(int)"/>
    public static Tensor Squeeze(Tensor input, int dim) => input.Squeeze(dim);

    /// <inheritdoc cref="Tensor.Unsqueeze"/>
    public static Tensor Unsqueeze(Tensor input, int dim) => input.Unsqueeze(dim);

    // ---- Slice.cs ----------------------------------------------------------------------------------------------------

    /// <inheritdoc cref="Tensor.Select"/>
    public static Tensor Select(Tensor input, int dim, int index) => input.Select(dim, index);

    /// <inheritdoc cref="Tensor.Narrow"/>
    public static Tensor Narrow(Tensor input, int dim, int start, int length) => input.Narrow(dim, start, length);

    /// <inheritdoc cref="Tensor.Split(int, int)"/>
    public static Tensor[] Split(Tensor input, int splitSize, int dim = 0) => input.Split(splitSize, dim);

    /// <inheritdoc cref="Tensor.Split(ReadOnlySpan{int}, int)"/>
    public static Tensor[] Split(Tensor input, ReadOnlySpan<int> sizes, int dim = 0) => input.Split(sizes, dim);

    /// <inheritdoc cref="Tensor.Chunk"/>
    public static Tensor[] Chunk(Tensor input, int chunks, int dim = 0) => input.Chunk(chunks, dim);

    /// <inheritdoc cref="Tensor.Unbind"/>
    public static Tensor[] Unbind(Tensor input, int dim = 0) => input.Unbind(dim);

    /// <inheritdoc cref="Tensor.Flip"/>
    public static Tensor Flip(Tensor input, params ReadOnlySpan<int> dims) => input.Flip(dims);

    /// <inheritdoc cref="Tensor.Roll(int, int)"/>
    public static Tensor Roll(Tensor input, int shifts, int dim) => input.Roll(shifts, dim);

    /// <inheritdoc cref="Tensor.Roll(int)"/>
    public static Tensor Roll(Tensor input, int shifts) => input.Roll(shifts);

    /// <inheritdoc cref="Tensor.Roll(ReadOnlySpan{int}, ReadOnlySpan{int})"/>
    public static Tensor Roll(Tensor input, ReadOnlySpan<int> shifts, ReadOnlySpan<int> dims) => input.Roll(shifts, dims);

    // ---- Softmax.cs --------------------------------------------------------------------------------------------------

    /// <inheritdoc cref="Tensor.Softmax"/>
    public static Tensor Softmax(Tensor input, int dim, DType? dtype = null) => input.Softmax(dim, dtype);

    /// <inheritdoc cref="Tensor.LogSoftmax"/>
    public static Tensor LogSoftmax(Tensor input, int dim, DType? dtype = null) => input.LogSoftmax(dim, dtype);

    // ---- Sort.cs -----------------------------------------------------------------------------------------------------

    /// <inheritdoc cref="Tensor.Sort"/>
    public static ValuesIndices Sort(Tensor input, int dim = -1, bool descending = false) => input.Sort(dim, descending);

    /// <inheritdoc cref="Tensor.Argsort"/>
    public static Tensor Argsort(Tensor input, int dim = -1, bool descending = false) => input.Argsort(dim, descending);

    /// <inheritdoc cref="Tensor.Topk"/>
    public static ValuesIndices Topk(Tensor input, int k, int dim = -1, bool largest = true) => input.Topk(k, dim, largest);

    /// <inheritdoc cref="Tensor.Nonzero()"/>
    public static Tensor Nonzero(Tensor input) => input.Nonzero();

    /// <inheritdoc cref="Tensor.Nonzero(bool)"/>
    public static Tensor[] Nonzero(Tensor input, bool asTuple) => input.Nonzero(asTuple);

    /// <inheritdoc cref="Tensor.Bincount"/>
    public static Tensor Bincount(Tensor input, Tensor? weights = null, int minlength = 0) => input.Bincount(weights, minlength);

    // ---- Sum.cs ------------------------------------------------------------------------------------------------------

    /// <inheritdoc cref="Tensor.Sum(DType?)"/>
    public static Tensor Sum(Tensor input, DType? dtype = null) => input.Sum(dtype);

    /// <inheritdoc cref="Tensor.Sum(int, bool, DType?)"/>
    public static Tensor Sum(Tensor input, int dim, bool keepdim = false, DType? dtype = null) => input.Sum(dim, keepdim, dtype);

    /// <inheritdoc cref="Tensor.Sum(ReadOnlySpan{int}, bool, DType?)"/>
    public static Tensor Sum(Tensor input, ReadOnlySpan<int> dim, bool keepdim = false, DType? dtype = null) => input.Sum(dim, keepdim, dtype);

    /// <inheritdoc cref="Tensor.Mean(DType?)"/>
    public static Tensor Mean(Tensor input, DType? dtype = null) => input.Mean(dtype);

    /// <inheritdoc cref="Tensor.Mean(int, bool, DType?)"/>
    public static Tensor Mean(Tensor input, int dim, bool keepdim = false, DType? dtype = null) => input.Mean(dim, keepdim, dtype);

    /// <inheritdoc cref="Tensor.Mean(ReadOnlySpan{int}, bool, DType?)"/>
    public static Tensor Mean(Tensor input, ReadOnlySpan<int> dim, bool keepdim = false, DType? dtype = null) => input.Mean(dim, keepdim, dtype);

    // ---- Transpose.cs ------------------------------------------------------------------------------------------------

    /// <inheritdoc cref="Tensor.Transpose"/>
    public static Tensor Transpose(Tensor input, int dim0, int dim1) => input.Transpose(dim0, dim1);

    /// <inheritdoc cref="Tensor.Swapaxes"/>
    public static Tensor Swapaxes(Tensor input, int axis0, int axis1) => input.Swapaxes(axis0, axis1);

    /// <inheritdoc cref="Tensor.Permute"/>
    public static Tensor Permute(Tensor input, params ReadOnlySpan<int> dims) => input.Permute(dims);

    /// <inheritdoc cref="Tensor.Movedim"/>
    public static Tensor Movedim(Tensor input, int source, int destination) => input.Movedim(source, destination);

    // ---- Triangle.cs -------------------------------------------------------------------------------------------------

    /// <inheritdoc cref="Tensor.Triu"/>
    public static Tensor Triu(Tensor input, int diagonal = 0) => input.Triu(diagonal);

    /// <inheritdoc cref="Tensor.Tril"/>
    public static Tensor Tril(Tensor input, int diagonal = 0) => input.Tril(diagonal);

    /// <inheritdoc cref="Tensor.Diagonal"/>
    public static Tensor Diagonal(Tensor input, int offset = 0, int dim1 = 0, int dim2 = 1) => input.Diagonal(offset, dim1, dim2);

    /// <inheritdoc cref="Tensor.Diag"/>
    public static Tensor Diag(Tensor input, int diagonal = 0) => input.Diag(diagonal);

    /// <inheritdoc cref="Tensor.Trace"/>
    public static Tensor Trace(Tensor input) => input.Trace();

    // ---- Var.cs ------------------------------------------------------------------------------------------------------

    /// <inheritdoc cref="Tensor.Var(bool)"/>
    public static Tensor Var(Tensor input, bool unbiased = true) => input.Var(unbiased);

    /// <inheritdoc cref="Tensor.Var(int, bool, bool)"/>
    public static Tensor Var(Tensor input, int dim, bool unbiased = true, bool keepdim = false) => input.Var(dim, unbiased, keepdim);

    /// <inheritdoc cref="Tensor.Var(ReadOnlySpan{int}, bool, bool)"/>
    public static Tensor Var(Tensor input, ReadOnlySpan<int> dim, bool unbiased = true, bool keepdim = false) => input.Var(dim, unbiased, keepdim);

    /// <inheritdoc cref="Tensor.Std(bool)"/>
    public static Tensor Std(Tensor input, bool unbiased = true) => input.Std(unbiased);

    /// <inheritdoc cref="Tensor.Std(int, bool, bool)"/>
    public static Tensor Std(Tensor input, int dim, bool unbiased = true, bool keepdim = false) => input.Std(dim, unbiased, keepdim);

    /// <inheritdoc cref="Tensor.Std(ReadOnlySpan{int}, bool, bool)"/>
    public static Tensor Std(Tensor input, ReadOnlySpan<int> dim, bool unbiased = true, bool keepdim = false) => input.Std(dim, unbiased, keepdim);
}
