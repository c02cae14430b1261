using System.Collections.Immutable;
using SupSup.Core.Inference;
using SupSup.Core.Random;

namespace SupSup.Core.Reservoirs;

/// <summary>
/// Finds the mask of images of one task among those in reservoirs, of which fingerprints are known, so that it can be told whether a
/// pattern is one that was stored. First the mask is recovered by <see cref="RecoveryRule.Projection"/>. In small networks, or of tasks
/// that are alike, that may end at a mixture or at another's mask; so the reservoirs are also followed from random states within what is
/// stored until they have shown every pattern. Of the stored masks met so the one with the greatest evidence is the answer.
/// </summary>
/// <param name="network">A network with room for the images; its gains are set.</param>
/// <param name="reservoirs">One for each normalisation.</param>
/// <param name="stored">What is stored.</param>
public sealed class GainSearch(GainNetwork network, ImmutableArray<Reservoir> reservoirs, IReadOnlyCollection<StoredGains> stored)
{
    /// <summary>Images that a search needs: by mean and variance of fewer channels are normalised too coarsely.</summary>
    public const int FewestRows = 16;

    /// <summary>Images that are enough: more make a search slower, and no better.</summary>
    public const int EnoughRows = 64;

    private const int Held = 3;
    private const int StatesPerMask = 8;

    private static readonly RecoverySettings Settings = new() { Rule = RecoveryRule.Projection, Steps = 14, Rate = 0.3, Decay = 0 };

    private readonly ILookup<string, int>[] _tasks =
        [.. reservoirs.Select((_, l) => stored.ToLookup(mask => mask.Fingerprints[l], mask => mask.Task))];

    // Of each task the patterns that were met.
    private readonly Dictionary<int, ImmutableArray<bool>?[]> _met = [];

    /// <summary>Searches; the same images give the same answer.</summary>
    /// <param name="inputs">[rows, inputs].</param>
    /// <param name="rows">Images.</param>
    /// <param name="cancellationToken">Stops between steps.</param>
    /// <exception cref="ArgumentException">There are too few images, or more than there is room for, or nothing is stored.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public FoundGains Find(ReadOnlySpan<float> inputs, int rows, CancellationToken cancellationToken)
    {
        if (rows < FewestRows)
            throw new ArgumentException($"a mask is recovered from {FewestRows} images of one task or more, not from {rows}");
        if (stored.Count == 0) throw new ArgumentException("nothing is stored, so no mask can be recovered; store one first");
        _met.Clear();
        (GainMask mask, int steps) = Recover(inputs, rows, cancellationToken);
        for (int l = 0; l < reservoirs.Length; l++)
        {
            for (int n = 0; n < StatesPerMask * stored.Count && Seen(l) < stored.Count; n++, steps++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                float[] state = Elsewhere(reservoirs[l], n, l);
                reservoirs[l].Settle(state);
                See(l, state);
            }
        }

        FoundGains best = new(mask, null, steps);
        double most = double.NegativeInfinity;
        foreach ((int task, ImmutableArray<bool>?[] layers) in _met)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (layers.Contains(null)) continue;
            GainMask whole = new([.. layers.Select(static layer => layer!.Value)]);
            if (Evidence(whole, inputs, rows) is var evidence && evidence > most) (best, most) = (new(whole, task, steps), evidence);
        }

        return best;
    }

    private (GainMask Mask, int Steps) Recover(ReadOnlySpan<float> inputs, int rows, CancellationToken cancellationToken)
    {
        GainRecovery recovery = new(network, reservoirs, Settings);
        GainScores scores = new([.. reservoirs.Select(static reservoir => reservoir.Mean())], Settings.Momentum, Settings.Decay);
        GainMask mask = scores.Mask;
        int steps = 0;
        for (int held = 0; steps < Settings.Steps && held < Held; steps++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            GainMask before = mask;
            mask = recovery.Step(scores, inputs, rows, 0);
            bool isStored = true;
            for (int l = 0; l < reservoirs.Length; l++) isStored &= See(l, mask.Signs(l));
            held = !isStored ? 0 : mask.Equals(before) ? held + 1 : 1;
        }

        return (mask, steps);
    }

    private int Seen(int layer) => _met.Values.Count(layers => layers[layer] is not null);

    // Where a pattern rests its opposite does too.
    private bool See(int layer, float[] state)
    {
        GainMask pattern = GainMask.Of([state]);
        bool isStored = See(layer, pattern);
        return isStored || See(layer, new GainMask([[.. pattern.Layers[0].Select(static kept => !kept)]]));
    }

    private bool See(int layer, GainMask pattern)
    {
        IEnumerable<int> tasks = _tasks[layer][pattern.Fingerprints()[0]];
        foreach (int task in tasks)
        {
            if (!_met.TryGetValue(task, out ImmutableArray<bool>?[]? layers))
                _met[task] = layers = new ImmutableArray<bool>?[reservoirs.Length];
            layers[layer] = pattern.Layers[0];
        }

        return tasks.Any();
    }

    private double Evidence(GainMask mask, ReadOnlySpan<float> inputs, int rows)
    {
        network.Set(mask);
        network.Forward(inputs, rows);
        double sum = 0;
        for (int row = 0; row < rows; row++) sum += SoftmaxSums.Of(network.Logits(row), network.Logits(row).Length).LogSum;
        return sum;
    }

    // Signs of a random point within what is stored; of every other one about its mean.
    private static float[] Elsewhere(Reservoir reservoir, int seed, int layer)
    {
        RandomStream random = new((ulong)seed, StreamPurpose.Recovery, layer);
        float[] direction = new float[reservoir.Units], mean = reservoir.Mean();
        for (int n = 0; n < direction.Length; n++) direction[n] = random.NextSingle() - 0.5f;
        float[] within = GainRecovery.Unit(reservoir, direction);
        for (int n = 0; n < within.Length; n++) within[n] = within[n] + (seed % 2 * mean[n]) >= 0 ? 1 : -1;
        return within;
    }
}
