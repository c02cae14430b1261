using SupSup.Core.Tasks;

namespace SupSup.Experiments.Methods;

/// <summary>
/// Elastic weight consolidation (EWC: Kirkpatrick et al., PNAS 2017), told no task: one set of weights that every task trains in turn,
/// where the loss holds each weight near what the task before left, the more strongly the more it mattered to the tasks so far:
/// + λ/2 Σ F (w - w*)². F is the sum of the tasks' Fisher information and w* the latest weights, so that two values a weight are kept
/// however many tasks there are (Huszár, PNAS 2018). Of chains only. Trained as <see cref="Rival.OfWeights"/>.
/// </summary>
internal sealed class ElasticWeights : Rival
{
    private readonly float _strength;

    /// <param name="name">The rival's name.</param>
    /// <param name="settings">Network, seed, training.</param>
    /// <param name="strength">λ.</param>
    /// <exception cref="ArgumentException">A setting is out of range, or the network is no chain.</exception>
    public ElasticWeights(string name, RivalSettings settings, float strength = 100)
        : base(name, settings, OfWeights(settings.Plan), copies: 1)
    {
        _strength = strength;
        Plan.RequireDense($"rival {name}");
        Weights = [.. Draw(Draws.KaimingNormal, Seed), .. Shape.Layers.Select(layer => new float[layer.Count])];
    }

    public override int SequentialTasks => int.MaxValue;

    public override long Bytes(int tasks) => 2 * WeightBytes;

    private int Layers => Shape.Layers.Length;

    protected override RivalNetwork Start(int task) => new(Plan, Weights!);

    protected override void Train(
        RivalNetwork network, int task, ClassificationTask data, Action<int, float> report, CancellationToken cancellationToken)
    {
        (float[] Strength, float[] Anchor)[] pulls = [.. Weights![Layers..].Zip(Weights[..Layers], (importance, anchor) =>
            (Array.ConvertAll(importance, each => _strength * each), anchor))];
        RivalTraining.Run(network, Recipe, Seed, task, data, report, cancellationToken, pulls);
    }

    protected override float[][] Kept(RivalNetwork network, ClassificationTask data) =>
    [
        .. network.ReadWeights(),
        .. Weights![Layers..].Zip(
            FisherInformation.Of(network, data), static (before, more) => before.Zip(more, static (a, b) => a + b).ToArray()),
    ];
}
