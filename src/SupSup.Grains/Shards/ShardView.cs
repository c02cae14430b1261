using System.Collections.Immutable;
using SupSup.Core.Banks;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Shards;

/// <summary>What a call works on: an assignment, and the bank as it was when all the call's masks were in it.</summary>
/// <param name="Content">The assignment.</param>
/// <param name="Bank">The masks.</param>
/// <param name="Failures">The call's masks that cannot be read.</param>
internal sealed record ShardView(ShardContent Content, IBankSnapshot Bank, ImmutableArray<MaskFailure> Failures)
{
    /// <summary>The masks, ready to be scanned.</summary>
    /// <exception cref="SupSupException">InvalidRequest: the network is no chain of linear layers.</exception>
    public BankSnapshot Chain => Bank as BankSnapshot ?? throw new SupSupException(
        SupSupError.InvalidRequest,
        $"masks of network {Bank.Network.Plan} are not scanned, since it is no chain of linear layers; run them");

    /// <summary>For calls that cannot do without any of their masks.</summary>
    /// <exception cref="SupSupException">Damaged: masks cannot be read; the message is theirs.</exception>
    public void Demand()
    {
        if (!Failures.IsEmpty)
            throw new SupSupException(SupSupError.Damaged, string.Join("; ", Failures.Select(failure => failure.Message)));
    }
}
