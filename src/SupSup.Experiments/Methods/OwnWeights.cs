using SupSup.Core.Random;
using SupSup.Core.Training;
using static TorchSharp.torch;

namespace SupSup.Experiments.Methods;

/// <summary>
/// The upper bound of the paper's figures: every task trains all weights of a network of its own. The authors' code has no
/// configuration of it for MNIST; here it is trained as their other runs are, RMSProp 1e-4 without a schedule, from
/// normal weights of He et al. 2015, each task from a draw of its own.
/// </summary>
internal sealed class OwnWeights(string name, RivalSettings settings) : Rival(name, settings, Recipes.Get("paper"))
{
    public override int SequentialTasks => 0;

    public override long Bytes(int tasks) => (long)tasks * sizeof(float) * Shape.ParameterCount;

    protected override RivalNetwork Start(int task) => new(Plan, l => new RivalLayer(
        tensor(Draws.KaimingNormal(Shape, l, TaskSeed.Derive(Seed, task)), [Shape.Layers[l].FanIn, Shape.Layers[l].Outputs])));
}
