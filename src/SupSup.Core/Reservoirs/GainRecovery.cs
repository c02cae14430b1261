using System.Collections.Immutable;
using System.Numerics.Tensors;
using SupSup.Core.Inference;
using SupSup.Core.Tasks;

namespace SupSup.Core.Reservoirs;

/// <summary>
/// Recovers the mask of a task that nobody names from the reservoirs of its layers. Scores start at the mean of what is stored and move, a
/// step for each batch of the task's images, until the mask suits them and is one that was stored (paper, appendix on HopSupSup: they
/// descend (1 − t) H + γ t E, the entropy of the answers and the reservoirs' energy, t going from 0 to 1).
/// </summary>
/// <param name="network">A network with room for a batch; its gains are set.</param>
/// <param name="reservoirs">One for each normalisation.</param>
/// <param name="settings">How.</param>
public sealed class GainRecovery(GainNetwork network, ImmutableArray<Reservoir> reservoirs, RecoverySettings settings)
{
    private readonly IObjective _objective = settings.Rule == RecoveryRule.Energy ? new EntropyObjective() : new LogSumObjective();

    /// <summary>Recovers a mask.</summary>
    /// <param name="data">The task, of which test images are looked at, without labels.</param>
    /// <param name="order">The order in which they come.</param>
    /// <param name="onStep">Called after every step with steps done and the mask by then.</param>
    /// <param name="cancellationToken">Stops between steps.</param>
    /// <returns>The mask after the last step.</returns>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public GainMask Recover(ClassificationTask data, int[] order, Action<int, GainMask>? onStep, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(order);
        int batches = (order.Length + settings.BatchSize - 1) / settings.BatchSize, steps = settings.Steps ?? batches;
        GainScores scores = new([.. reservoirs.Select(static reservoir => reservoir.Mean())], settings.Momentum, settings.Decay);
        GainMask found = scores.Mask;
        for (int step = 1; step <= steps; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int first = (step - 1) % batches * settings.BatchSize, rows = Math.Min(settings.BatchSize, order.Length - first);
            found = Step(scores, data.Test(order.AsSpan(first, rows)).Inputs, rows, (double)step / steps);
            onStep?.Invoke(step, found);
        }

        return found;
    }

    /// <summary>Moves scores by one batch.</summary>
    /// <param name="scores">The scores.</param>
    /// <param name="inputs">The batch [rows, inputs].</param>
    /// <param name="rows">Its images.</param>
    /// <param name="t">The share of the steps that this one ends, of the rule <see cref="RecoveryRule.Energy"/>.</param>
    /// <returns>The mask then.</returns>
    internal GainMask Step(GainScores scores, ReadOnlySpan<float> inputs, int rows, double t)
    {
        GainMask mask = scores.Mask;
        network.Set(mask);
        network.Forward(inputs, rows);
        network.Differentiate(_objective);
        for (int l = 0; l < reservoirs.Length; l++)
        {
            float[] gradient = settings.Rule == RecoveryRule.Energy ? WithEnergy(l, mask, t) : Unit(reservoirs[l], network.Gradient(l));
            scores.Step(l, gradient, settings.Rate);
        }

        return settings.Rule == RecoveryRule.Energy ? scores.Mask : Settled(scores.Mask);
    }

    /// <summary>W of a direction, at a root mean square of 1; zero where nothing of it is stored.</summary>
    /// <param name="reservoir">W.</param>
    /// <param name="direction">The direction [units].</param>
    internal static float[] Unit(Reservoir reservoir, ReadOnlySpan<float> direction)
    {
        float[] within = new float[reservoir.Units];
        reservoir.Field(direction, within);
        float norm = TensorPrimitives.Norm(within);
        if (norm > 0) TensorPrimitives.Multiply(within, MathF.Sqrt(within.Length) / norm, within);
        return within;
    }

    // z = 2 (s ≥ 0) − 1 is differentiated straight through: dE/ds = −2 Wz.
    private float[] WithEnergy(int layer, GainMask mask, double t)
    {
        float[] gradient = new float[reservoirs[layer].Units];
        reservoirs[layer].Field(mask.Signs(layer), gradient);
        TensorPrimitives.Multiply(gradient, (float)(-2 * settings.EnergyWeight * t), gradient);
        TensorPrimitives.MultiplyAdd(network.Gradient(layer), (float)(1 - t), gradient, gradient);
        return gradient;
    }

    private GainMask Settled(GainMask mask) => GainMask.Of(reservoirs.Select((reservoir, l) =>
    {
        float[] state = mask.Signs(l);
        reservoir.Settle(state);
        return state;
    }));
}
