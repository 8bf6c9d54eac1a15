using System.Runtime.CompilerServices;

namespace MiniTorch;

/// <summary>
/// The operators. A plain number on either side becomes a <see cref="Scalar"/>; the compound forms <c>+= −= *= /=</c> change the tensor in
/// place, as in Python, and are recorded.
/// </summary>
public partial class Tensor
{
    /// <summary>A 0-dim tensor that never raises the dtype of what it meets.</summary>
    public static implicit operator Tensor(Scalar value) => Torch.Number(value, value.DType);

    /// <inheritdoc cref="op_Implicit(Scalar)"/>
    public static implicit operator Tensor(double value) => (Scalar)value;

    /// <inheritdoc cref="op_Implicit(Scalar)"/>
    public static implicit operator Tensor(long value) => (Scalar)value;

    /// <inheritdoc cref="op_Implicit(Scalar)"/>
    public static implicit operator Tensor(bool value) => (Scalar)value;

    /// <summary>The value of a tensor with one element, Python's <c>float(x)</c>: as <see cref="Item()"/>.</summary>
    /// <exception cref="InvalidOperationException">The tensor does not have exactly one element.</exception>
    public static explicit operator double(Tensor x) => Given(x, "(double)").Item();

    /// <summary>The value of a tensor with one element as a float.</summary>
    /// <exception cref="InvalidOperationException">The tensor does not have exactly one element.</exception>
    public static explicit operator float(Tensor x) => Given(x, "(float)").Item<float>();

    /// <summary>The value of a tensor with one element, Python's <c>int(x)</c>: truncated towards zero.</summary>
    /// <exception cref="InvalidOperationException">The tensor does not have exactly one element.</exception>
    /// <exception cref="OverflowException">The value is no finite number, or too large.</exception>
    public static explicit operator long(Tensor x) => Given(x, "(long)").IsFloatingPoint() ? checked((long)x.Item()) : x.Item<long>();

    /// <summary>The value of a tensor with one element as an int, truncated towards zero.</summary>
    /// <exception cref="InvalidOperationException">The tensor does not have exactly one element.</exception>
    /// <exception cref="OverflowException">The value is no finite number, or too large.</exception>
    public static explicit operator int(Tensor x) => checked((int)(long)Given(x, "(int)"));

    /// <summary>Whether the value of a tensor with one element is not 0, Python's <c>bool(x)</c>.</summary>
    /// <exception cref="InvalidOperationException">The tensor does not have exactly one element.</exception>
    public static explicit operator bool(Tensor x) => Given(x, "(bool)").Item<bool>();

    /// <inheritdoc cref="Add(Tensor, Scalar?)"/>
    public static Tensor operator +(Tensor a, Tensor b) => Given(a, "Add").Add(Given(b, "Add"));

    /// <inheritdoc cref="Add(Scalar)"/>
    public static Tensor operator +(Tensor a, Scalar b) => Given(a, "Add").Add(b);

    /// <inheritdoc cref="Add(Scalar)"/>
    public static Tensor operator +(Scalar a, Tensor b) => Given(b, "Add").Add(a);

    /// <inheritdoc cref="Sub(Tensor, Scalar?)"/>
    public static Tensor operator -(Tensor a, Tensor b) => Given(a, "Sub").Sub(Given(b, "Sub"));

    /// <inheritdoc cref="Sub(Scalar)"/>
    public static Tensor operator -(Tensor a, Scalar b) => Given(a, "Sub").Sub(b);

    /// <summary>A number minus a tensor.</summary>
    public static Tensor operator -(Scalar a, Tensor b) => Given(b, "Sub").Rsub(a);

    /// <inheritdoc cref="Mul(Tensor)"/>
    public static Tensor operator *(Tensor a, Tensor b) => Given(a, "Mul").Mul(Given(b, "Mul"));

    /// <inheritdoc cref="Mul(Scalar)"/>
    public static Tensor operator *(Tensor a, Scalar b) => Given(a, "Mul").Mul(b);

    /// <inheritdoc cref="Mul(Scalar)"/>
    public static Tensor operator *(Scalar a, Tensor b) => Given(b, "Mul").Mul(a);

    /// <inheritdoc cref="Div(Tensor)"/>
    public static Tensor operator /(Tensor a, Tensor b) => Given(a, "Div").Div(Given(b, "Div"));

    /// <inheritdoc cref="Div(Scalar)"/>
    public static Tensor operator /(Tensor a, Scalar b) => Given(a, "Div").Div(b);

    /// <summary>A number divided by a tensor.</summary>
    public static Tensor operator /(Scalar a, Tensor b) => Given(b, "Div").Number(a).Div(b);

    /// <inheritdoc cref="Remainder(Tensor)"/>
    public static Tensor operator %(Tensor a, Tensor b) => a.Remainder(b);

    /// <inheritdoc cref="Remainder(Scalar)"/>
    public static Tensor operator %(Tensor a, Scalar b) => a.Remainder(b);

    /// <inheritdoc cref="Neg"/>
    public static Tensor operator -(Tensor x) => Given(x, "Neg").Neg();

    /// <inheritdoc cref="Lt(Tensor)"/>
    public static Tensor operator <(Tensor a, Tensor b) => a.Lt(b);

    /// <inheritdoc cref="Lt(Tensor)"/>
    public static Tensor operator <(Tensor a, Scalar b) => a.Lt(b);

    /// <inheritdoc cref="Gt(Tensor)"/>
    public static Tensor operator >(Tensor a, Tensor b) => a.Gt(b);

    /// <inheritdoc cref="Gt(Tensor)"/>
    public static Tensor operator >(Tensor a, Scalar b) => a.Gt(b);

    /// <inheritdoc cref="Le(Tensor)"/>
    public static Tensor operator <=(Tensor a, Tensor b) => a.Le(b);

    /// <inheritdoc cref="Le(Tensor)"/>
    public static Tensor operator <=(Tensor a, Scalar b) => a.Le(b);

    /// <inheritdoc cref="Ge(Tensor)"/>
    public static Tensor operator >=(Tensor a, Tensor b) => a.Ge(b);

    /// <inheritdoc cref="Ge(Tensor)"/>
    public static Tensor operator >=(Tensor a, Scalar b) => a.Ge(b);

    /// <inheritdoc cref="LogicalAnd"/>
    public static Tensor operator &(Tensor a, Tensor b) => a.BitwiseAnd(b);

    /// <inheritdoc cref="LogicalOr"/>
    public static Tensor operator |(Tensor a, Tensor b) => a.BitwiseOr(b);

    /// <inheritdoc cref="LogicalXor"/>
    public static Tensor operator ^(Tensor a, Tensor b) => a.BitwiseXor(b);

    /// <inheritdoc cref="LogicalNot"/>
    public static Tensor operator ~(Tensor x) => x.BitwiseNot();

    /// <summary>Adds in place.</summary>
    public void operator +=(Tensor other) => Add_(Given(other, "Add_"));

    /// <summary>Adds a number in place.</summary>
    public void operator +=(Scalar other) => Add_(other);

    /// <summary>Subtracts in place.</summary>
    public void operator -=(Tensor other) => Sub_(Given(other, "Sub_"));

    /// <summary>Subtracts a number in place.</summary>
    public void operator -=(Scalar other) => Sub_(other);

    /// <summary>Multiplies in place.</summary>
    public void operator *=(Tensor other) => Mul_(Given(other, "Mul_"));

    /// <summary>Multiplies by a number in place.</summary>
    public void operator *=(Scalar other) => Mul_(other);

    /// <summary>Divides in place.</summary>
    public void operator /=(Tensor other) => Div_(Given(other, "Div_"));

    /// <summary>Divides by a number in place.</summary>
    public void operator /=(Scalar other) => Div_(other);

    /// <summary>The operand, which is most often null when it is a <see cref="Grad"/> that no Backward has written yet.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Tensor Given(Tensor? x, string op) => x ?? throw Errors.NoOperand(op);
}
