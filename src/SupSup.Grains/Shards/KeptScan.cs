using System.Collections.Immutable;
using SupSup.Core.Banks;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Shards;

/// <summary>A scan that can be refined.</summary>
/// <param name="Scan">The scan.</param>
/// <param name="Slots">Whose masks it went over.</param>
/// <param name="Since">When its pass began, in ticks of UTC.</param>
internal sealed record KeptScan(BankScan Scan, ImmutableArray<ShardSlot> Slots, long Since);
