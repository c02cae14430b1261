using System.Collections.Immutable;
using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Core.Networks;

namespace SupSup.Core.Banks;

/// <summary>What a bank held at one moment. Stays as it is while the bank goes on.</summary>
public interface IBankSnapshot
{
    /// <summary>The network of the masks.</summary>
    FixedNetwork Network { get; }

    /// <summary>Number of masks.</summary>
    int Count { get; }

    /// <summary>The mask of a slot, as it was put.</summary>
    /// <param name="slot">A slot that is filled.</param>
    /// <exception cref="ArgumentException">The slot is empty.</exception>
    TaskMask this[int slot] { get; }

    /// <summary>Whether a slot holds a mask.</summary>
    /// <param name="slot">Slot, not negative.</param>
    bool Contains(int slot);

    /// <summary>For each weight, how many of some masks keep it: what their superposition needs.</summary>
    /// <param name="slots">The masks' slots, each once.</param>
    /// <exception cref="ArgumentException">A slot is empty.</exception>
    MaskCounts Superimpose(ImmutableArray<int> slots);
}
