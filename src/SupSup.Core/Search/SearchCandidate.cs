namespace SupSup.Core.Search;

/// <summary>A mask that was considered for a query.</summary>
/// <param name="Task">Its task.</param>
/// <param name="Score">-∂(objective)/∂α: exact where the mask was run, else what the scan lets expect.</param>
/// <param name="Entropy">Entropy of the outputs under the mask, in nats; null where it had no part in the decision.</param>
public readonly record struct SearchCandidate(int Task, float Score, double? Entropy);
