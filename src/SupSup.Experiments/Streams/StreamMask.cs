using SupSup.Core.Inference;
using SupSup.Core.Streams;

namespace SupSup.Experiments.Streams;

/// <summary>What is kept of one mask of a stream without task identity.</summary>
internal sealed class StreamMask : IStreamMask
{
    /// <summary>Number of the mask, by which its files are named; never used again.</summary>
    public required int Id { get; init; }

    /// <summary>Batches that it was trained on.</summary>
    public int Batches { get; set; }

    /// <summary>Whether its schedule has run out, so that it stays as it is.</summary>
    public bool IsFinished { get; set; }

    /// <summary>Share of the last batch of its last segment that it classifies right.</summary>
    public double Usual { get; set; }

    /// <summary>What it usually has, by that batch; null where it has ended no segment.</summary>
    public EvidenceProfile? Evidence { get; set; }

    /// <summary>The mean alone, as states of an earlier build have it; never written.</summary>
    public double? UsualEvidence
    {
        get => null;
        set
        {
            if (value is { } mean) Evidence ??= new EvidenceProfile(mean, double.NaN, []);
        }
    }

    /// <summary>Segments that it served, by true task: what the harness knows, and the learner does not.</summary>
    public Dictionary<int, int> Segments { get; init; } = [];

    /// <summary>A labelled sample of what it serves: the true task that it is of, and which of its training examples.</summary>
    public int SampleTask { get; set; }

    public int[] SampleExamples { get; set; } = [];

    /// <summary>Whether the sample was asked whether another mask serves it too.</summary>
    public bool IsCompared { get; set; }

    /// <inheritdoc/>
    double? IStreamMask.Usual => Usual;

    /// <inheritdoc/>
    bool IStreamMask.IsOpen => !IsFinished;

    /// <summary>The true task that it served most.</summary>
    public int Owner => Segments.Count == 0 ? -1 : Segments.MaxBy(pair => pair.Value).Key;
}
