using SupSup.Core.Masks;
using SupSup.Core.Networks;

namespace SupSup.Core.Banks;

/// <summary>Masks of one network in memory, by slot. Thread-safe.</summary>
public interface IMaskBank
{
    /// <summary>What the bank holds now.</summary>
    IBankSnapshot Held { get; }

    /// <summary>Bytes of memory that the masks take.</summary>
    long MemoryBytes { get; }

    /// <summary>Puts masks into slots, in place of those there, if any; queries see all of them or none.</summary>
    /// <param name="masks">Slots and masks.</param>
    /// <exception cref="ArgumentException">A mask is of another network, or a slot is negative; nothing was changed.</exception>
    void Put(IReadOnlyCollection<KeyValuePair<int, TaskMask>> masks);

    /// <summary>Empties a slot; does nothing where it is empty.</summary>
    /// <param name="slot">Slot, not negative.</param>
    void Remove(int slot);

    /// <summary>What it takes to lay the masks out as scans would have them; null where they lie so.</summary>
    BankArrangement? Arrange();

    /// <summary>The bank that suits a network: one that can be scanned where it is a chain of linear layers.</summary>
    /// <param name="network">The network of its masks.</param>
    static IMaskBank Of(FixedNetwork network)
    {
        ArgumentNullException.ThrowIfNull(network);
        return network.Plan.IsDense ? new MaskBank(network) : new PlainBank(network);
    }
}
