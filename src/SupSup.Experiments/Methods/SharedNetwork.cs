using SupSup.Core.Random;
using SupSup.Core.Training;
using static TorchSharp.torch;

namespace SupSup.Experiments.Methods;

/// <summary>
/// One set of weights that every task trains in turn, RMSProp 1e-4 without a schedule, restarted for every task as the
/// authors' code does for all methods. Without rotations it is the lower bound: one network, told no task, with nothing to
/// keep it from forgetting, from normal weights of He et al. 2015. With them it is parameter superposition (PSP: Cheung, Terekhov, Chen,
/// Agrawal and Olshausen, NeurIPS 2019): a layer computes W O x, O a rotation drawn for the task and layer, from normal
/// weights of Glorot and Bengio 2010. PSP's configuration also names a momentum of 0.5, but its code does not pass it to
/// RMSProp; so there is none here.
/// </summary>
internal sealed class SharedNetwork : Rival
{
    private readonly bool _rotated;

    /// <summary>Starts without tasks.</summary>
    /// <param name="name">The rival's name.</param>
    /// <param name="settings">Network, seed, training.</param>
    /// <param name="rotated">Whether the inputs of each layer are rotated by the task.</param>
    public SharedNetwork(string name, RivalSettings settings, bool rotated)
        : base(name, settings, Recipes.Get("paper"))
    {
        _rotated = rotated;
        Weights = [.. Shape.Layers.Select((_, l) => rotated ? Draws.XavierNormal(Shape, l, Seed) : Draws.KaimingNormal(Shape, l, Seed))];
    }

    public override int SequentialTasks => int.MaxValue;

    public override long Bytes(int tasks) => ((long)sizeof(float) * Shape.ParameterCount) + (_rotated ? sizeof(ulong) : 0);

    protected override RivalNetwork Start(int task) => new(Plan, l => new RivalLayer(
        tensor(Weights![l], [Shape.Layers[l].FanIn, Shape.Layers[l].Outputs]),
        rotation: _rotated ? Draws.Rotation(Shape.Layers[l].FanIn, l, TaskSeed.Derive(Seed, task)) : null));
}
