using SupSup.Core.Banks;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Shards;

/// <summary>A coarse scan that was made.</summary>
/// <param name="Scope">Over which masks.</param>
/// <param name="Scan">With its scores.</param>
internal sealed record CoarseScan(ShardScope Scope, BankScan Scan);
