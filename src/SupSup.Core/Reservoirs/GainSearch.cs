using System.Collections.Immutable;
using SupSup.Core.Inference;
using SupSup.Core.Random;

namespace SupSup.Core.Reservoirs;

/// <summary>
/// Finds the mask of images of one task among those in reservoirs, where it can be told whether a mask was stored. A try is a recovery by
/// <see cref="RecoveryRule.Projection"/> that ends once a stored mask holds for some steps. The first starts at the mean of what is stored,
/// and what it finds is the answer. Where it ends in no stored mask, as small reservoirs often make it, others start from random points
/// within what is stored; of the stored masks that they meet the one with the greatest evidence is the answer.
/// </summary>
/// <param name="network">A network with room for the images; its gains are set.</param>
/// <param name="reservoirs">One for each normalisation.</param>
/// <param name="storedAs">What a mask was stored as; null for one that was not.</param>
public sealed class GainSearch(GainNetwork network, ImmutableArray<Reservoir> reservoirs, Func<GainMask, int?> storedAs)
{
    /// <summary>Images that a search needs: by mean and variance of fewer channels are normalised too coarsely.</summary>
    public const int FewestRows = 16;

    /// <summary>Images that are enough: more make a search slower, and no better.</summary>
    public const int EnoughRows = 64;

    /// <summary>Tries at most.</summary>
    public const int Tries = 24;

    private const int Held = 3;

    private static readonly RecoverySettings Settings = new() { Rule = RecoveryRule.Projection, Steps = 14, Rate = 0.3, Decay = 0 };

    /// <summary>Searches; the same images give the same answer.</summary>
    /// <param name="inputs">[rows, inputs].</param>
    /// <param name="rows">Images.</param>
    /// <param name="cancellationToken">Stops between steps.</param>
    /// <exception cref="ArgumentException">There are too few images, or more than there is room for.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public FoundGains Find(ReadOnlySpan<float> inputs, int rows, CancellationToken cancellationToken)
    {
        if (rows < FewestRows)
            throw new ArgumentException($"a mask is recovered from {FewestRows} images of one task or more, not from {rows}");
        GainRecovery recovery = new(network, reservoirs, Settings);
        Dictionary<int, FoundGains> met = [];
        FoundGains? other = null;
        int steps = 0;
        for (int n = 0; n < Tries && met.Count < reservoirs[0].Stored; n++)
        {
            FoundGains found = Try(recovery, Start(n), inputs, rows, ref steps, cancellationToken);
            if (n == 0 && found.Stored is not null) return found;
            if (found.Stored is { } another) met[another] = found;
            else if (found.Evidence > (other?.Evidence ?? double.NegativeInfinity)) other = found;
        }

        FoundGains best = met.Values.MaxBy(static found => found.Evidence) ?? other
            ?? throw new ArgumentException("nothing is stored, so no mask can be recovered; store one first");
        return best with { Steps = steps };
    }

    private FoundGains Try(
        GainRecovery recovery, GainScores scores, ReadOnlySpan<float> inputs, int rows, ref int steps, CancellationToken cancellationToken)
    {
        GainMask mask = scores.Mask;
        int? stored = null;
        for (int step = 1, held = 0; step <= Settings.Steps && held < Held; step++, steps++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            mask = recovery.Step(scores, inputs, rows, 0);
            int? now = storedAs(mask);
            held = now is null ? 0 : now == stored ? held + 1 : 1;
            stored = now;
        }

        network.Set(mask);
        network.Forward(inputs, rows);
        double evidence = 0;
        for (int row = 0; row < rows; row++)
            evidence += SoftmaxSums.Of(network.Logits(row), network.Logits(row).Length).LogSum / rows;
        return new(mask, stored, steps, evidence);
    }

    private GainScores Start(int n) => new(
        [.. reservoirs.Select((reservoir, l) => n == 0 ? reservoir.Mean() : Elsewhere(reservoir, (ulong)n, l))], Settings.Momentum,
        Settings.Decay);

    private static float[] Elsewhere(Reservoir reservoir, ulong seed, int layer)
    {
        RandomStream random = new(seed, StreamPurpose.Recovery, layer);
        float[] direction = new float[reservoir.Units], start = reservoir.Mean();
        for (int n = 0; n < direction.Length; n++) direction[n] = random.NextSingle() - 0.5f;
        float[] within = GainRecovery.Unit(reservoir, direction);
        for (int n = 0; n < start.Length; n++) start[n] += within[n];
        return start;
    }
}
