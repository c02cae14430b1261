using SupSup.Core.Random;
using SupSup.Core.Tasks;
using SupSup.Core.Training;

namespace SupSup.Experiments.Methods;

/// <summary>
/// BatchEnsemble (Wen, Tran and Ba, ICLR 2020), which is given the task: a layer computes s ⊙ W (r ⊙ x) with vectors r and
/// s of the task's own, random signs at first; of a convolution a value for each channel. As the paper and its authors' code have it: W,
/// normal by He et al. 2015, is trained together with the first task's vectors at Adam 1e-4 and then stays; later tasks train only their
/// vectors at Adam 1e-2. Or W stays random, as in the paper's figure of SplitCIFAR100: every task trains its vectors at Adam 0.1, falling
/// along a cosine. The L2 decay of 1e-4, added to every gradient, is the default of that code. Running statistics are each task's
/// own. A recipe in the settings replaces that of the vectors; the first task takes only its batches and optimiser.
/// </summary>
internal sealed class BatchEnsemble(string name, RivalSettings settings, bool randomWeights = false)
    : Rival(name, settings, Adam(randomWeights ? 0.1 : 1e-2, randomWeights ? "cosine" : "constant"))
{
    private const double FirstTaskLearningRate = 1e-4;

    public override int SequentialTasks => randomWeights ? 0 : 1;

    public override long Bytes(int tasks)
    {
        long vectors = sizeof(float) * Shape.Layers.Sum(layer => (long)layer.Inputs + layer.Outputs);
        return (randomWeights ? sizeof(ulong) : WeightBytes) + (tasks * (vectors + StatisticBytes));
    }

    protected override RivalNetwork Start(int task) => new(
        Plan,
        Weights ?? Draw(Draws.KaimingNormal, Seed),
        task < SequentialTasks ? TrainedWeights.All : TrainedWeights.None,
        l => Draws.Signs(Shape, l, TaskSeed.Derive(Seed, task)));

    protected override void Train(
        RivalNetwork network, int task, ClassificationTask data, Action<int, float> report, CancellationToken cancellationToken)
    {
        Recipe first = Recipe with { LearningRate = FirstTaskLearningRate, FirstLayerLearningRate = null, Schedule = "constant" };
        Recipe recipe = task < SequentialTasks ? first : Recipe;
        RivalTraining.Run(network, recipe with { WeightDecay = Decay }, Seed, task, data, report, cancellationToken);
    }
}
