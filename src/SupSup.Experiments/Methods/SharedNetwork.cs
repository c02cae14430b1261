using SupSup.Core.Random;

namespace SupSup.Experiments.Methods;

/// <summary>
/// One set of weights that every task trains in turn (<see cref="Rival.OfWeights"/>), the optimiser restarted for every task as the
/// authors' code does for all methods. Without rotations it is the lower bound: one network, told no task, with nothing to
/// keep it from forgetting, from normal weights of He et al. 2015. Where each task keeps a copy of the network as it learned it, it is the
/// upper bound of their figure of SplitCIFAR100. With rotations it is parameter superposition (PSP: Cheung, Terekhov, Chen,
/// Agrawal and Olshausen, NeurIPS 2019): a layer computes W O x, O a rotation drawn for the task and layer, from normal
/// weights of Glorot and Bengio 2010. PSP's configuration also names a momentum of 0.5, but its code does not pass it to
/// RMSProp; so there is none here.
/// </summary>
internal sealed class SharedNetwork : Rival
{
    private readonly bool _rotated;
    private readonly bool _kept;

    /// <summary>Starts without tasks.</summary>
    /// <param name="name">The rival's name.</param>
    /// <param name="settings">Network, seed, training.</param>
    /// <param name="rotated">Whether the inputs of each layer are rotated by the task.</param>
    /// <param name="kept">Whether each task keeps a copy as of when it was learned.</param>
    /// <exception cref="ArgumentException">A setting is out of range, or what is to be rotated is no chain.</exception>
    public SharedNetwork(string name, RivalSettings settings, bool rotated = false, bool kept = false)
        : base(name, settings, OfWeights(settings.Plan))
    {
        if (rotated) Plan.RequireDense($"rival {name}");
        (_rotated, _kept) = (rotated, kept);
        Weights = Draw(rotated ? Draws.XavierNormal : Draws.KaimingNormal, Seed);
    }

    public override bool Forgets => !_kept;

    public override int SequentialTasks => int.MaxValue;

    public override long Bytes(int tasks) => ((_kept ? tasks : 1) * (WeightBytes + StatisticBytes)) + (_rotated ? sizeof(ulong) : 0);

    protected override RivalNetwork Start(int task) => new(
        Plan,
        Weights!,
        rotation: l => _rotated ? Draws.Rotation(Shape.Layers[l].FanIn, l, TaskSeed.Derive(Seed, task)) : null);
}
