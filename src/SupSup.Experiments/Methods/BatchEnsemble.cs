using SupSup.Core.Random;
using SupSup.Core.Tasks;
using SupSup.Core.Training;
using static TorchSharp.torch;

namespace SupSup.Experiments.Methods;

/// <summary>
/// BatchEnsemble (Wen, Tran and Ba, ICLR 2020), which is given the task: a layer computes s ⊙ W (r ⊙ x) with vectors r and
/// s of the task's own, random signs at first. As the paper and its authors' code have it: W, normal by He et al. 2015, is trained
/// together with the first task's vectors at Adam 1e-4 and then stays; later tasks train only their vectors at Adam 1e-2. The L2 decay
/// of 1e-4, added to every gradient, is the default of that code. A recipe in the settings replaces that of the vectors;
/// the first task takes only its batches and optimiser.
/// </summary>
internal sealed class BatchEnsemble(string name, RivalSettings settings) : Rival(name, settings, new Recipe
{
    Name = name,
    Optimizer = "adam",
    LearningRate = 1e-2,
    Schedule = "constant",
    Batches = settings.Batches,
    BatchSize = settings.BatchSize,
})
{
    private const double FirstTaskLearningRate = 1e-4;
    private const double Decay = 1e-4;

    public override int SequentialTasks => 1;

    public override long Bytes(int tasks) =>
        (long)sizeof(float) * (Shape.ParameterCount + (tasks * Shape.Layers.Sum(layer => (long)layer.FanIn + layer.Outputs)));

    protected override RivalNetwork Start(int task) => new(Plan, l => new RivalLayer(
        tensor(Weights?[l] ?? Draws.KaimingNormal(Shape, l, Seed), [Shape.Layers[l].FanIn, Shape.Layers[l].Outputs]),
        trainWeights: task == 0,
        Draws.Signs(Shape, l, TaskSeed.Derive(Seed, task))));

    protected override void Train(
        RivalNetwork network, int task, ClassificationTask data, Action<int, float> report, CancellationToken cancellationToken)
    {
        Recipe first = Recipe with { LearningRate = FirstTaskLearningRate, FirstLayerLearningRate = null, Schedule = "constant" };
        RivalTraining.Run(network, task == 0 ? first : Recipe, Decay, Seed, task, data, report, cancellationToken);
    }
}
