using System.Runtime.CompilerServices;
using SupSup.Core.Banks;
using SupSup.Core.Inference;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Shards;

/// <summary>
/// One per silo: what shards prepare of a batch of factors before they scan. The shards of one silo are handed the same
/// immutable batch, so what one has prepared serves the others; it is forgotten with the batch.
/// </summary>
public sealed class PreparedFactors
{
    private readonly ConditionalWeakTable<FactorBatch, ScanPlans> _batches = [];

    internal ScanPlans Plans(ShardContent content, FactorBatch factors) => _batches.GetValue(factors, batch =>
    {
        (RankOneFactors rankOne, LayerSelection layers) = content.Read(batch);
        return new ScanPlans(content.Network.Network, rankOne, [.. Enumerable.Range(0, batch.Rows)], layers);
    });
}
