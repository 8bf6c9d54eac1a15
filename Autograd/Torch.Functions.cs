using System.Runtime.CompilerServices;

namespace MiniTorch;

/// <summary>
/// Every op that PyTorch also has as a function: <c>Torch.Exp(x)</c> is <c>x.Exp()</c>. Some 170 one-line forwards, by the file of the op;
/// the ops in place exist as methods only.
/// </summary>
public static partial class Torch
{
    // ---- Add ---------------------------------------------------------------------------------------------------------

    /// <inheritdoc cref="Tensor.Add(Tensor, Scalar?)"/>
    public static Tensor Add(Tensor input, Tensor other, Scalar? alpha = null) => input.Add(other, alpha);
    /// <inheritdoc cref="Tensor.Add(Scalar)"/>
    public static Tensor Add(Tensor input, Scalar other) => input.Add(other);
    /// <inheritdoc cref="Tensor.Sub(Tensor, Scalar?)"/>
    public static Tensor Sub(Tensor input, Tensor other, Scalar? alpha = null) => input.Sub(other, alpha);
    /// <inheritdoc cref="Tensor.Sub(Scalar)"/>
    public static Tensor Sub(Tensor input, Scalar other) => input.Sub(other);
    /// <summary>Difference the other way round: <c>other − alpha·input</c>.</summary>
    public static Tensor Rsub(Tensor input, Tensor other, Scalar? alpha = null) => other.Sub(input, alpha);

    // ---- Any ---------------------------------------------------------------------------------------------------------

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

    // ---- Clamp -------------------------------------------------------------------------------------------------------

    /// <inheritdoc cref="Tensor.Maximum"/>
    public static Tensor Maximum(Tensor input, Tensor other) => input.Maximum(other);
    /// <inheritdoc cref="Tensor.Minimum"/>
    public static Tensor Minimum(Tensor input, Tensor other) => input.Minimum(other);
    /// <inheritdoc cref="Tensor.Clamp(Scalar?, Scalar?)"/>
    [OverloadResolutionPriority(1)]
    public static Tensor Clamp(Tensor input, Scalar? min = null, Scalar? max = null) => input.Clamp(min, max);
    /// <inheritdoc cref="Tensor.Clamp(Tensor?, Tensor?)"/>
    public static Tensor Clamp(Tensor input, Tensor? min = null, Tensor? max = null) => input.Clamp(min, max);

    // ---- Compare -----------------------------------------------------------------------------------------------------

    /// <inheritdoc cref="Tensor.Eq(Tensor)"/>
    public static Tensor Eq(Tensor input, Tensor other) => input.Eq(other);
    /// <inheritdoc cref="Tensor.Eq(Scalar)"/>
    public static Tensor Eq(Tensor input, Scalar other) => input.Eq(other);
    /// <inheritdoc cref="Tensor.Ne(Tensor)"/>
    public static Tensor Ne(Tensor input, Tensor other) => input.Ne(other);
    /// <inheritdoc cref="Tensor.Ne(Scalar)"/>
    public static Tensor Ne(Tensor input, Scalar other) => input.Ne(other);
    /// <inheritdoc cref="Tensor.Lt(Tensor)"/>
    public static Tensor Lt(Tensor input, Tensor other) => input.Lt(other);
    /// <inheritdoc cref="Tensor.Lt(Scalar)"/>
    public static Tensor Lt(Tensor input, Scalar other) => input.Lt(other);
    /// <inheritdoc cref="Tensor.Le(Tensor)"/>
    public static Tensor Le(Tensor input, Tensor other) => input.Le(other);
    /// <inheritdoc cref="Tensor.Le(Scalar)"/>
    public static Tensor Le(Tensor input, Scalar other) => input.Le(other);
    /// <inheritdoc cref="Tensor.Gt(Tensor)"/>
    public static Tensor Gt(Tensor input, Tensor other) => input.Gt(other);
    /// <inheritdoc cref="Tensor.Gt(Scalar)"/>
    public static Tensor Gt(Tensor input, Scalar other) => input.Gt(other);
    /// <inheritdoc cref="Tensor.Ge(Tensor)"/>
    public static Tensor Ge(Tensor input, Tensor other) => input.Ge(other);
    /// <inheritdoc cref="Tensor.Ge(Scalar)"/>
    public static Tensor Ge(Tensor input, Scalar other) => input.Ge(other);
    /// <inheritdoc cref="Tensor.LogicalAnd"/>
    public static Tensor LogicalAnd(Tensor input, Tensor other) => input.LogicalAnd(other);
    /// <inheritdoc cref="Tensor.LogicalOr"/>
    public static Tensor LogicalOr(Tensor input, Tensor other) => input.LogicalOr(other);
    /// <inheritdoc cref="Tensor.LogicalXor"/>
    public static Tensor LogicalXor(Tensor input, Tensor other) => input.LogicalXor(other);
    /// <inheritdoc cref="Tensor.LogicalNot"/>
    public static Tensor LogicalNot(Tensor input) => input.LogicalNot();
    /// <inheritdoc cref="Tensor.BitwiseAnd"/>
    public static Tensor BitwiseAnd(Tensor input, Tensor other) => input.BitwiseAnd(other);
    /// <inheritdoc cref="Tensor.BitwiseOr"/>
    public static Tensor BitwiseOr(Tensor input, Tensor other) => input.BitwiseOr(other);
    /// <inheritdoc cref="Tensor.BitwiseXor"/>
    public static Tensor BitwiseXor(Tensor input, Tensor other) => input.BitwiseXor(other);
    /// <inheritdoc cref="Tensor.BitwiseNot"/>
    public static Tensor BitwiseNot(Tensor input) => input.BitwiseNot();
    /// <inheritdoc cref="Tensor.Isnan"/>
    public static Tensor Isnan(Tensor input) => input.Isnan();
    /// <inheritdoc cref="Tensor.Isinf"/>
    public static Tensor Isinf(Tensor input) => input.Isinf();
    /// <inheritdoc cref="Tensor.Isfinite"/>
    public static Tensor Isfinite(Tensor input) => input.Isfinite();
    /// <inheritdoc cref="Tensor.Equal"/>
    public static bool Equal(Tensor input, Tensor other) => input.Equal(other);
    /// <inheritdoc cref="Tensor.Isclose"/>
    public static Tensor Isclose(Tensor input, Tensor other, double rtol = 1e-5, double atol = 1e-8, bool equalNan = false) => input.Isclose(other, rtol, atol, equalNan);
    /// <inheritdoc cref="Tensor.Allclose"/>
    public static bool Allclose(Tensor input, Tensor other, double rtol = 1e-5, double atol = 1e-8, bool equalNan = false) => input.Allclose(other, rtol, atol, equalNan);

    // ---- Copy --------------------------------------------------------------------------------------------------------

    /// <inheritdoc cref="Tensor.Clone"/>
    public static Tensor Clone(Tensor input) => input.Clone();

    // ---- Cummax ------------------------------------------------------------------------------------------------------

    /// <inheritdoc cref="Tensor.Cummax"/>
    public static ValuesIndices Cummax(Tensor input, int dim) => input.Cummax(dim);
    /// <inheritdoc cref="Tensor.Cummin"/>
    public static ValuesIndices Cummin(Tensor input, int dim) => input.Cummin(dim);

    // ---- Cumsum ------------------------------------------------------------------------------------------------------

    /// <inheritdoc cref="Tensor.Cumsum"/>
    public static Tensor Cumsum(Tensor input, int dim, DType? dtype = null) => input.Cumsum(dim, dtype);
    /// <inheritdoc cref="Tensor.Cumprod"/>
    public static Tensor Cumprod(Tensor input, int dim, DType? dtype = null) => input.Cumprod(dim, dtype);

    // ---- Exp ---------------------------------------------------------------------------------------------------------

    /// <inheritdoc cref="Tensor.Exp"/>
    public static Tensor Exp(Tensor input) => input.Exp();
    /// <inheritdoc cref="Tensor.Expm1"/>
    public static Tensor Expm1(Tensor input) => input.Expm1();

    // ---- Expand ------------------------------------------------------------------------------------------------------

    /// <inheritdoc cref="Tensor.BroadcastTo"/>
    public static Tensor BroadcastTo(Tensor input, params Shape shape) => input.BroadcastTo(shape);

    // ---- Gather ------------------------------------------------------------------------------------------------------

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

    // ---- Hyperbolic --------------------------------------------------------------------------------------------------

    /// <inheritdoc cref="Tensor.Sinh"/>
    public static Tensor Sinh(Tensor input) => input.Sinh();
    /// <inheritdoc cref="Tensor.Cosh"/>
    public static Tensor Cosh(Tensor input) => input.Cosh();
    /// <inheritdoc cref="Tensor.Tanh"/>
    public static Tensor Tanh(Tensor input) => input.Tanh();

    // ---- Index -------------------------------------------------------------------------------------------------------

    /// <inheritdoc cref="Tensor.IndexPut"/>
    public static Tensor IndexPut(Tensor input, IReadOnlyList<Tensor> indices, Tensor values, bool accumulate = false) => input.IndexPut(indices, values, accumulate);

    // ---- Lerp --------------------------------------------------------------------------------------------------------

    /// <inheritdoc cref="Tensor.Lerp(Tensor, Tensor)"/>
    public static Tensor Lerp(Tensor input, Tensor end, Tensor weight) => input.Lerp(end, weight);
    /// <inheritdoc cref="Tensor.Lerp(Tensor, double)"/>
    public static Tensor Lerp(Tensor input, Tensor end, double weight) => input.Lerp(end, weight);
    /// <inheritdoc cref="Tensor.Addcmul"/>
    public static Tensor Addcmul(Tensor input, Tensor tensor1, Tensor tensor2, double value = 1) => input.Addcmul(tensor1, tensor2, value);
    /// <inheritdoc cref="Tensor.Addcdiv"/>
    public static Tensor Addcdiv(Tensor input, Tensor tensor1, Tensor tensor2, double value = 1) => input.Addcdiv(tensor1, tensor2, value);

    // ---- Log ---------------------------------------------------------------------------------------------------------

    /// <inheritdoc cref="Tensor.Log"/>
    public static Tensor Log(Tensor input) => input.Log();
    /// <inheritdoc cref="Tensor.Log1p"/>
    public static Tensor Log1p(Tensor input) => input.Log1p();
    /// <inheritdoc cref="Tensor.Log2"/>
    public static Tensor Log2(Tensor input) => input.Log2();

    // ---- Logsumexp ---------------------------------------------------------------------------------------------------

    /// <inheritdoc cref="Tensor.Logsumexp(int, bool)"/>
    public static Tensor Logsumexp(Tensor input, int dim, bool keepdim = false) => input.Logsumexp(dim, keepdim);
    /// <inheritdoc cref="Tensor.Logsumexp(ReadOnlySpan{int}, bool)"/>
    public static Tensor Logsumexp(Tensor input, ReadOnlySpan<int> dim, bool keepdim = false) => input.Logsumexp(dim, keepdim);

    // ---- Matmul ------------------------------------------------------------------------------------------------------

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

    // ---- Max ---------------------------------------------------------------------------------------------------------

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

    // ---- Mul ---------------------------------------------------------------------------------------------------------

    /// <inheritdoc cref="Tensor.Mul(Tensor)"/>
    public static Tensor Mul(Tensor input, Tensor other) => input.Mul(other);
    /// <inheritdoc cref="Tensor.Mul(Scalar)"/>
    public static Tensor Mul(Tensor input, Scalar other) => input.Mul(other);
    /// <inheritdoc cref="Tensor.Div(Tensor)"/>
    public static Tensor Div(Tensor input, Tensor other) => input.Div(other);
    /// <inheritdoc cref="Tensor.Div(Scalar)"/>
    public static Tensor Div(Tensor input, Scalar other) => input.Div(other);
    /// <inheritdoc cref="Tensor.Div(Tensor, string?)"/>
    public static Tensor Div(Tensor input, Tensor other, string? roundingMode) => input.Div(other, roundingMode);
    /// <inheritdoc cref="Tensor.FloorDivide(Tensor)"/>
    public static Tensor FloorDivide(Tensor input, Tensor other) => input.FloorDivide(other);
    /// <inheritdoc cref="Tensor.FloorDivide(Scalar)"/>
    public static Tensor FloorDivide(Tensor input, Scalar other) => input.FloorDivide(other);
    /// <inheritdoc cref="Tensor.Remainder(Tensor)"/>
    public static Tensor Remainder(Tensor input, Tensor other) => input.Remainder(other);
    /// <inheritdoc cref="Tensor.Remainder(Scalar)"/>
    public static Tensor Remainder(Tensor input, Scalar other) => input.Remainder(other);
    /// <inheritdoc cref="Tensor.Fmod(Tensor)"/>
    public static Tensor Fmod(Tensor input, Tensor other) => input.Fmod(other);
    /// <inheritdoc cref="Tensor.Fmod(Scalar)"/>
    public static Tensor Fmod(Tensor input, Scalar other) => input.Fmod(other);

    // ---- Norm --------------------------------------------------------------------------------------------------------

    /// <inheritdoc cref="Tensor.Norm(double, int?, bool)"/>
    [OverloadResolutionPriority(1)]
    public static Tensor Norm(Tensor input, double p = 2, int? dim = null, bool keepdim = false) => input.Norm(p, dim, keepdim);
    /// <inheritdoc cref="Tensor.Norm(double, ReadOnlySpan{int}, bool)"/>
    public static Tensor Norm(Tensor input, double p = 2, ReadOnlySpan<int> dim = default, bool keepdim = false) => input.Norm(p, dim, keepdim);

    // ---- Pow ---------------------------------------------------------------------------------------------------------

    /// <inheritdoc cref="Tensor.Pow(Tensor)"/>
    public static Tensor Pow(Tensor input, Tensor exponent) => input.Pow(exponent);
    /// <inheritdoc cref="Tensor.Pow(Scalar)"/>
    public static Tensor Pow(Tensor input, Scalar exponent) => input.Pow(exponent);
    /// <inheritdoc cref="Tensor.Pow(Tensor)"/>
    public static Tensor Pow(Scalar input, Tensor exponent) => Number(input, Promotion.Of(exponent, input)).Pow(exponent);

    // ---- Prod --------------------------------------------------------------------------------------------------------

    /// <inheritdoc cref="Tensor.Prod(DType?)"/>
    public static Tensor Prod(Tensor input, DType? dtype = null) => input.Prod(dtype);
    /// <inheritdoc cref="Tensor.Prod(int, bool, DType?)"/>
    public static Tensor Prod(Tensor input, int dim, bool keepdim = false, DType? dtype = null) => input.Prod(dim, keepdim, dtype);

    // ---- Reshape -----------------------------------------------------------------------------------------------------

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

    // ---- Root --------------------------------------------------------------------------------------------------------

    /// <inheritdoc cref="Tensor.Sqrt"/>
    public static Tensor Sqrt(Tensor input) => input.Sqrt();
    /// <inheritdoc cref="Tensor.Rsqrt"/>
    public static Tensor Rsqrt(Tensor input) => input.Rsqrt();
    /// <inheritdoc cref="Tensor.Square"/>
    public static Tensor Square(Tensor input) => input.Square();
    /// <inheritdoc cref="Tensor.Reciprocal"/>
    public static Tensor Reciprocal(Tensor input) => input.Reciprocal();

    // ---- Relu --------------------------------------------------------------------------------------------------------

    /// <inheritdoc cref="Tensor.Relu"/>
    public static Tensor Relu(Tensor input) => input.Relu();

    // ---- Round -------------------------------------------------------------------------------------------------------

    /// <inheritdoc cref="Tensor.Floor"/>
    public static Tensor Floor(Tensor input) => input.Floor();
    /// <inheritdoc cref="Tensor.Ceil"/>
    public static Tensor Ceil(Tensor input) => input.Ceil();
    /// <inheritdoc cref="Tensor.Round"/>
    public static Tensor Round(Tensor input) => input.Round();
    /// <inheritdoc cref="Tensor.Trunc"/>
    public static Tensor Trunc(Tensor input) => input.Trunc();

    // ---- Sigmoid -----------------------------------------------------------------------------------------------------

    /// <inheritdoc cref="Tensor.Sigmoid"/>
    public static Tensor Sigmoid(Tensor input) => input.Sigmoid();
    /// <inheritdoc cref="Tensor.Erf"/>
    public static Tensor Erf(Tensor input) => input.Erf();

    // ---- Sign --------------------------------------------------------------------------------------------------------

    /// <inheritdoc cref="Tensor.Neg"/>
    public static Tensor Neg(Tensor input) => input.Neg();
    /// <inheritdoc cref="Tensor.Abs"/>
    public static Tensor Abs(Tensor input) => input.Abs();
    /// <inheritdoc cref="Tensor.Sign"/>
    public static Tensor Sign(Tensor input) => input.Sign();

    // ---- Slice -------------------------------------------------------------------------------------------------------

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

    // ---- Softmax -----------------------------------------------------------------------------------------------------

    /// <inheritdoc cref="Tensor.Softmax"/>
    public static Tensor Softmax(Tensor input, int dim, DType? dtype = null) => input.Softmax(dim, dtype);
    /// <inheritdoc cref="Tensor.LogSoftmax"/>
    public static Tensor LogSoftmax(Tensor input, int dim, DType? dtype = null) => input.LogSoftmax(dim, dtype);

    // ---- Sort --------------------------------------------------------------------------------------------------------

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

    // ---- Sum ---------------------------------------------------------------------------------------------------------

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

    // ---- Transpose ---------------------------------------------------------------------------------------------------

    /// <inheritdoc cref="Tensor.Transpose"/>
    public static Tensor Transpose(Tensor input, int dim0, int dim1) => input.Transpose(dim0, dim1);
    /// <inheritdoc cref="Tensor.Swapaxes"/>
    public static Tensor Swapaxes(Tensor input, int axis0, int axis1) => input.Swapaxes(axis0, axis1);
    /// <inheritdoc cref="Tensor.Permute"/>
    public static Tensor Permute(Tensor input, params ReadOnlySpan<int> dims) => input.Permute(dims);
    /// <inheritdoc cref="Tensor.Movedim"/>
    public static Tensor Movedim(Tensor input, int source, int destination) => input.Movedim(source, destination);

    // ---- Triangle ----------------------------------------------------------------------------------------------------

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

    // ---- Trigonometry ------------------------------------------------------------------------------------------------

    /// <inheritdoc cref="Tensor.Sin"/>
    public static Tensor Sin(Tensor input) => input.Sin();
    /// <inheritdoc cref="Tensor.Cos"/>
    public static Tensor Cos(Tensor input) => input.Cos();
    /// <inheritdoc cref="Tensor.Tan"/>
    public static Tensor Tan(Tensor input) => input.Tan();
    /// <inheritdoc cref="Tensor.Asin"/>
    public static Tensor Asin(Tensor input) => input.Asin();
    /// <inheritdoc cref="Tensor.Acos"/>
    public static Tensor Acos(Tensor input) => input.Acos();
    /// <inheritdoc cref="Tensor.Atan"/>
    public static Tensor Atan(Tensor input) => input.Atan();

    // ---- Var ---------------------------------------------------------------------------------------------------------

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

    // ---- Where -------------------------------------------------------------------------------------------------------

    /// <inheritdoc cref="Tensor.MaskedFill(Tensor, Scalar)"/>
    public static Tensor MaskedFill(Tensor input, Tensor mask, Scalar value) => input.MaskedFill(mask, value);
    /// <inheritdoc cref="Tensor.MaskedFill(Tensor, Tensor)"/>
    public static Tensor MaskedFill(Tensor input, Tensor mask, Tensor value) => input.MaskedFill(mask, value);
}
