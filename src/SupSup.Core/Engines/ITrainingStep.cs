namespace SupSup.Core.Engines;

/// <summary>
/// The scores of one task in training, with their optimiser's state, and the step that trains them. The order of
/// operations is fixed, so that the same steps give the same bits, with any team. Not thread-safe.
/// </summary>
public interface ITrainingStep : IDisposable
{
    /// <summary>Takes scores and optimiser state; to be called before the first step.</summary>
    /// <param name="scores">Per layer, [out · in].</param>
    /// <param name="state">Per layer the optimiser's runs of a value per score; null is all zeros.</param>
    /// <param name="statistics">What <see cref="Statistics"/> gave; null to begin.</param>
    void Load(IReadOnlyList<float[]> scores, IReadOnlyList<float[]>? state, float[]? statistics = null);

    /// <summary>Copies the running means of all normalised channels, and after them the variances; empty where the plan does not
    /// normalise.</summary>
    float[] Statistics();

    /// <summary>Copies one layer's scores, [out · in].</summary>
    /// <param name="layer">Layer index.</param>
    float[] Scores(int layer);

    /// <summary>Copies one layer's optimiser state, run after run.</summary>
    /// <param name="layer">Layer index.</param>
    float[] State(int layer);

    /// <summary>Copies one layer's W ⊙ M(S), [out · in].</summary>
    /// <param name="layer">Layer index.</param>
    float[] Effective(int layer);

    /// <summary>Forward and backward; changes neither scores nor state nor statistics.</summary>
    /// <param name="inputs">Normalised inputs [rows, in].</param>
    /// <param name="labels">Class of each row.</param>
    /// <returns>Mean cross-entropy in nats.</returns>
    float Differentiate(ReadOnlySpan<float> inputs, ReadOnlySpan<int> labels);

    /// <summary>Updates scores, state and statistics by the last <see cref="Differentiate"/>.</summary>
    /// <param name="rates">Learning rate of a layer, by its index.</param>
    /// <param name="step">Steps done, this one included.</param>
    void Update(ReadOnlySpan<double> rates, int step);
}
