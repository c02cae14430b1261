using System.Numerics;

namespace SupSup.Core.Kernels;

/// <summary>
/// A register of floats of one width. Kernels are written once over this interface; the runtime compiles them again
/// for each width, so no operation here is a call. Every operation is exact per lane (IEEE 754, fused multiply-add
/// where asked for), so a kernel that keeps its order of operations gives the same bits at every width.
/// </summary>
internal unsafe interface IFloatVector<TSelf> :
    IAdditionOperators<TSelf, TSelf, TSelf>, ISubtractionOperators<TSelf, TSelf, TSelf>, IMultiplyOperators<TSelf, TSelf, TSelf>,
    IDivisionOperators<TSelf, TSelf, TSelf>
    where TSelf : unmanaged, IFloatVector<TSelf>
{
    /// <summary>Floats in the register: 4, 8 or 16.</summary>
    static abstract int Count { get; }

    /// <summary>The value in every lane.</summary>
    static abstract TSelf Create(float value);

    /// <summary>Reads <see cref="Count"/> floats; the address need not be aligned.</summary>
    static abstract TSelf Load(float* source);

    /// <summary>Writes <see cref="Count"/> floats.</summary>
    static abstract void Store(TSelf vector, float* target);

    /// <summary>left · right + addend, rounded once.</summary>
    static abstract TSelf MultiplyAdd(TSelf left, TSelf right, TSelf addend);

    /// <summary>The square root.</summary>
    static abstract TSelf Sqrt(TSelf vector);

    /// <summary>The larger of the two.</summary>
    static abstract TSelf Max(TSelf left, TSelf right);

    /// <summary>values where condition ≥ 0, else +0.</summary>
    static abstract TSelf WhereNotNegative(TSelf condition, TSelf values);

    /// <summary>values where condition > 0, else +0.</summary>
    static abstract TSelf WherePositive(TSelf condition, TSelf values);

    /// <summary>The value of lane i where bit i is set, else +0.</summary>
    static abstract TSelf Where(uint bits, TSelf values);

    /// <summary>Bit i is set where lane i differs.</summary>
    static abstract uint Differ(TSelf left, TSelf right);

    /// <summary>e to the power of each lane, for lanes from -87 to 0; smaller ones count as -87.</summary>
    static abstract TSelf ExpOfNegative(TSelf vector);
}
