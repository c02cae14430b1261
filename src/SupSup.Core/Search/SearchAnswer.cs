using System.Collections.Immutable;
using SupSup.Core.Banks;

namespace SupSup.Core.Search;

/// <summary>The task of one query.</summary>
/// <param name="Task">The task.</param>
/// <param name="Run">What running its mask gave, and the mask's exact score.</param>
/// <param name="Lead">
/// By how many standard deviations of the masks behind the best the best gradient led the next: exact where it is close,
/// estimated from the scan where it is not; infinite where there is one mask, 0 where no gradient was taken.
/// </param>
/// <param name="Margin">Evidence of the winner minus the best runner-up's, in nats; null where the gradient was certain.</param>
/// <param name="Probability">That the task is right, by the evidence of the masks compared; 1 where the gradient was certain, and
/// null by One-shot or where evidence is not known.</param>
/// <param name="RunnersUp">The next: those compared by evidence, greatest first, then the others, best gradient first.</param>
/// <param name="Finalists">How many masks were run.</param>
/// <param name="Depth">How deep the scan had to go.</param>
public sealed record SearchAnswer(
    int Task, MaskRun Run, double Lead, double? Margin, double? Probability, ImmutableArray<SearchCandidate> RunnersUp, int Finalists,
    ScanDepth Depth);
