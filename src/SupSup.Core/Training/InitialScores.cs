using SupSup.Core.Networks;
using SupSup.Core.Random;

namespace SupSup.Core.Training;

/// <summary>
/// Scores at the start: Kaiming-uniform with a = sqrt(5), that is U(-1/sqrt(fan-in), 1/sqrt(fan-in)), drawn by Philox
/// from the task's seed so that a task starts alike on every device.
/// </summary>
public static class InitialScores
{
    /// <summary>The seed of a task's initial scores: the model's own where all tasks share them.</summary>
    /// <param name="network">The fixed network.</param>
    /// <param name="recipe">The recipe.</param>
    /// <param name="taskSeed">The task's seed.</param>
    public static ulong Seed(FixedNetwork network, Recipe recipe, ulong taskSeed) => recipe.SharedInitialScores ? network.Seed : taskSeed;

    /// <summary>The scores of every layer at the start.</summary>
    /// <param name="network">The fixed network.</param>
    /// <param name="recipe">The recipe.</param>
    /// <param name="taskSeed">The task's seed.</param>
    public static float[][] Of(FixedNetwork network, Recipe recipe, ulong taskSeed)
    {
        float[][] scores = [.. network.Shape.Layers.Select(layer => new float[layer.Count])];
        for (int l = 0; l < scores.Length; l++) Fill(network.Shape.Layers[l], l, Seed(network, recipe, taskSeed), scores[l]);
        return scores;
    }

    /// <summary>Fills one layer's scores.</summary>
    /// <param name="shape">The layer.</param>
    /// <param name="layer">Its index.</param>
    /// <param name="taskSeed">The task's seed.</param>
    /// <param name="scores">Receives [out · in] scores.</param>
    public static void Fill(LayerShape shape, int layer, ulong taskSeed, Span<float> scores)
    {
        RandomStream stream = new(taskSeed, StreamPurpose.InitialScores, layer);
        float bound = (float)(1 / Math.Sqrt(shape.FanIn));
        for (int n = 0; n < shape.Count; n++) scores[n] = (2 * stream.NextSingle() - 1) * bound;
    }
}
