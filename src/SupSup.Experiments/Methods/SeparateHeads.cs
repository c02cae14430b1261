namespace SupSup.Experiments.Methods;

/// <summary>
/// A trunk that all tasks share, below a last layer of each task's own, as in the paper's figure of SplitCIFAR100: the first
/// task trains the whole network, and its trunk stays; or the trunk is random. Both from normal weights of He et al. 2015,
/// Adam 1e-2, falling along a cosine, L2 decay 1e-4. Running statistics are each task's own.
/// </summary>
internal sealed class SeparateHeads(string name, RivalSettings settings, bool randomTrunk)
    : Rival(name, settings, Adam(1e-2, "cosine"))
{
    public override int SequentialTasks => randomTrunk ? 0 : 1;

    public override long Bytes(int tasks)
    {
        long head = (long)sizeof(float) * Shape.Layers[^1].Count;
        return (randomTrunk ? sizeof(ulong) : WeightBytes - head) + (tasks * (head + StatisticBytes));
    }

    protected override RivalNetwork Start(int task) => new(
        Plan, Weights ?? Draw(Draws.KaimingNormal, Seed), task < SequentialTasks ? TrainedWeights.All : TrainedWeights.Head);
}
