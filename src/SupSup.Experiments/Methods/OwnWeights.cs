using SupSup.Core.Random;

namespace SupSup.Experiments.Methods;

/// <summary>
/// The upper bound of the paper's figures: every task trains all weights of a network of its own. The authors' code has no
/// configuration of it for MNIST; here it is trained as their other runs are (<see cref="Rival.OfWeights"/>), from
/// normal weights of He et al. 2015, each task from a draw of its own.
/// </summary>
internal sealed class OwnWeights(string name, RivalSettings settings) : Rival(name, settings, OfWeights(settings.Plan))
{
    public override int SequentialTasks => 0;

    public override long Bytes(int tasks) => tasks * (WeightBytes + StatisticBytes);

    protected override RivalNetwork Start(int task) => new(Plan, Draw(Draws.KaimingNormal, TaskSeed.Derive(Seed, task)));
}
