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
    private readonly ConditionalWeakTable<FactorBatch, PreparedBatch> _batches = [];

    /// <summary>The plans of a batch.</summary>
    internal ScanPlans Plans(ShardContent content, FactorBatch factors, ScanDepth depth) =>
        _batches.GetValue(factors, batch => new PreparedBatch(content, batch)).At(depth);

    private sealed class PreparedBatch(ShardContent content, FactorBatch factors)
    {
        private readonly Lazy<ScanPlans> _coarse = new(() => Make(content, factors, ScanDepth.Coarse));
        private readonly Lazy<ScanPlans> _full = new(() => Make(content, factors, ScanDepth.Full));

        public ScanPlans At(ScanDepth depth) => depth == ScanDepth.Coarse ? _coarse.Value : _full.Value;

        private static ScanPlans Make(ShardContent content, FactorBatch factors, ScanDepth depth)
        {
            (RankOneFactors rankOne, LayerSelection layers) = content.Read(factors);
            return new ScanPlans(content.Network.Network, rankOne, [.. Enumerable.Range(0, factors.Rows)], layers, depth);
        }
    }
}
