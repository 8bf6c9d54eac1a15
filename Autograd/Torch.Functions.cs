using System.Runtime.CompilerServices;

namespace MiniTorch;

/// <summary>
/// The ops that PyTorch also has as functions: <c>Torch.Exp(x)</c> is <c>x.Exp()</c>. One-line forwards, by the file of the op; ops in place
/// are methods only. Here are those that treat every element alone, the others are in Torch.Functions.Shapes.cs.
/// </summary>
public static partial class Torch
{
    // ---- Add.cs ------------------------------------------------------------------------------------------------------

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

    // ---- Clamp.cs ----------------------------------------------------------------------------------------------------

    /// <inheritdoc cref="Tensor.Maximum"/>
    public static Tensor Maximum(Tensor input, Tensor other) => input.Maximum(other);

    /// <inheritdoc cref="Tensor.Minimum"/>
    public static Tensor Minimum(Tensor input, Tensor other) => input.Minimum(other);

    /// <inheritdoc cref="Tensor.Clamp(Scalar?, Scalar?)"/>
    [OverloadResolutionPriority(1)]
    public static Tensor Clamp(Tensor input, Scalar? min = null, Scalar? max = null) => input.Clamp(min, max);

    /// <inheritdoc cref="Tensor.Clamp(Tensor?, Tensor?)"/>
    public static Tensor Clamp(Tensor input, Tensor? min = null, Tensor? max = null) => input.Clamp(min, max);

    // ---- Compare.cs --------------------------------------------------------------------------------------------------

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

    // ---- Copy.cs -----------------------------------------------------------------------------------------------------

    /// <inheritdoc cref="Tensor.Clone"/>
    public static Tensor Clone(Tensor input) => input.Clone();

    // ---- Exp.cs ------------------------------------------------------------------------------------------------------

    /// <inheritdoc cref="Tensor.Exp"/>
    public static Tensor Exp(Tensor input) => input.Exp();

    /// <inheritdoc cref="Tensor.Expm1"/>
    public static Tensor Expm1(Tensor input) => input.Expm1();

    // ---- Hyperbolic.cs -----------------------------------------------------------------------------------------------

    /// <inheritdoc cref="Tensor.Sinh"/>
    public static Tensor Sinh(Tensor input) => input.Sinh();

    /// <inheritdoc cref="Tensor.Cosh"/>
    public static Tensor Cosh(Tensor input) => input.Cosh();

    /// <inheritdoc cref="Tensor.Tanh"/>
    public static Tensor Tanh(Tensor input) => input.Tanh();

    // ---- Lerp.cs -----------------------------------------------------------------------------------------------------

    /// <inheritdoc cref="Tensor.Lerp(Tensor, Tensor)"/>
    public static Tensor Lerp(Tensor input, Tensor end, Tensor weight) => input.Lerp(end, weight);

    /// <inheritdoc cref="Tensor.Lerp(Tensor, double)"/>
    public static Tensor Lerp(Tensor input, Tensor end, double weight) => input.Lerp(end, weight);

    /// <inheritdoc cref="Tensor.Addcmul"/>
    public static Tensor Addcmul(Tensor input, Tensor tensor1, Tensor tensor2, double value = 1) => input.Addcmul(tensor1, tensor2, value);

    /// <inheritdoc cref="Tensor.Addcdiv"/>
    public static Tensor Addcdiv(Tensor input, Tensor tensor1, Tensor tensor2, double value = 1) => input.Addcdiv(tensor1, tensor2, value);

    // ---- Log.cs ------------------------------------------------------------------------------------------------------

    /// <inheritdoc cref="Tensor.Log"/>
    public static Tensor Log(Tensor input) => input.Log();

    /// <inheritdoc cref="Tensor.Log1p"/>
    public static Tensor Log1p(Tensor input) => input.Log1p();

    /// <inheritdoc cref="Tensor.Log2"/>
    public static Tensor Log2(Tensor input) => input.Log2();

    // ---- Mul.cs ------------------------------------------------------------------------------------------------------

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

    // ---- Pow.cs ------------------------------------------------------------------------------------------------------

    /// <inheritdoc cref="Tensor.Pow(Tensor)"/>
    public static Tensor Pow(Tensor input, Tensor exponent) => input.Pow(exponent);

    /// <inheritdoc cref="Tensor.Pow(Scalar)"/>
    public static Tensor Pow(Tensor input, Scalar exponent) => input.Pow(exponent);

    /// <inheritdoc cref="Tensor.Pow(Tensor)"/>
    public static Tensor Pow(Scalar input, Tensor exponent) => Number(input, Promotion.Of(exponent, input)).Pow(exponent);

    // ---- Root.cs -----------------------------------------------------------------------------------------------------

    /// <inheritdoc cref="Tensor.Sqrt"/>
    public static Tensor Sqrt(Tensor input) => input.Sqrt();

    /// <inheritdoc cref="Tensor.Rsqrt"/>
    public static Tensor Rsqrt(Tensor input) => input.Rsqrt();

    /// <inheritdoc cref="Tensor.Square"/>
    public static Tensor Square(Tensor input) => input.Square();

    /// <inheritdoc cref="Tensor.Reciprocal"/>
    public static Tensor Reciprocal(Tensor input) => input.Reciprocal();

    // ---- Relu.cs -----------------------------------------------------------------------------------------------------

    /// <inheritdoc cref="Tensor.Relu"/>
    public static Tensor Relu(Tensor input) => input.Relu();

    // ---- Round.cs ----------------------------------------------------------------------------------------------------

    /// <inheritdoc cref="Tensor.Floor"/>
    public static Tensor Floor(Tensor input) => input.Floor();

    /// <inheritdoc cref="Tensor.Ceil"/>
    public static Tensor Ceil(Tensor input) => input.Ceil();

    /// <inheritdoc cref="Tensor.Round"/>
    public static Tensor Round(Tensor input) => input.Round();

    /// <inheritdoc cref="Tensor.Trunc"/>
    public static Tensor Trunc(Tensor input) => input.Trunc();

    // ---- Sigmoid.cs --------------------------------------------------------------------------------------------------

    /// <inheritdoc cref="Tensor.Sigmoid"/>
    public static Tensor Sigmoid(Tensor input) => input.Sigmoid();

    /// <inheritdoc cref="Tensor.Erf"/>
    public static Tensor Erf(Tensor input) => input.Erf();

    // ---- Sign.cs -----------------------------------------------------------------------------------------------------

    /// <inheritdoc cref="Tensor.Neg"/>
    public static Tensor Neg(Tensor input) => input.Neg();

    /// <inheritdoc cref="Tensor.Abs"/>
    public static Tensor Abs(Tensor input) => input.Abs();

    /// <inheritdoc cref="Tensor.Sign"/>
    public static Tensor Sign(Tensor input) => input.Sign();

    // ---- Trigonometry.cs ---------------------------------------------------------------------------------------------

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

    // ---- Where.cs ----------------------------------------------------------------------------------------------------

    /// <inheritdoc cref="Tensor.MaskedFill(Tensor, Scalar)"/>
    public static Tensor MaskedFill(Tensor input, Tensor mask, Scalar value) => input.MaskedFill(mask, value);

    /// <inheritdoc cref="Tensor.MaskedFill(Tensor, Tensor)"/>
    public static Tensor MaskedFill(Tensor input, Tensor mask, Tensor value) => input.MaskedFill(mask, value);
}
