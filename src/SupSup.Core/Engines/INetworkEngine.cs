using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Core.Optimizers;
using SupSup.Core.Teams;

namespace SupSup.Core.Engines;

/// <summary>
/// Trains and runs the networks of some plans. A new engine is a new file and an entry in <see cref="NetworkEngines"/>. Superpositions
/// and banks take matrices for a chain so far, and refuse plans that are none.
/// </summary>
public interface INetworkEngine
{
    string Name { get; }

    /// <summary>Whether it can train and run a plan.</summary>
    /// <param name="plan">The plan.</param>
    bool Runs(NetworkPlan plan);

    /// <summary>Makes what trains one mask, step by step; scores are to be loaded first.</summary>
    /// <param name="network">The shared network.</param>
    /// <param name="rule">How scores become a mask.</param>
    /// <param name="optimizer">Updates the scores.</param>
    /// <param name="decay">L2 decay of the scores.</param>
    /// <param name="rows">Examples in a batch; it may change from step to step.</param>
    /// <param name="team">Threads to share the steps with.</param>
    ITrainingStep Train(FixedNetwork network, IMaskRule rule, IScoreOptimizer optimizer, double decay, int rows, ITeam team);

    /// <summary>Opens the network of one task.</summary>
    /// <param name="network">The shared network.</param>
    /// <param name="mask">The task's mask.</param>
    /// <exception cref="ArgumentException">The mask has another shape than the network.</exception>
    IMaskedNetwork Open(FixedNetwork network, TaskMask mask);
}
