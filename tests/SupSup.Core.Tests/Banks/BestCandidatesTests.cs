using CsCheck;
using SupSup.Core.Banks;

namespace SupSup.Core.Tests.Banks;

public sealed class BestCandidatesTests
{
    [Fact]
    public void Given_any_scores_when_picked_then_the_best_come_first_and_ties_keep_their_order() =>
        Gen.Select(Gen.Int[0, 5].Select(i => (float)i).Array[0, 30], Gen.Int[0, 8]).Sample((scores, wanted) =>
        {
            int[] best = new int[Math.Min(wanted, scores.Length)];
            BestCandidates.Pick(scores, best);
            Assert.Equal(Enumerable.Range(0, scores.Length).OrderByDescending(i => scores[i]).Take(best.Length), best);
        });
}
